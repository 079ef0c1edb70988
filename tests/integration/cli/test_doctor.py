"""What the doctor sees of real servers: a database that is behind or ahead, a queue of another kind, nobody at home."""

import asyncio
from uuid import uuid4

import aio_pika
import asyncpg
import pytest

from libs.common.bus.declare import Names
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.migrate import EXTENSIONS as MADE
from libs.common.migrate import migrate
from libs.common.settings import Settings
from libs.common.topology import Topology
from services.bus import topology
from services.doctor.check import LookedInPart
from services.doctor.checks.broker import look_at_broker
from services.doctor.checks.database import EXTENSIONS, look_at_database
from services.schemas import BUS_SCHEMA, SCHEMAS

SOURCES = {**SCHEMAS, **BUS_SCHEMA}


async def codes_of_database(url: str) -> list[str]:
    return [each.code for each in await look_at_database(url, SOURCES)]


async def test_a_database_is_told_to_be_behind_up_to_date_and_ahead(database: str) -> None:
    before = await codes_of_database(database)
    await migrate(database, SOURCES)
    after = await codes_of_database(database)
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE outbound.outbound_version SET version_num = '9999'")
    ahead = await codes_of_database(database)
    await connection.close()

    assert set(before) == {"RS253", "RS254"}
    assert (after, ahead) == ([], ["RS255"])


_FAST = """
    CREATE SCHEMA fast;
    CREATE FUNCTION fast.clock_timestamp() RETURNS timestamptz LANGUAGE sql
        AS $$SELECT pg_catalog.clock_timestamp() + interval '95 seconds'$$;
    DO $$BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path TO fast, pg_catalog, public', current_database());
    END$$;
"""
_RIGHT = """
    DROP SCHEMA fast CASCADE;
    DO $$BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END$$;
"""


async def test_a_database_whose_clock_is_another_is_told_until_it_is_set(database: str) -> None:
    async def told() -> list[str]:
        found = await look_at_database(database, SOURCES)
        return [f"{each.subject}: {each.finding}" for each in found if each.code == "RS206"]

    connection = await asyncpg.connect(database)
    await connection.execute(_FAST)
    fast = await told()
    await connection.execute(_RIGHT)
    right = await told()
    await connection.close()

    [found] = fast
    assert ("the clock of the database: " in found, "95 s" in found, right) == (True, True, [])


def test_the_extensions_that_are_looked_for_are_those_that_migrations_make() -> None:
    assert EXTENSIONS == MADE


async def test_a_database_that_is_away_is_told_without_its_password() -> None:
    with pytest.raises(LookedInPart) as raised:
        await look_at_database("postgresql://x:hush@127.0.0.1:1/x", SOURCES)

    [found] = raised.value.findings
    assert found.code == "RS251"
    assert "hush" not in found.model_dump_json()


@pytest.fixture
def shape() -> Topology:
    return topology(Settings(bus_namespace=f"doctor-{uuid4().hex[:8]}", shards=1))


async def test_a_broker_is_told_to_lack_our_queues_to_have_them_and_to_have_one_of_another_kind(
    amqp_url: str, shape: Topology
) -> None:
    async def codes() -> list[str]:
        return [each.code for each in await look_at_broker(amqp_url, shape, None)]

    foreign = await codes()
    async with open_rabbitmq(amqp_url, shape):
        ours = await codes()
    queue = Names(shape.namespace).queue(shape.queues_of("outbound")[0])
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(queue)
        await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "classic"})
    unlike = await look_at_broker(amqp_url, shape, None)

    assert (foreign, ours) == (["RS243"], [])
    assert [(each.code, each.subject) for each in unlike] == [("RS244", f"the queue {queue}")]


async def test_a_broker_that_is_away_is_told_without_its_password(shape: Topology) -> None:
    async with asyncio.timeout(30):
        [found] = await look_at_broker("amqp://x:hush@127.0.0.1:1", shape, None)

    assert found.code == "RS241"
    assert "hush" not in found.model_dump_json()
