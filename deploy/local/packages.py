"""Install missing programs on Debian and Ubuntu, as root, without starting the services in their packages."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

_POLICY = Path("/usr/sbin/policy-rc.d")
_TURN = Path("/run/roomsync-packages.lock")


def can_install() -> bool:
    """Whether this is a Debian or Ubuntu machine on which we may install packages."""
    return os.getuid() == 0 and shutil.which("apt-get") is not None


async def install(packages: Sequence[str], log: Path) -> bool:
    """Install Debian packages; False if that failed, with the cause in `log`.

    The package lists are fetched first if they are missing or too old. Where several processes want packages, as tests
    do, one installs at a time; what another has installed meanwhile is there.
    """
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    async with in_turn(_TURN):
        with services_stay_down():
            if await _run(command, log):
                return True
            return await _run(["apt-get", "update", "-q"], log) and await _run(command, log)


@asynccontextmanager
async def in_turn(file: Path) -> AsyncIterator[None]:
    """Wait for every other process that is in the context with the same file."""
    with file.open("w") as turn:
        # apt-get waits for no second run of itself, and the policy below is one file for all.
        await asyncio.to_thread(fcntl.flock, turn, fcntl.LOCK_EX)
        yield


@contextmanager
def services_stay_down() -> Iterator[None]:
    """Forbid packages to start their services while the context is open. An existing policy is left as it is.

    Source: https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    is_ours = not _POLICY.exists()
    if is_ours:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if is_ours:
            _POLICY.unlink(missing_ok=True)


async def _run(command: Sequence[str], log: Path) -> bool:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    return await process.wait() == 0
