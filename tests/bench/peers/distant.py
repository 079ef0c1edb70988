"""A way to a server of this machine that is as long as the way to Graph is for us.

What a client sends reaches the server some time after it was sent, each part so long after itself and none before
another; answers come back at once. So a request takes that much longer, in however many parts it is sent.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

MOST = 65_536


@asynccontextmanager
async def distant(port: int, *, latency_ms: float) -> AsyncIterator[int]:
    """Yield the port of this machine from which the way to the server on `port` takes `latency_ms`."""

    async def carry(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.TaskGroup() as both:
                answers = both.create_task(_carry(server, to_client))
                await _carry_later(client, to_server, latency_ms / 1000)
                answers.cancel()
        finally:
            to_server.close()

    listener = await asyncio.start_server(carry, "127.0.0.1", 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until there is no more, and close the way then: whoever reads from it is told so as well."""
    try:
        with suppress(ConnectionError):
            while part := await reader.read(MOST):
                writer.write(part)
                await writer.drain()
    finally:
        writer.close()


async def _carry_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, later_s: float) -> None:
    """Pass on what comes until there is no more, each part so long after it came."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def take() -> None:
        with suppress(ConnectionError):
            while part := await reader.read(MOST):
                on_the_way.put_nowait((loop.time() + later_s, part))
        on_the_way.put_nowait((loop.time() + later_s, b""))

    async with asyncio.TaskGroup() as both:
        taking = both.create_task(take())
        with suppress(ConnectionError):
            while (taken := await on_the_way.get())[1]:
                due, part = taken
                await asyncio.sleep(due - loop.time())
                writer.write(part)
                await writer.drain()
        taking.cancel()
