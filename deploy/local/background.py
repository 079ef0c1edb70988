"""The system in the background: one supervising process, whose id is in a file.

`.local/stack.json` exists exactly while the system is ready. It is replaced as a whole, so a reader never sees a part.
"""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from deploy.local.options import Mode
from deploy.local.process import CannotStart
from deploy.local.services import ROOT
from deploy.local.stack import LocalStack, local_stack

LOCAL = ROOT / ".local"
STACK_FILE = LOCAL / "stack.json"
PID_FILE = LOCAL / "stack.pid"
COMMAND = LOCAL / "roomsync"
LOG = LOCAL / "log" / "stack.log"
START_DEADLINE_S = 300.0
STOP_DEADLINE_S = 60.0


async def run(mode: Mode) -> None:
    """Run the system until cancelled; describe it in `.local/stack.json`, and put its command line beside that."""
    async with local_stack(mode, LOCAL, say=_say, on_change=publish) as stack:
        try:
            _write_command(stack)
            publish(stack)
            _say("Ready.")
            await asyncio.Event().wait()
        finally:
            STACK_FILE.unlink(missing_ok=True)
            COMMAND.unlink(missing_ok=True)


def _write_command(stack: LocalStack) -> None:
    """Write `.local/roomsync`: the command line, set up for this system, and tokens for its API."""
    settings = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in stack.settings.items())
    python = shlex.quote(sys.executable)
    COMMAND.touch(mode=0o700)
    COMMAND.write_text(
        "#!/bin/sh\n"
        "# The command line of the system that `make up` started, and `token --role ROLE` for its API.\n"
        f"{settings}"
        f"export PYTHONPATH={shlex.quote(str(ROOT))}\n"
        f'if [ "${{1-}}" = token ]; then exec {python} -P -m deploy.local "$@"; fi\n'
        f'exec {python} -P -m services "$@"\n'
    )


def publish(stack: LocalStack) -> None:
    """Write where the system listens and which processes it has, as one file replacement."""
    draft = STACK_FILE.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(stack.describe(), indent=2) + "\n")
    draft.replace(STACK_FILE)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def until_stopped(work: Coroutine[Any, Any, int | None]) -> int:
    """Run `work` to its end, or clean it up and return 130 when told to stop by Ctrl-C, SIGTERM or SIGHUP.

    If it cannot start, print why in a sentence on the standard error, and return 2.
    """

    async def attended() -> int:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
        return await task or 0

    try:
        return asyncio.run(attended())
    except asyncio.CancelledError:
        return 130
    except (CannotStart, OSError) as problem:
        return cannot_start(problem)


def cannot_start(problem: CannotStart | OSError) -> int:
    """Print on the standard error why the system cannot start, and return the exit code for that."""
    why = f"The system cannot run here: {problem}." if isinstance(problem, OSError) else str(problem)
    sys.stderr.write(f"{why}\n")
    return 2


def is_up() -> int | None:
    """Return the id of the supervising process, None if there is none."""
    try:
        pid = int(PID_FILE.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"deploy.local" in command else None


def up() -> int:
    """Start the system in the background; return when it is ready, or with the reason why it is not."""
    if is_up():
        _say(f"It is up already; {STACK_FILE.relative_to(ROOT)} says where it listens. Stop it by: make down")
        return 0
    LOG.parent.mkdir(parents=True, exist_ok=True)
    STACK_FILE.unlink(missing_ok=True)
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "run"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID_FILE.write_text(f"{process.pid}\n")
    try:
        code = _follow(process)
    except KeyboardInterrupt:
        down()
        return 130
    if code == 0:
        _tell_where()
    return code


def _tell_where() -> None:
    told = json.loads(STACK_FILE.read_text())
    command = COMMAND.relative_to(ROOT)
    _say(f"  the console          {told['console']['url']}, where you choose who you are, without a password;")
    _say("                       the browser warns of the certificate of the simulated sign-in: go on")
    _say(f"  the API              {told['policy']['url']}/v1, described in docs/openapi.json")
    _say(f"  a token for it       {command} token --role admin")
    _say(f"  the command line     {command} --help")
    _say(f"  Outlook, simulated   {told['graph']['base_url']}, controlled at {told['graph']['control']}")
    _say(f"  mail to people       is kept, and shown at {told['smtp']['messages']}")
    _say(f"  every address        {STACK_FILE.relative_to(ROOT)}; logs in {LOG.parent.relative_to(ROOT)}")
    _say("Stop it by `make down`, which deletes the database, the broker's messages and the simulated mailboxes.")


def _follow(process: "subprocess.Popen[bytes]") -> int:
    """Print the output of the supervising process until it is ready or has given up."""
    shown = 0
    end = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < end:
        is_ready, has_ended = STACK_FILE.exists(), process.poll() is not None
        said = LOG.read_text(errors="replace")
        sys.stdout.write(said[shown:])
        sys.stdout.flush()
        shown = len(said)
        if is_ready or has_ended:
            return 0 if is_ready else 2
        time.sleep(0.1)
    _say(f"It was not ready within {START_DEADLINE_S:g} s; see {LOG.parent.relative_to(ROOT)}.")
    down()
    return 2


def down() -> int:
    """Stop the system and wait until all of it is gone. Harmless if it is not up."""
    pid = is_up()
    if pid is None:
        _say("Nothing is up.")
        return 0
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_DEADLINE_S
    while is_up() and time.monotonic() < end:
        time.sleep(0.1)
    if is_up():
        os.kill(pid, signal.SIGKILL)  # its children end with it
    PID_FILE.unlink(missing_ok=True)
    STACK_FILE.unlink(missing_ok=True)
    return 0
