"""A private server: a process that others connect to, and that tests may kill, freeze and bring back."""

from collections.abc import Awaitable, Callable

from deploy.local.process import Process

Start = Callable[[Process, str], Awaitable[None]]
"""Starts the process and returns once it answers at the URL."""


class Server:
    """A running server, reached at `url`. It keeps its port and what it has stored as long as its context is open."""

    def __init__(self, process: Process, url: str, start: Start) -> None:
        self._process = process
        self._start = start
        self.url = url

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    def kill(self) -> None:
        """Make the server die at once, with every connection."""
        self._process.kill()

    def stall(self) -> None:
        """Freeze the server: connections stay open and nothing is answered."""
        self._process.stall()

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._process.resume()

    async def wait(self) -> int:
        """Wait for the server's end and return its exit code, negative for a signal."""
        return await self._process.wait()

    async def restart(self) -> None:
        """Bring it back on the same port with what it had stored. It may have been killed before."""
        await self._process.stop()
        await self._start(self._process, self.url)
