"""Install missing servers on Debian and Ubuntu, as root, without starting the services in their packages."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_POLICY = Path("/usr/sbin/policy-rc.d")


def can_install() -> bool:
    """Whether this is a Debian or Ubuntu machine on which we may install packages."""
    return os.getuid() == 0 and shutil.which("apt-get") is not None


async def install(packages: Sequence[str], log: Path) -> bool:
    """Install Debian packages; False if that failed, with the cause in `log`.

    The package lists are fetched first if they are missing or too old.
    """
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    with services_stay_down():
        return await _run(command, log) or (await _run(["apt-get", "update", "-q"], log) and await _run(command, log))


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
