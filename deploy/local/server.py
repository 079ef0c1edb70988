"""A private server: a process that others connect to, and that tests may kill, freeze and bring back."""

from collections.abc import Awaitable, Callable

from deploy.local.process import Process

Start = Callable[[Process, str], Awaitable[None]]
"""Starts the process and returns once it answers at the URL. Raises StartFailed."""


class Server:
    """A running server at `url`. It keeps its port and its data as long as its context is open."""

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
        """Kill the server at once, with every connection."""
        self._process.kill()

    def stall(self) -> None:
        """Freeze the server: connections stay open and nothing is answered."""
        self._process.stall()

    def resume(self) -> None:
        """Let a frozen server continue."""
        self._process.resume()

    async def wait(self) -> int:
        """Wait for the server's end and return its exit code, negative for a signal."""
        return await self._process.wait()

    async def restart(self) -> None:
        """Start it again on the same port with its data. It may have been killed before. Raises StartFailed."""
        await self._process.stop()
        await self._start(self._process, self.url)
