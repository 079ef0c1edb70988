"""The database dies under the relay and the handlers."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from uuid import uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from deploy.driver.eventually import eventually
from deploy.local.own import own_database
from deploy.local.server import Server
from libs.common import outbox
from libs.common.bus.journal import PostgresJournal
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import BrokerUnavailable, Bus, Handler
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import AWAY, Connection, Pool, open_pool
from libs.common.deliver import at_least_once, in_transaction
from libs.common.handlers import Became, Finished, RetryLater
from libs.common.health import CHECK_TIMEOUT_S, Check, health_app, usual_checks
from libs.common.hold import Hold
from libs.common.migrate import migrate
from libs.common.relay import Relay
from libs.common.topology import Lane, Topology
from services.schemas import BUS_SCHEMA
from tests.integration.common.conftest import CATALOGUE, Seen
from tests.support.listening import Listener, envelope

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

SERVICES = {"desk": Path(__file__).parents[1] / "integration/common/desk", **BUS_SCHEMA}
COUNT = 600
MANY_LADDERS_S = 4
GONE: tuple[type[Exception], ...] = (BrokerUnavailable, *AWAY)


@pytest_asyncio.fixture
async def url(postgres: Server) -> AsyncIterator[str]:
    async with own_database(postgres.url) as url:
        await migrate(url, SERVICES)
        yield url
        if not postgres.is_running:
            await postgres.restart()


@asynccontextmanager
async def working(url: str, bus: Bus, topology: Topology, codec: Codec) -> AsyncIterator[Pool]:
    """Relay and handlers at work: each message has one effect in the database."""

    async def write(conn: Connection, message: Seen) -> Iterable[Seen]:
        await conn.execute("INSERT INTO effects (number) VALUES ($1)", message.number)
        return []

    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await open_pool(url, schema="desk"))
        handler = in_transaction(pool, codec, "reader", {Seen: write}, utc_now)
        for queue in topology.queues_of("reader"):
            await stack.enter_async_context(bus.consume(queue, handler))
        relay = asyncio.create_task(Relay(url, "desk", bus).run())
        try:
            yield pool
            assert not relay.done(), "the relay ended"
        finally:
            relay.cancel()
            await asyncio.wait({relay})


def handler_of(guarantee: str, pool: Pool, bus: Bus, codec: Codec, hold: Hold) -> Handler:
    """Write each message's number once, under either guarantee."""

    async def write(conn: Connection | Pool, message: Seen) -> Iterable[Seen]:
        await conn.execute(
            "INSERT INTO effects (number) SELECT $1 WHERE NOT EXISTS (SELECT FROM effects WHERE number = $1)",
            message.number,
        )
        return []

    async def write_all(messages: Sequence[Seen]) -> list[Became]:
        """Write as a handler does that looks after each message by itself, in a time of its own."""

        async def one(message: Seen) -> Became:
            try:
                async with asyncio.timeout(0.5):
                    await write(pool, message)
            except TimeoutError:
                return RetryLater(message, "it took too long")
            return Finished(message)

        return [await one(each) for each in messages]

    if guarantee == "in_transaction":
        return in_transaction(pool, codec, "reader", {Seen: write}, utc_now, hold)
    return at_least_once(bus, codec, "reader", {Seen: write_all}, utc_now, hold)


@pytest.mark.parametrize("guarantee", ["in_transaction", "at_least_once"])
@pytest.mark.parametrize("away", ["frozen", "killed"])
async def test_a_queue_is_held_while_the_database_is_away_and_answered_within_seconds_when_it_is_back(
    mortal: Server, postgres: Server, url: str, topology: Topology, guarantee: str, away: str
) -> None:
    """Away for many times the ladder, and for longer than the broker leaves a delivery with us."""
    codec = Codec(CATALOGUE, topology)
    queue = topology.queues_of("reader")[0]
    seen = [envelope(Seen(key="k", number=number).model_dump_json()) for number in range(20)]
    async with open_rabbitmq(mortal.url, topology) as bus, await open_pool(url, schema="desk") as pool:
        async with bus.consume(queue, handler_of(guarantee, pool, bus, codec, Hold(pool, longest_s=1))):
            postgres.stall() if away == "frozen" else postgres.kill()
            await bus.publish(seen)
            await asyncio.sleep(MANY_LADDERS_S)
            postgres.resume() if away == "frozen" else await postgres.restart()
            back_at = monotonic()

            async def all_written() -> None:
                try:
                    numbers = await pool.fetch("SELECT number FROM effects ORDER BY number")
                except AWAY as error:
                    raise AssertionError from error
                assert [row["number"] for row in numbers] == [*range(20)]

            await eventually(all_written, within_s=10)
            assert monotonic() - back_at < 10
        assert await bus.parked() == []


@pytest.mark.parametrize("guarantee", ["in_transaction", "at_least_once"])
async def test_a_database_that_dies_again_and_again_delays_answers_and_parks_none(
    mortal: Server, postgres: Server, url: str, topology: Topology, guarantee: str
) -> None:
    codec = Codec(CATALOGUE, topology)
    queue = topology.queues_of("reader")[0]
    async with open_rabbitmq(mortal.url, topology) as bus, await open_pool(url, schema="desk") as pool:
        async with bus.consume(queue, handler_of(guarantee, pool, bus, codec, Hold(pool))):
            for number in range(8):
                await bus.publish([envelope(Seen(key="k", number=number).model_dump_json())])
                postgres.kill()
                await postgres.restart()

            async def all_written() -> None:
                try:
                    numbers = await pool.fetch("SELECT number FROM effects ORDER BY number")
                except AWAY as error:
                    raise AssertionError from error
                assert [row["number"] for row in numbers] == [*range(8)]

            await eventually(all_written, within_s=10)
        assert await bus.parked() == []


async def test_a_service_that_stops_holds_nothing_and_loses_nothing(
    mortal: Server, postgres: Server, url: str, topology: Topology
) -> None:
    codec = Codec(CATALOGUE, topology)
    queue = topology.queues_of("reader")[0]
    async with open_rabbitmq(mortal.url, topology) as bus, await open_pool(url, schema="desk") as pool:
        hold = Hold(pool)
        async with bus.consume(queue, handler_of("in_transaction", pool, bus, codec, hold)):
            postgres.kill()
            await postgres.wait()
            await bus.publish([envelope(Seen(key="k", number=7).model_dump_json())])
            await asyncio.sleep(1)
            hold.stopping.set()
            began = monotonic()
        assert monotonic() - began < 5
        await postgres.restart()
        listener = Listener()
        async with bus.consume(queue, listener):
            (again,) = await listener.heard(1)
        assert again.attempt == 0


async def owe(url: str, codec: Codec) -> None:
    """Owe numbered messages, each in a transaction of its own, each until it is committed."""
    number = 0
    while number < COUNT:
        try:
            async with await open_pool(url, schema="desk", max_size=1) as pool:
                while number < COUNT:
                    async with pool.acquire() as conn, conn.transaction():
                        if await conn.fetchval("SELECT count(*) FROM effects WHERE number = $1", -1 - number) == 0:
                            await conn.execute("INSERT INTO effects (number) VALUES ($1)", -1 - number)
                            message = Seen(key=str(number), number=number)
                            await outbox.add(conn, codec, [(message, Lane.LIVE)], correlation_id="c", now=utc_now())
                    number += 1
        except AWAY:
            await asyncio.to_thread(str)


async def each_once(pool: Pool) -> None:
    async def all_there() -> None:
        try:
            found = await pool.fetch("SELECT number, count(*) AS times FROM effects WHERE number >= 0 GROUP BY number")
        except AWAY as error:
            raise AssertionError from error
        assert len(found) == COUNT
        assert {row["times"] for row in found} == {1}

    await eventually(all_there, within_s=60)


async def fails(check: Check) -> None:
    async def failing() -> None:
        try:
            await check()
        except GONE:
            return
        raise AssertionError("it still answers")

    await eventually(failing)


async def progressed(pool: Pool) -> None:
    async def some() -> None:
        assert await pool.fetchval("SELECT count(*) FROM effects WHERE number >= 0") > COUNT / 10

    await eventually(some)


async def test_relay_and_handlers_outlive_broker_and_database_and_each_message_has_one_effect(
    mortal: Server, postgres: Server, url: str, topology: Topology
) -> None:
    codec = Codec(CATALOGUE, topology)
    async with open_rabbitmq(mortal.url, topology) as bus, working(url, bus, topology, codec) as pool:
        owing = asyncio.create_task(owe(url, codec))
        await progressed(pool)

        postgres.kill()
        mortal.kill()
        for check in usual_checks(pool, bus).values():
            await fails(check)
        await asyncio.gather(postgres.restart(), mortal.restart())

        await owing
        await each_once(pool)
        assert await bus.parked() == []


async def test_the_journal_of_the_bus_in_memory_loses_nothing_when_its_database_dies(
    postgres: Server, url: str, topology: Topology
) -> None:
    listener = Listener()
    queue = topology.queues_of("reader")[0]
    async with await open_pool(url, schema="bus") as pool:
        bus = MemoryBus(topology, PostgresJournal(pool))
        await bus.open()
        async with bus.consume(queue, listener):
            await bus.publish([envelope("before")])
            await listener.heard(1)
            postgres.kill()
            await postgres.wait()
            with pytest.raises(BrokerUnavailable):
                await bus.publish([envelope("while away")])
            with pytest.raises(AWAY):
                await bus.check()
            await postgres.restart()

            async def published() -> None:
                try:
                    await bus.publish([envelope("after")])
                except BrokerUnavailable as error:
                    raise AssertionError from error

            await eventually(published)
            await listener.heard(2)
        await bus.publish([envelope("for the next process", message_id=uuid4())])
        bus.close()

    later = Listener()
    async with await open_pool(url, schema="bus") as pool:
        reborn = MemoryBus(topology, PostgresJournal(pool))
        await reborn.open()
        async with reborn.consume(queue, later):
            await later.heard(1)
    assert listener.bodies == ["before", "after"]
    assert later.bodies == ["for the next process"]


async def test_a_stalled_database_makes_a_service_not_ready_in_time(
    postgres: Server, url: str, topology: Topology
) -> None:
    pool = await open_pool(url, schema="desk")
    transport = httpx2.ASGITransport(app=health_app("desk", usual_checks(pool, MemoryBus(topology))))
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.example.org") as http:
        assert (await http.get("/readyz")).status_code == 200
        postgres.stall()
        try:
            began = monotonic()
            answer = await http.get("/readyz")
            took = monotonic() - began
        finally:
            postgres.resume()
    pool.terminate()

    assert answer.status_code == 503
    assert answer.json()["problems"] == {"database": "TimeoutError"}
    assert took < CHECK_TIMEOUT_S + 1


def test_what_counts_as_away_is_what_a_dying_database_says() -> None:
    for error in (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.CannotConnectNowError, OSError):
        assert issubclass(error, AWAY)
