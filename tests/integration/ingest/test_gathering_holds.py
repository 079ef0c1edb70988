"""Recurring holds in ingest: read once for all that is told of one within a moment, and again for what follows."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Delivery, Handler
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.deliver import at_least_once
from libs.common.hold import Hold
from libs.common.topology import Consumer, Lane, QueueName, Topology
from libs.contracts.messages import CATALOGUE, MeetingObserved, OutlookNotified
from libs.contracts.topology import LISTENERS
from libs.graph.vendor import RESERVATION_PROPERTY
from services.ingest.handlers.gathering import gathering_holds
from services.ingest.handlers.reader import Reader
from tests.integration.ingest.reading import GRACE_S, notified, reads
from tests.integration.ingest.test_reading_series import DAILY
from tests.integration.ingest.world import Space, World

TOPOLOGY = Topology(
    [Consumer("ingest", LISTENERS["ingest"], lanes=tuple(Lane)), Consumer("policy", ("meeting.observed.v1",))],
    shards=1,
)
CODEC = Codec(CATALOGUE, TOPOLOGY)


@dataclass
class Ingest:
    """The readers of both lanes at work, and policy listening."""

    bus: MemoryBus
    told: list[MeetingObserved] = field(default_factory=list)

    async def notify(self, *messages: OutlookNotified) -> None:
        envelopes = [
            CODEC.envelope(each, message_id=uuid4(), correlation_id="test", lane=Lane.LIVE, sent_at=utc_now())
            for each in messages
        ]
        await self.bus.publish(envelopes)

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            message = CODEC.message(delivery.envelope)
            assert isinstance(message, MeetingObserved)
            self.told.append(message)
            await delivery.ack()

    async def observed(self, count: int) -> list[MeetingObserved]:
        async def look() -> list[MeetingObserved]:
            assert len(self.told) >= count
            return self.told

        return await eventually(look)


@asynccontextmanager
async def running(world: World, *, pause_s: float | None = None) -> AsyncIterator[Ingest]:
    """Run ingest, with its own pause for holds or another one."""
    ingest = Ingest(MemoryBus(TOPOLOGY))
    gathering = gathering_holds(CODEC) if pause_s is None else replace(gathering_holds(CODEC), pause_s=pause_s)

    def reading(lane: Lane) -> Handler:
        reader = Reader(world.pool, world.clients, lane, GRACE_S, 16)
        return at_least_once(
            ingest.bus, CODEC, "ingest", {OutlookNotified: reader.on_outlook_notified}, utc_now, Hold(world.pool)
        )

    async with (
        ingest.bus.consume(QueueName("ingest", Lane.LIVE, 0), reading(Lane.LIVE)),
        ingest.bus.consume(QueueName("ingest", Lane.BULK, 0), reading(Lane.BULK), gathering=gathering),
        ingest.bus.consume(QueueName("policy", Lane.LIVE, 0), ingest.take),
    ):
        yield ingest


async def put_hold(world: World, space: Space) -> str:
    """Put a recurring hold onto a room's calendar as outbound does; its event id."""
    marked = [{"id": RESERVATION_PROPERTY, "value": str(uuid4())}]
    made = await world.put(space, recurrence=DAILY, singleValueExtendedProperties=marked)
    return str(made["id"])


async def test_all_that_is_told_of_a_hold_within_a_moment_is_answered_by_one_read(world: World) -> None:
    space = await world.room()
    event_id = await put_hold(world, space)

    async with running(world) as ingest:
        for _ in range(6):
            await ingest.notify(notified(space, event_id))
            await asyncio.sleep(0.05)
        await ingest.observed(1)

    (told,) = ingest.told
    assert told.notifications == 6
    assert told.observation.meeting is not None
    assert told.observation.meeting.series is not None
    assert len(told.observation.meeting.series.occurrences) == 3
    of_event, of_master, of_dates = await reads(world, space)
    assert (of_event, of_master, of_dates) == (of_event, of_event, f"{of_event}/instances")


async def test_what_somebody_does_to_a_hold_after_it_was_read_is_read_as_well(world: World) -> None:
    space = await world.room()
    event_id = await put_hold(world, space)
    path = f"/users/{space.address}/events/{event_id}"

    async with running(world) as ingest:
        await ingest.notify(notified(space, event_id))
        await ingest.observed(1)
        dates = ingest.told[0].observation.meeting
        assert dates is not None
        assert dates.series is not None
        taken_out = dates.series.occurrences[1]
        await world.graph("PATCH", path, {"subject": "Mine"})
        await world.graph("DELETE", f"/users/{space.address}/events/{taken_out.event_id}")
        await ingest.notify(notified(space, event_id))
        _, again = await ingest.observed(2)

    seen = again.observation.meeting
    assert seen is not None
    assert seen.series is not None
    assert (seen.subject, seen.series.removed_dates) == ("Mine", (taken_out.original_date,))


async def test_what_somebody_does_to_a_hold_while_it_is_waited_for_is_in_the_one_read(world: World) -> None:
    space = await world.room()
    event_id = await put_hold(world, space)

    async with running(world) as ingest:
        await ingest.notify(notified(space, event_id))
        await asyncio.sleep(0.1)
        await world.graph("PATCH", f"/users/{space.address}/events/{event_id}", {"subject": "Mine"})
        await ingest.notify(notified(space, event_id))
        (told,) = await ingest.observed(1)

    assert told.observation.meeting is not None
    assert (told.observation.meeting.subject, told.notifications) == ("Mine", 2)


async def test_the_series_of_somebody_is_read_without_waiting_for_more(world: World) -> None:
    space = await world.room()
    made = await world.put(space, recurrence=DAILY)
    began = datetime.now(UTC)

    async with running(world, pause_s=60) as ingest:
        await ingest.notify(notified(space, made["id"]))
        await ingest.observed(1)

    assert (datetime.now(UTC) - began).total_seconds() < 30


async def test_a_hold_that_went_while_it_was_waited_for_is_looked_for(world: World) -> None:
    space = await world.room()
    event_id = await put_hold(world, space)

    async with running(world) as ingest:
        await ingest.notify(notified(space, event_id))
        await ingest.observed(1)
        await world.graph("DELETE", f"/users/{space.address}/events/{event_id}")
        await ingest.notify(notified(space, event_id, "deleted"))

        async def missed() -> None:
            assert [each["event_id"] for each in await world.misses(space)] == [event_id]

        await eventually(missed)
