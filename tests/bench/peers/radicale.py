"""Radicale, a CalDAV server, with one calendar: https://radicale.org/v3.html.

It believes whoever calls; all else is as it comes.
"""

import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from deploy.local.ports import free_port
from deploy.local.process import Process
from deploy.local.scratch import log_file
from tests.bench.listening import until_listening
from tests.bench.peers import icalendar

USER, CALENDAR = "bench", "room"
_CONFIG = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = none
[storage]
filesystem_folder = {directory}
"""


@dataclass(frozen=True, slots=True)
class Radicale:
    """A running server on a port of this machine, and its calendar."""

    port: int
    http: aiohttp.ClientSession

    async def fill(self, made: Iterable[str]) -> None:
        """Make the calendar, with these events."""
        headers = {"Content-Type": "text/calendar"}
        async with self.http.put(self._url, data=icalendar.calendar(made), headers=headers) as answer:
            answer.raise_for_status()

    async def uids(self) -> Sequence[str]:
        """Return the UIDs of its events."""
        async with self.http.get(self._url) as answer:
            answer.raise_for_status()
            return icalendar.uids(await answer.text())

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{USER}/{CALENDAR}/"


@asynccontextmanager
async def open_radicale(directory: Path, env: Mapping[str, str]) -> AsyncIterator[Radicale]:
    """Run the server while the context is open, with what it keeps in a directory. Raises StartFailed if it cannot."""
    port, config = free_port(), directory / "radicale.conf"
    config.write_text(_CONFIG.format(port=port, directory=directory / "collections"))
    command = [sys.executable, "-m", "radicale", "--config", str(config)]
    process = Process("radicale", command, log_file(directory, "radicale"), env)
    await process.start()
    try:
        try:
            await until_listening(port)
        except TimeoutError:
            raise process.failure() from None
        auth = aiohttp.encode_basic_auth(USER, USER)
        async with aiohttp.ClientSession(headers={"Authorization": auth}) as http:
            yield Radicale(port, http)
    finally:
        await process.stop()
