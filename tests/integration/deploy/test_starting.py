"""What keeps the local system from starting is said in one sentence, with exit code 2 and no traceback."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.local.ports import free_port

DIRECTLY = ("-m", "deploy.local")
IN_A_DIRECTORY = """
import asyncio, sys
from pathlib import Path
from deploy.local.background import until_stopped
from deploy.local.options import Mode
from deploy.local.stack import local_stack

async def start():
    async with local_stack(Mode.REAL, Path(sys.argv[1])):
        raise AssertionError("it started")

sys.exit(until_stopped(start()))
"""


async def run_python(*words: str, env: Mapping[str, str] | None = None, under: tuple[str, ...] = ()) -> tuple[int, str]:
    """Run Python to its end, and return its exit code and what it wrote on its standard error."""
    process = await asyncio.create_subprocess_exec(
        *under,
        sys.executable,
        *words,
        env={**os.environ, **(env or {})},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert process.returncode is not None
    return process.returncode, told.decode()


@pytest.mark.parametrize("words", [(*DIRECTLY, "up"), (*DIRECTLY, "run"), ("-m", "deploy.demo")], ids=" ".join)
@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"STACK": "nonsense"}, "STACK=nonsense is not known; it can be one of: real, embedded, auto."),
        ({"PORT_BASE": "abc"}, "PORT_BASE=abc is no port to begin at"),
        ({"PORT_BASE": "65534"}, "PORT_BASE=65534 is no port to begin at"),
    ],
    ids=["STACK", "no number", "too high"],
)
async def test_an_option_that_makes_no_sense(words: tuple[str, ...], option: Mapping[str, str], says: str) -> None:
    code, told = await run_python(*words, env=option)

    assert code == 2
    assert told.startswith(says)
    assert len(told.splitlines()) == 1


async def test_a_port_that_another_program_listens_on(tmp_path: Path) -> None:
    with socket.socket() as another:
        another.bind(("127.0.0.1", free_port()))
        another.listen()
        base = another.getsockname()[1] - 2
        code, told = await run_python("-c", IN_A_DIRECTORY, str(tmp_path), env={"PORT_BASE": str(base)})

    assert code == 2
    assert told == (
        f"Another program listens on port {base + 2}. Give another PORT_BASE, or none to have free ports chosen.\n"
    )


async def test_a_disk_that_takes_nothing_more(tmp_path: Path) -> None:
    code, told = await run_python("-c", IN_A_DIRECTORY, str(tmp_path), under=("prlimit", "--fsize=0"))

    assert code == 2
    assert told == "The system cannot run here: [Errno 27] File too large.\n"


async def test_a_token_for_a_role_that_there_is_not() -> None:
    code, told = await run_python(*DIRECTLY, "token", "--role", "king")

    assert code == 2
    assert told == "There is no role king; a token can have one of: viewer, approver, admin, service.\n"
