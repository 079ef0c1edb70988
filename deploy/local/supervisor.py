"""Keep processes running: start one that dies again within two seconds, as an orchestrator would.

A process that keeps dying, or that cannot be started, is started once a second, so that its log stays readable.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, Self

from deploy.local.process import CannotStart

PAUSE_S = 1.0


class Restartable(Protocol):
    """A process, or a server made of one."""

    @property
    def pid(self) -> int: ...

    async def wait(self) -> int:
        """Wait for the end of the running process and return its exit code."""
        ...

    async def restart(self) -> None:
        """Start it again. Raises CannotStart."""
        ...


class Supervisor:
    """Watch processes while the context is open. `on_restart` gets the name of each process that was started again."""

    def __init__(self, on_restart: Callable[[str], None]) -> None:
        self._on_restart = on_restart
        self._watches: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop watching, so that processes can be stopped for good."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)

    def watch(self, name: str, process: Restartable) -> None:
        """Watch a running process from now on."""
        self._watches.append(asyncio.create_task(self._keep_running(name, process)))

    async def _keep_running(self, name: str, process: Restartable) -> None:
        loop = asyncio.get_running_loop()
        started_at = 0.0
        is_up = True
        while True:
            if is_up:
                await process.wait()
            await asyncio.sleep(max(0.0, started_at + PAUSE_S - loop.time()))
            started_at = loop.time()
            try:
                await process.restart()
            except (CannotStart, OSError):
                is_up = False  # its log says why
            else:
                is_up = True
                self._on_restart(name)
