"""What cannot be done now comes again, and what never can be is told; over the bus, on its ladder."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Delivery
from libs.common.codec import Codec
from libs.common.deliver import at_least_once
from libs.common.hold import Hold
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.messages import CATALOGUE, IntentIssued, IntentProblem, IntentSettled, Settlement
from services.outbound.handlers.intents import LONGEST_S
from tests.contract.graphsim.graph import eventually
from tests.integration.outbound.world import ComesAgain, World, answering, holding


@asynccontextmanager
async def running(world: World, *ladder: float) -> AsyncIterator[tuple[MemoryBus, Codec, list[IntentSettled]]]:
    """Run outbound's live consumer on a bus whose ladder is quick; yields what it settled."""
    topology = Topology(
        [Consumer("outbound", [IntentIssued.type]), Consumer("policy", [IntentSettled.type])],
        shards=1,
        ladder=[timedelta(seconds=each) for each in ladder],
    )
    bus, codec = MemoryBus(topology), Codec(CATALOGUE, topology)
    settled: list[IntentSettled] = []

    async def note(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            message = codec.message(delivery.envelope)
            assert isinstance(message, IntentSettled)
            settled.append(message)
            await delivery.ack()

    def clock() -> datetime:
        return datetime.now(UTC)

    handle = world.handlers(Lane.LIVE).on_intent_issued
    handler = at_least_once(bus, codec, "outbound", {IntentIssued: handle}, clock, Hold(world.pool))
    (own,), (policys,) = topology.queues_of("outbound"), topology.queues_of("policy")
    async with bus.consume(own, handler), bus.consume(policys, note):
        yield bus, codec, settled
    bus.close()


async def publish(bus: MemoryBus, codec: Codec, *messages: IntentIssued) -> None:
    await bus.publish(
        [
            codec.envelope(each, message_id=uuid4(), correlation_id="test", lane=Lane.LIVE, sent_at=datetime.now(UTC))
            for each in messages
        ]
    )


async def test_a_mailbox_that_asks_for_more_patience_than_there_is_is_served_later(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    fault = {"match": {"mailbox": room.mailbox, "app": "roomsync"}, "effect": {"status": 429, "retry_after": 11}}
    async with running(world, 0.2, 0.2, 12, 12) as (bus, codec, settled), world.sim.faults({**fault, "times": 1}):
        await publish(bus, codec, room.issued(answering(event)))

        async def ended() -> bool:
            return len(settled) == 1

        await eventually(ended, within=30)
    assert (settled[0].settlement, settled[0].has_written) == (Settlement.DONE, True)
    assert len(await world.mails(organizer)) == 1
    calls = [call for call in await world.sim.requests(room.mailbox) if call["app"] == "roomsync"]
    assert [call["status"] for call in calls][:2] == [429, 200]
    waited = datetime.fromisoformat(calls[1]["time"]) - datetime.fromisoformat(calls[0]["time"])
    assert waited >= timedelta(seconds=11)


async def test_a_room_that_cannot_be_served_delays_no_other(world: World) -> None:
    bad, good = await world.room(), await world.room()
    fault = {"match": {"mailbox": bad.mailbox, "app": "roomsync"}, "effect": {"status": 429, "retry_after": 600}}
    async with running(world, 60) as (bus, codec, settled), world.sim.faults(fault):
        await publish(bus, codec, bad.issued(holding(uuid4())), good.issued(holding(uuid4())))

        async def ended() -> bool:
            return [each.space_id for each in settled] == [good.space_id]

        await eventually(ended)


async def test_a_mailbox_that_does_not_answer_keeps_the_others_of_its_batch_waiting_for_seconds_only(
    world: World,
) -> None:
    stalled, good = await world.room(), await world.room()
    organizer, event, _ = await world.invited(stalled)
    message = stalled.issued(answering(event))
    fault = {"match": {"method": "POST", "mailbox": stalled.mailbox}, "effect": {"delay_ms": 17_000}, "times": 1}
    began = asyncio.get_running_loop().time()
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain) as later:
            await world.handle(message, good.issued(holding(uuid4())))
    assert asyncio.get_running_loop().time() - began < LONGEST_S + 2
    assert later.value.messages == [message]
    assert len(later.value.done) == 1

    # Nobody knows what becomes of the call: it is given time to take effect from now on.
    with pytest.raises(ComesAgain, match="not shown yet"):
        await world.handle(message)
    assert len(await world.mails(organizer)) <= 1


@pytest.mark.parametrize("fails", ["settling", "recording that no response came"])
async def test_what_cannot_be_recorded_of_one_intent_comes_again_alone(world: World, fails: str) -> None:
    unlucky, good = await world.room(), await world.room()
    _, event, _ = await world.invited(unlucky)
    message = unlucky.issued(answering(event))
    fault = {"match": {"method": "POST", "mailbox": unlucky.mailbox}, "effect": {"delay_ms": 17_000}, "times": 1}
    async with world.refusing_updates(unlucky), AsyncExitStack() as slow:
        if fails == "recording that no response came":
            await slow.enter_async_context(world.sim.faults(fault))
        with pytest.raises(ComesAgain, match="RaiseError") as later:
            await world.handle(message, good.issued(holding(uuid4())))

    assert later.value.messages == [message]
    assert [each.key.space_id for each in later.value.done] == [good.space_id]
    assert (await world.settle_in_the_end(message)).settlement is Settlement.DONE


async def test_a_credential_that_does_not_count_stops_writes_and_loses_nothing(world: World) -> None:
    room = await world.room(credential="missing")
    _, event, _ = await world.invited(room)
    message = room.issued(answering(event))

    with pytest.raises(ComesAgain, match="credential") as later:
        await world.handle(message)
    await world.admin.execute("UPDATE policy.connections SET credential = 'tenant' WHERE id = $1", room.connection_id)

    assert later.value.messages == [message]
    assert (await world.settle(message)).settlement is Settlement.DONE


async def test_a_token_refused_in_the_middle_sends_no_second_mail(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    fault = {"match": {"method": "POST", "mailbox": room.mailbox}, "effect": {"status": 401}, "times": 2}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain):
            await world.handle(room.issued(answering(event)))

    assert (await world.settle(room.issued(answering(event)))).settlement is Settlement.DONE
    assert len(await world.mails(organizer)) == 1


async def test_a_connection_that_is_gone_is_given_up(world: World) -> None:
    room = await world.room()
    room.connection_id = uuid4()

    settled = await world.settle(room.issued(holding(uuid4())))

    assert (settled.settlement, settled.problem) == (Settlement.GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH)


async def test_reasons_to_come_again_do_not_quote_meetings(world: World) -> None:
    room = await world.room()
    fault = {"match": {"mailbox": room.mailbox, "app": "roomsync"}, "effect": {"status": 504, "message": ""}}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain) as later:
            await world.handle(room.issued(holding(uuid4(), subject="Merger")))
    assert "Merger" not in str(later.value)


async def test_bulk_work_keeps_its_lane_and_gets_done(world: World) -> None:
    rooms = [await world.room() for _ in range(3)]

    settled = await asyncio.gather(*(world.handle(room.issued(holding(uuid4())), lane=Lane.BULK) for room in rooms))

    assert [each.settlement for (each,) in settled] == [Settlement.DONE] * 3
