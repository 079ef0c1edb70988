"""Commands of ours as processes, started with nothing set but what a test gives them."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PATIENCE_S = 150
"""Longer than any command takes where many tests run at once; one that hangs is found all the same."""


@dataclass(frozen=True, slots=True)
class EndedProcess:
    """What a process left: its exit status, and what it wrote to standard output and error."""

    code: int
    said: str
    complained: str


async def run_module(*words: str, **env: str) -> EndedProcess:
    """Run `python -m` these words to the end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ROOMSYNC_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": str(ROOT), **env},
    )
    async with asyncio.timeout(PATIENCE_S):
        said, complained = await process.communicate()
    return EndedProcess(process.returncode or 0, said.decode(), complained.decode())
