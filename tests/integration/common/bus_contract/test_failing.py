"""Failing: up the ladder, then parked with the reason; the queue goes on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common.bus.declare import DELIVERY_LIMIT
from libs.common.bus.port import Bus, Delivery, HandBack, Parked
from libs.common.topology import Lane, QueueName
from tests.integration.common.bus_contract.conftest import LADDER, System
from tests.support.listening import SENT_AT, Held, Listener, Panic, Parking, Refusing, by_id, envelope

QUEUE = QueueName("reader", Lane.LIVE, 0)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def parked_in(bus: Bus, count: int) -> Sequence[Parked]:
    async def enough() -> Sequence[Parked]:
        found = await bus.parked()
        assert len(found) == count
        return found

    return await eventually(enough)


async def test_the_ladder_brings_a_message_back_after_each_delay_and_parks_it_after_the_last(bus: Bus) -> None:
    refusing = Refusing("the room is away")
    sent = replace(envelope("1", traceparent=TRACE), began_at=SENT_AT)
    async with bus.consume(QUEUE, refusing):
        await bus.publish([sent])
        (parked,) = await parked_in(bus, 1)

    assert [each.attempt for each in refusing.envelopes] == [0, 1, 2]
    assert [replace(each, attempt=0) for each in refusing.envelopes] == [sent] * 3
    for (earlier, later), delay in zip(pairwise(refusing.times), LADDER, strict=True):
        assert later - earlier >= delay.total_seconds() * 0.95
    assert parked.reason == "the room is away"
    assert parked.queue == str(QUEUE)
    assert parked.envelope.message_id == sent.message_id
    assert parked.envelope.attempt == 2


async def test_a_handler_that_is_cancelled_although_nobody_asked_for_it_has_failed_and_the_queue_goes_on(
    bus: Bus,
) -> None:
    came: list[tuple[str, int]] = []

    async def lose_the_first(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            came.append((delivery.envelope.body.decode(), delivery.envelope.attempt))
            if came[-1] == ("lost", 0):
                raise asyncio.CancelledError
            await delivery.ack()

    async with bus.consume(QUEUE, lose_the_first, at_most=1):
        await bus.publish([envelope("lost")])
        await bus.publish([envelope("later")])

        async def both() -> None:
            assert sorted(came) == [("later", 0), ("lost", 0), ("lost", 1)]

        await eventually(both)


async def test_whoever_watches_a_consumer_hears_why_it_died_and_the_message_is_delivered_to_the_next(
    bus: Bus,
) -> None:
    async def panic(_: Sequence[Delivery]) -> None:
        raise Panic("the library is broken")

    async with bus.consume(QUEUE, panic) as consumption:
        await bus.publish([envelope("survives")])
        with pytest.raises(Panic, match="the library is broken"):
            async with asyncio.timeout(20):
                await consumption.run()

    listener = Listener()
    async with bus.consume(QUEUE, listener):
        assert [each.body for each in await listener.heard(1)] == [b"survives"]


async def test_waiting_and_parked_messages_are_counted_without_being_taken_and_the_oldest_is_known(bus: Bus) -> None:
    held, other = Held(), QueueName("reader", Lane.LIVE, 1)
    await bus.publish([envelope(str(number), shard=1) for number in range(3)])

    async def counted() -> None:
        assert await bus.depths([QUEUE, other]) == {QUEUE: 0, other: 3}

    await eventually(counted)
    async with bus.consume(other, held, at_most=1) as consumption:
        await held.has_begun.wait()
        assert consumption.oldest_sent_at == SENT_AT
        held.let_go.set()
        await held.heard(3)

        async def idle() -> None:
            assert consumption.oldest_sent_at is None

        await eventually(idle)
    assert await bus.count_parked() == 0
    async with bus.consume(QUEUE, Parking("no sense in it")):
        await bus.publish([envelope("senseless")])

        async def one_parked() -> None:
            assert await bus.count_parked() == 1

        await eventually(one_parked)


async def test_a_message_on_the_ladder_holds_up_nobody(bus: Bus) -> None:
    came: list[tuple[str, int]] = []

    async def refuse_the_first(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            came.append((delivery.envelope.body.decode(), delivery.envelope.attempt))
            if came[-1] == ("first", 0):
                await delivery.retry("not yet")
            else:
                await delivery.ack()

    async with bus.consume(QUEUE, refuse_the_first):
        await bus.publish([envelope("first"), envelope("second")])

        async def all_came() -> None:
            assert came == [("first", 0), ("second", 0), ("first", 1)]

        await eventually(all_came)
    assert await bus.parked() == []


async def test_a_handler_that_raises_has_its_unfinished_deliveries_retried_and_the_queue_goes_on(bus: Bus) -> None:
    listener = Listener()
    has_raised = False

    async def raise_once(deliveries: Sequence[Delivery]) -> None:
        nonlocal has_raised
        if not has_raised:
            has_raised = True
            await deliveries[0].ack()
            raise ValueError("no \ud800 such\x00 thing")
        await listener(deliveries)

    await bus.publish([envelope("acknowledged"), envelope("unfinished")])
    async with bus.consume(QUEUE, raise_once, at_most=2):
        await bus.publish([envelope("after")])
        await listener.heard(2)

    assert sorted(listener.bodies) == ["after", "unfinished"]


async def test_what_is_handed_back_comes_again_as_often_as_need_be_and_is_neither_counted_nor_parked(bus: Bus) -> None:
    listener = Listener()
    came: list[int] = []

    async def hand_back(deliveries: Sequence[Delivery]) -> None:
        if len(came) > 2 * DELIVERY_LIMIT:
            await listener(deliveries)
            return
        came.extend(each.envelope.attempt for each in deliveries)
        raise HandBack("not now")

    async with bus.consume(QUEUE, hand_back, at_most=1):
        await bus.publish([envelope("1"), envelope("2")])
        await listener.heard(2)

    assert sorted(listener.bodies) == ["1", "2"]
    assert {*came} == {0}
    assert await bus.parked() == []


@pytest.mark.parametrize(
    ("reason", "starts_with"),
    [
        ("the body cannot be read", "the body cannot be read"),
        ("", ""),
        ("half a pair \ud800 and NUL \x00", "half a pair ? and NUL"),
        ("ü" * 3000, "ü" * 400),
    ],
)
async def test_a_parked_message_keeps_its_reason_and_its_bytes(bus: Bus, reason: str, starts_with: str) -> None:
    body = b'\xff\xfe\x00 not "JSON"'
    async with bus.consume(QUEUE, Parking(reason)):
        await bus.publish([envelope(body)])
        (parked,) = await parked_in(bus, 1)

    assert parked.reason.replace("\ud800", "?").startswith(starts_with)
    assert parked.envelope.body == body


async def test_parked_messages_are_listed_oldest_first_and_stay(bus: Bus) -> None:
    async with bus.consume(QUEUE, Parking("no")):
        await bus.publish([envelope(str(number)) for number in range(5)])
        await parked_in(bus, 5)

    for _ in range(3):
        assert [each.envelope.body for each in await bus.parked()] == [b"0", b"1", b"2", b"3", b"4"]
    assert [each.envelope.body for each in await bus.parked(at_most=2)] == [b"0", b"1"]


async def test_a_replayed_message_returns_to_its_own_queue_as_if_new(bus: Bus) -> None:
    async with bus.consume(QUEUE, Refusing("no")):
        await bus.publish([envelope("again", kind="noted.v1", traceparent=TRACE), envelope("stays", kind="noted.v1")])
        parked = await parked_in(bus, 2)
    again = next(each for each in parked if each.envelope.body == b"again")
    reader, clerk = Listener(), Listener()

    async with bus.consume(QueueName("clerk", Lane.LIVE, 0), clerk):
        await clerk.heard(2)
        assert await bus.replay_parked(by_id(again.envelope.message_id))
        async with bus.consume(QUEUE, reader):
            await reader.heard(1)

    assert [(each.body, each.attempt, each.traceparent) for each in reader.envelopes] == [(b"again", 0, TRACE)]
    assert len(clerk.envelopes) == 2
    assert [each.envelope.body for each in await bus.parked()] == [b"stays"]


async def test_a_dropped_message_is_gone_and_unknown_ids_change_nothing(bus: Bus) -> None:
    async with bus.consume(QUEUE, Parking("no")):
        await bus.publish([envelope("drop"), envelope("keep")])
        parked = await parked_in(bus, 2)

    assert await bus.drop_parked(by_id(parked[0].envelope.message_id))

    assert not await bus.drop_parked(by_id(parked[0].envelope.message_id))
    assert not await bus.replay_parked(by_id(uuid4()))
    assert [each.envelope.body for each in await bus.parked()] == [b"keep"]


async def test_many_are_replayed_or_dropped_at_once_and_each_only_from_the_queue_that_is_meant(bus: Bus) -> None:
    clerk = QueueName("clerk", Lane.LIVE, 0)
    async with bus.consume(QUEUE, Parking("no")), bus.consume(clerk, Parking("no")):
        await bus.publish([envelope(str(number), kind="noted.v1") for number in range(3)])
        await parked_in(bus, 6)

    replayed = await bus.replay_parked(lambda each: each.queue == str(clerk) and each.envelope.body != b"2")
    dropped = await bus.drop_parked(lambda each: each.queue == str(QUEUE))

    assert [(each.queue, each.envelope.body) for each in replayed] == [(str(clerk), b"0"), (str(clerk), b"1")]
    assert [(each.queue, each.envelope.body) for each in dropped] == [(str(QUEUE), b"%d" % n) for n in range(3)]
    assert [(each.queue, each.envelope.body) for each in await bus.parked()] == [(str(clerk), b"2")]
    listener = Listener()
    async with bus.consume(clerk, listener):
        await listener.heard(2)
    assert sorted(listener.bodies) == ["0", "1"]


async def test_looking_and_dropping_at_once_do_not_hide_messages_from_each_other(bus: Bus) -> None:
    async with bus.consume(QUEUE, Parking("no")):
        await bus.publish([envelope(str(number)) for number in range(6)])
        parked = await parked_in(bus, 6)

    dropped = await asyncio.gather(
        *(bus.drop_parked(by_id(each.envelope.message_id)) for each in parked[:5]), bus.parked(), bus.parked()
    )

    assert dropped[:5] == [[each] for each in parked[:5]]
    assert [each.envelope.body for each in await bus.parked()] == [b"5"]


async def test_what_waits_on_the_ladder_and_what_is_parked_outlive_the_process(durable: System) -> None:
    async with durable.open() as bus:
        async with bus.consume(QUEUE, Parking("no")):
            await bus.publish([envelope("parked")])
            await parked_in(bus, 1)
        refusing = Refusing("not yet")
        async with bus.consume(QUEUE, refusing):
            await bus.publish([envelope("climbing")])
            await refusing.heard(1)

    listener = Listener()
    async with durable.open() as bus, bus.consume(QUEUE, listener):
        (climbing,) = await listener.heard(1)
        (parked,) = await bus.parked()
    assert (climbing.body, climbing.attempt) == (b"climbing", 1)
    assert (parked.envelope.body, parked.reason, parked.queue) == (b"parked", "no", str(QUEUE))
