"""What the garbage collector does while a service runs."""

import os
import subprocess
import sys

A_SERVICE = """
import asyncio, contextlib, gc
from libs.common.runtime import Service, run_process
from libs.common.settings import Settings

async def tell():
    print(gc.get_freeze_count(), len(gc.get_objects()))

@contextlib.asynccontextmanager
async def opened():
    yield Service("speaker", {"tell": tell})

run_process("speaker", Settings(), opened)
"""


def test_what_is_loaded_before_a_service_runs_is_not_looked_through_again_and_again() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ROOMSYNC_")}
    told = subprocess.run([sys.executable, "-c", A_SERVICE], env=env, capture_output=True, text=True, check=True)

    kept, looked_through = map(int, told.stdout.splitlines()[0].split())
    assert kept > 50_000
    assert looked_through < kept / 10
