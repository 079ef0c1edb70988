"""A command is answered to whoever sent it, with what was decided, under either guarantee."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common import outbox
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Envelope, Handler
from libs.common.clock import utc_now
from libs.common.codec import Codec, ReplyTypes, UnreadableMessage
from libs.common.db import Connection, Pool
from libs.common.deliver import at_least_once, in_transaction
from libs.common.handlers import Caused, Finished, Refusable, ToSender
from libs.common.hold import Hold
from libs.common.relay import Relay
from libs.common.topology import Consumer, Lane, QueueName, Topology
from tests.integration.common.conftest import Announced, Seen


class Served(Seen):
    """The answer to an order that was carried out."""

    type: ClassVar[str] = "served.v1"


class TurnedDown(Seen):
    """The answer to an order that was not."""

    type: ClassVar[str] = "turned.down.v1"


class Ordered(Seen):
    """A command: positive numbers are served, others turned down; a thousand is answered by what nobody expects."""

    type: ClassVar[str] = "ordered.v1"
    replies: ClassVar[ReplyTypes] = (Served, TurnedDown)


QUEUE = QueueName("waiter", Lane.LIVE, 0)
GUARANTEES = pytest.mark.parametrize("guarantee", ["in_transaction", "at_least_once"])


@pytest.fixture
def topology() -> Topology:
    return Topology([Consumer("waiter", ("ordered.v1",))], shards=1, ladder=())


@pytest.fixture
def codec(topology: Topology) -> Codec:
    return Codec({each.type: each for each in (Ordered, Served, TurnedDown, Announced)}, topology)


def serve(order: Ordered) -> list[Caused]:
    if order.number == 1000:
        return [ToSender(Announced(key=order.key))]
    if order.number > 0:
        return [ToSender(Served(key=order.key, number=order.number)), Announced(key=order.key)]
    return [ToSender(TurnedDown(key=order.key, number=order.number))]


async def on_order(conn: Connection, order: Ordered) -> list[Caused]:
    return serve(order)


async def on_orders(orders: Sequence[Ordered]) -> list[Finished]:
    return [Finished(each, serve(each)) for each in orders]


@asynccontextmanager
async def waiting(guarantee: str, url: str, pool: Pool, bus: MemoryBus, codec: Codec) -> AsyncIterator[None]:
    """Have orders handled under a guarantee, and what is owed carried to the bus."""
    handler: Handler = (
        in_transaction(pool, codec, "waiter", {Ordered: on_order}, utc_now)
        if guarantee == "in_transaction"
        else at_least_once(bus, codec, "waiter", {Ordered: on_orders}, utc_now, Hold(pool))
    )
    relay = asyncio.create_task(Relay(url, "desk", bus).run())
    async with bus.consume(QUEUE, handler):
        yield
    relay.cancel()
    await asyncio.wait({relay})


def order(codec: Codec, number: int, reply_to: str | None) -> Envelope:
    message = Ordered(key="k", number=number)
    made = codec.envelope(
        message, message_id=uuid4(), correlation_id=f"corr-{number}", lane=Lane.LIVE, sent_at=utc_now()
    )
    return replace(made, reply_to=reply_to)


async def is_quiet(pool: Pool, bus: MemoryBus) -> None:
    """Whatever was owed has gone out, and nothing was parked."""

    async def quiet() -> None:
        assert await pool.fetchval("SELECT count(*) FROM outbox") == 0
        assert not bus._queues[str(QUEUE)].waiting

    await eventually(quiet)
    assert await bus.parked() == []


@GUARANTEES
async def test_each_order_is_answered_to_its_sender_by_how_it_went(
    guarantee: str, migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    async with (
        waiting(guarantee, migrated, pool, memory, codec),
        memory.open_reply_address() as ada,
        memory.open_reply_address() as ben,
    ):
        await memory.publish([order(codec, 7, ada.name), order(codec, -1, ada.name), order(codec, 8, ben.name)])

        answers = [await asyncio.wait_for(each.receive(), 20) for each in (ada, ada, ben)]

    assert [(each.type, each.correlation_id, codec.message(each)) for each in answers] == [
        ("served.v1", "corr-7", Served(key="k", number=7)),
        ("turned.down.v1", "corr--1", TurnedDown(key="k", number=-1)),
        ("served.v1", "corr-8", Served(key="k", number=8)),
    ]


@GUARANTEES
@pytest.mark.parametrize("reply_to", [None, "somebody who has gone"])
async def test_an_order_is_carried_out_even_if_nobody_waits_for_the_answer(
    guarantee: str, reply_to: str | None, migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    async with waiting(guarantee, migrated, pool, memory, codec), memory.open_reply_address() as asker:
        await memory.publish([order(codec, 7, reply_to), order(codec, 8, asker.name)])
        assert (await asyncio.wait_for(asker.receive(), 20)).correlation_id == "corr-8"
        await is_quiet(pool, memory)


@GUARANTEES
async def test_an_answer_that_the_order_does_not_declare_is_refused_and_costs_no_other_order_its_own(
    guarantee: str, migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    async with memory.open_reply_address() as asker:
        await memory.publish([order(codec, 7, asker.name), order(codec, 1000, asker.name), order(codec, 8, asker.name)])
        async with waiting(guarantee, migrated, pool, memory, codec):
            answers = [await asyncio.wait_for(asker.receive(), 20) for _ in range(2)]
            assert [each.correlation_id for each in answers] == ["corr-7", "corr-8"]

            async def is_parked() -> None:
                assert [each.reason for each in await memory.parked()] == [
                    "UndeclaredReply: ordered.v1 is not answered by announced.v1"
                ]

            await eventually(is_parked)


async def test_an_answer_is_part_of_the_transaction_and_a_repeated_order_is_not_answered_twice(
    migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    async with waiting("in_transaction", migrated, pool, memory, codec), memory.open_reply_address() as asker:
        once = order(codec, 7, asker.name)
        await memory.publish([once, once, order(codec, 8, asker.name)])

        answers = [await asyncio.wait_for(asker.receive(), 20) for _ in range(2)]

    assert [each.correlation_id for each in answers] == ["corr-7", "corr-8"]


def unreadable(codec: Codec, body: bytes, reply_to: str | None) -> Envelope:
    return replace(order(codec, 9, reply_to), body=body)


async def test_a_command_that_cannot_be_read_is_refused_once_if_its_sender_is_to_be_told_and_else_parked(
    migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    def refuse(error: UnreadableMessage) -> TurnedDown:
        return TurnedDown(key=str([each["loc"] for each in error.errors]))

    handler = in_transaction(pool, codec, "waiter", {Ordered: Refusable(on_order, refuse)}, utc_now)
    relay = asyncio.create_task(Relay(migrated, "desk", memory).run())
    async with memory.consume(QUEUE, handler), memory.open_reply_address() as asker:
        wrong = unreadable(codec, b'{"key": "k", "number": "many"}', asker.name)
        unstorable = unreadable(codec, b'{"key": "a\\u0000b"}', asker.name)
        nobody = unreadable(codec, b"{", None)
        await memory.publish([wrong, wrong, unstorable, nobody, order(codec, 7, asker.name)])
        answers = [await asyncio.wait_for(asker.receive(), 20) for _ in range(3)]
    relay.cancel()
    await asyncio.wait({relay})

    assert [codec.message(each) for each in answers] == [
        TurnedDown(key="[('number',)]"),
        TurnedDown(key="[]"),
        Served(key="k", number=7),
    ]
    assert [each.envelope.message_id for each in await memory.parked()] == [nobody.message_id]


async def test_where_to_reply_to_goes_through_the_outbox(
    migrated: str, pool: Pool, memory: MemoryBus, codec: Codec
) -> None:
    asked = order(codec, 7, "somebody")
    async with pool.acquire() as conn, conn.transaction():
        await outbox.add_envelopes(conn, [asked])
        ((_, owed),) = await outbox.oldest(conn, Lane.LIVE, after=0, at_most=1)

    assert (owed.reply_to, owed.address) == ("somebody", None)
