"""The way to a server that is as long as the way to Graph."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.bench.peers.distant import distant

LATENCY_MS, LATENCY_S = 200, 0.2


@asynccontextmanager
async def far_server() -> AsyncIterator[int]:
    """A server that sends back each line as it comes, and ends the connection after one that says so."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
            if line == b"bye\n":
                break
        writer.close()

    async with (
        await asyncio.start_server(answer, "127.0.0.1", 0, limit=4_000_000) as server,
        distant(server.sockets[0].getsockname()[1], latency_ms=LATENCY_MS) as port,
    ):
        yield port


async def test_what_is_sent_in_parts_arrives_whole_and_in_order_and_each_part_so_long_after_itself() -> None:
    loop, arrived = asyncio.get_running_loop(), []
    async with far_server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = []
        for number in range(20):
            sent.append(loop.time())
            writer.write(f"{number}\n".encode())
            await asyncio.sleep(0.01)
        for number in range(20):
            assert await reader.readline() == f"{number}\n".encode()
            arrived.append(loop.time())
        writer.close()

    assert all(late - early >= LATENCY_S - 0.002 for early, late in zip(sent, arrived, strict=True))
    # One part after the other, each with a way of its own, would take twenty ways.
    assert arrived[-1] - sent[0] < 20 * LATENCY_S


@pytest.mark.parametrize("size", [10, 1_000_000])
async def test_an_answer_is_whole_when_the_server_ends_the_connection(size: int) -> None:
    async with far_server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2 * size)
        writer.write(b"." * size + b"\nbye\n")
        assert await reader.read() == b"." * size + b"\nbye\n"
        writer.close()
