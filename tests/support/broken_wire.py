"""A TCP connection to a server that breaks, in silence, at the moment a test chooses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from urllib.parse import urlsplit


class Lost(Enum):
    """What is lost once the client has sent the marked bytes: everything from then on, with or without these."""

    REQUEST = auto()
    ANSWER = auto()


class BrokenWire:
    """Passes bytes between clients and a server. After `break_at`, a connection that sends `mark` goes silent."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._mark: bytes | None = None
        self._lost = Lost.REQUEST

    def break_at(self, mark: bytes, lost: Lost) -> None:
        self._mark, self._lost = mark, lost

    def mend(self) -> None:
        """Let new connections pass; those that are broken stay so."""
        self._mark = None

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._server)
        silent = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as both:
                answers = both.create_task(self._back(server_reader, writer, silent))
                await self._forth(reader, server_writer, silent)
                answers.cancel()
        finally:
            for each in (writer, server_writer):
                each.close()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if self._mark is not None and self._mark in data:
                    silent.set()
                    if self._lost is Lost.ANSWER:
                        writer.write(data)
                elif not silent.is_set():
                    writer.write(data)

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if not silent.is_set():
                    writer.write(data)
        if not silent.is_set():
            writer.close()


@asynccontextmanager
async def broken_wire(url: str) -> AsyncIterator[tuple[BrokenWire, str]]:
    """Open a wire to the server of `url`; yields it with the URL that leads through it."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    wire = BrokenWire(parts.hostname, parts.port)
    server = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield wire, parts._replace(netloc=parts.netloc.rpartition("@")[0] + f"@127.0.0.1:{port}").geturl()
    finally:
        server.close()
