"""The programs in docs/bus.md do what they are there for, as they stand there: against RabbitMQ, and the service."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import aio_pika
import asyncpg
import orjson
import pytest

from deploy.driver.eventually import eventually
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.migrate import migrate
from libs.contracts.events import ReservationConfirmed
from libs.contracts.reservation_commands import ReservationRequestDone, ReservationRequestRefused
from services.bus import topology
from services.policy.settings import PolicySettings
from services.policy.wiring import open_service
from tests.integration.policy.ledger import MIGRATIONS, window
from tests.integration.policy.test_service import ISSUER

DOCS = Path(__file__).parents[3] / "docs" / "bus.md"
QUEUE = "example.reservations"
CONSUMER, REQUESTER = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


@asynccontextmanager
async def running(program: str, amqp_url: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    env = {**os.environ, "ROOMSYNC_AMQP_URL": amqp_url}
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-W", "error", "-c", program, *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def printed(program: str, amqp_url: str, *arguments: str) -> str:
    """Run a program to its end; return what it printed."""
    async with running(program, amqp_url, *arguments) as process:
        out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, err) == (0, b"")
    return out.decode()


async def make_space(database: str) -> UUID:
    space_id = uuid4()
    conn = await asyncpg.connect(database, server_settings={"search_path": "policy, public"})
    await conn.execute("INSERT INTO spaces (id, name, capacity, time_zone) VALUES ($1, 'Aurora', 8, 'UTC')", space_id)
    await conn.execute("INSERT INTO space_parts VALUES ($1, $1)", space_id)
    await conn.close()
    return space_id


async def is_listened_to(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        try:
            queue = await channel.declare_queue(QUEUE, passive=True)
        except aio_pika.exceptions.ChannelNotFoundEntity as missing:
            raise AssertionError("nobody has declared the queue yet") from missing
        assert queue.declaration_result.consumer_count == 1


@pytest.mark.parametrize("program", [CONSUMER, REQUESTER], ids=["consumer", "requester"])
def test_an_example_is_as_short_as_it_is_said_to_be(program: str) -> None:
    assert len([line for line in program.splitlines() if line]) <= 14


async def test_the_examples_hear_of_a_reservation_and_make_one(database: str, amqp_url: str) -> None:
    await migrate(database, MIGRATIONS)
    space_id, at = await make_space(database), window(9)
    wish = (str(space_id), at.start.isoformat(), at.end.isoformat())
    settings = PolicySettings(postgres_url=database, **ISSUER)
    async with open_rabbitmq(amqp_url, topology(settings)) as bus, open_service(settings, bus) as policy:
        relay = asyncio.create_task(policy.tasks["relay"]())
        try:
            async with running(CONSUMER, amqp_url) as consumer:
                await eventually(lambda: is_listened_to(amqp_url))
                done, _, body = (await printed(REQUESTER, amqp_url, *wish)).partition(" ")
                refused, _, problem = (await printed(REQUESTER, amqp_url, *wish)).partition(" ")
                assert consumer.stdout is not None
                heard = await asyncio.wait_for(consumer.stdout.readline(), 30)
        finally:
            relay.cancel()
            await asyncio.wait({relay})

    assert heard.decode() == f"{ReservationConfirmed.type} Board\n"
    assert done == ReservationRequestDone.type
    reservation = ReservationRequestDone.model_validate_json(body).reservation
    assert (reservation.space_id, reservation.start, reservation.made_by.subject) == (
        space_id,
        at.start,
        "ada@example.org",
    )
    assert (refused, orjson.loads(problem)["status"]) == (ReservationRequestRefused.type, 409)
    assert [each["rule"] for each in orjson.loads(problem)["reasons"]] == ["availability"]
