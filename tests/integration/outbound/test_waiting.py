"""An outage of a mailbox or a connection: intents wait for as long as it takes; the first success wakes them all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Delivery
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.message import Message
from libs.contracts.messages import CATALOGUE, IntentIssued, IntentSettled, MailRequested, RetryRequested, Settlement
from services.outbound.settings import OutboundSettings
from services.outbound.wiring import open_service
from tests.contract.graph.tenant import settings_for
from tests.integration.outbound.world import Room, World, answering, dropping, holding

DONE, SUPERSEDED = Settlement.DONE, Settlement.SUPERSEDED
SELDOM, OFTEN = 3600.0, 1.0
TOPOLOGY = Topology(
    [
        Consumer("outbound", [IntentIssued.type], lanes=tuple(Lane)),
        Consumer("outbound-access", [RetryRequested.type]),
        Consumer("outbound-mail", [MailRequested.type]),
        Consumer("others", [IntentSettled.type, RetryRequested.type]),
    ],
    shards=1,
)


@dataclass
class Running:
    """Outbound at work on a bus of its own, and what it told others."""

    bus: MemoryBus
    world: World
    codec: Codec = field(default_factory=lambda: Codec(CATALOGUE, TOPOLOGY))
    told: list[Message] = field(default_factory=list)

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            message = self.codec.message(delivery.envelope)
            assert isinstance(message, Message)
            self.told.append(message)
            await delivery.ack()

    async def send(self, *messages: Message, lane: Lane = Lane.LIVE) -> None:
        await self.bus.publish(
            [
                self.codec.envelope(each, message_id=uuid4(), correlation_id="test", lane=lane, sent_at=utc_now())
                for each in messages
            ]
        )

    def settled(self) -> list[tuple[object, int, Settlement]]:
        found = [each for each in self.told if isinstance(each, IntentSettled)]
        return [(each.key, each.generation, each.settlement) for each in found]

    async def settle(self, *messages: IntentIssued, settlement: Settlement = DONE, within_s: float = 15) -> None:
        """Wait until these have ended like this."""

        async def all_ended() -> None:
            assert {(each.key, each.generation, settlement) for each in messages} <= {*self.settled()}

        await eventually(all_ended, within_s=within_s)

    async def waits(self, count: int, within_s: float = 15) -> None:
        """Wait until so many messages wait for access."""

        async def waiting() -> None:
            assert await self.world.pool.fetchval("SELECT count(*) FROM waiting") == count

        await eventually(waiting, within_s=within_s)


@asynccontextmanager
async def running(
    world: World, migrated: str, secrets: Path, interval_s: float, **more: object
) -> AsyncIterator[Running]:
    """Run outbound as its wiring puts it together, without its probes; `more` are settings of its Graph client."""
    graph = settings_for(world.sim, secrets, graph_retry_interval_s=interval_s, **more)
    settings = OutboundSettings(**graph.model_dump(), postgres_url=migrated, shards=1)
    bus = MemoryBus(TOPOLOGY)
    others = Running(bus, world)
    (queue,) = TOPOLOGY.queues_of("others")
    async with bus.consume(queue, others.take), open_service(settings, bus) as service, asyncio.TaskGroup() as tasks:
        ran = [tasks.create_task(service.tasks[name]()) for name in ("relay", "waking")]
        yield others
        for task in ran:
            task.cancel()
    bus.close()


async def closed(world: World) -> None:
    await world.sim.ask("PUT", "/access", {"scope": "none"})


async def opened(world: World) -> None:
    await world.sim.ask("PUT", "/access", {"scope": "rooms"})


async def subjects(world: World, room: Room) -> list[str]:
    return sorted(each["subject"] for each in await world.events(room))


@pytest.fixture
async def empty(world: World) -> World:
    await world.pool.execute("TRUNCATE waiting, outbox, inbox, intents")
    return world


async def test_the_first_success_in_a_mailbox_writes_at_once_all_that_waited_for_it(
    empty: World, migrated: str, tmp_path: Path
) -> None:
    room = await empty.room()
    waiting = [room.issued(holding(uuid4(), subject=f"Board {number}")) for number in range(2)]
    live = room.issued(holding(uuid4(), subject="Lunch"))
    async with running(empty, migrated, tmp_path, SELDOM) as outbound:
        await closed(empty)
        await outbound.send(*waiting)
        await outbound.waits(2)
        assert outbound.settled() == []

        await opened(empty)
        await outbound.send(live)
        await outbound.settle(live, *waiting, within_s=5)

        assert await subjects(empty, room) == ["Board 0", "Board 1", "Lunch"]
        assert await outbound.bus.parked() == []
        told = [each for each in outbound.told if isinstance(each, RetryRequested)]
        assert [(each.connection_id, each.room_mailbox, each.reason) for each in told] == [
            (room.connection_id, room.mailbox, "access_restored")
        ]
    assert await empty.pool.fetchval("SELECT count(*) FROM waiting") == 0


async def test_without_anything_else_to_do_one_message_is_tried_until_it_succeeds_and_wakes_the_others(
    empty: World, migrated: str, tmp_path: Path
) -> None:
    room = await empty.room()
    waiting = [room.issued(holding(uuid4(), subject=f"Board {number}")) for number in range(5)]
    async with running(empty, migrated, tmp_path, OFTEN) as outbound:
        await closed(empty)
        await outbound.send(*waiting)
        await outbound.waits(5)
        before = len(await empty.sim.requests(room.mailbox))
        await asyncio.sleep(4 * OFTEN)
        tries = len(await empty.sim.requests(room.mailbox)) - before

        await opened(empty)
        await outbound.settle(*waiting)

    assert 1 <= tries <= 8, "one message is tried in each interval, at most twice"
    assert len(await subjects(empty, room)) == 5


async def test_a_newer_intent_overtakes_the_one_that_waits_while_access_is_still_away(
    empty: World, migrated: str, tmp_path: Path
) -> None:
    room, reservation = await empty.room(), uuid4()
    first, second = room.issued(holding(reservation), 1), room.issued(dropping(reservation), 2)
    async with running(empty, migrated, tmp_path, SELDOM) as outbound:
        await closed(empty)
        await outbound.send(first)
        await outbound.waits(1)
        await outbound.send(second)
        await outbound.settle(first, settlement=SUPERSEDED)
        await outbound.waits(1)

        await opened(empty)
        await outbound.send(RetryRequested(connection_id=room.connection_id, reason="administrator_asked"))
        await outbound.settle(second)

    assert await subjects(empty, room) == []


@pytest.mark.parametrize("is_named", [True, False])
async def test_what_waits_is_tried_when_another_service_reached_the_mailbox_or_an_administrator_asks(
    empty: World, migrated: str, tmp_path: Path, is_named: bool
) -> None:
    room = await empty.room()
    message = room.issued(holding(uuid4()))
    asked = RetryRequested(
        connection_id=room.connection_id,
        room_mailbox=room.mailbox.upper() if is_named else None,
        reason="administrator_asked",
    )
    async with running(empty, migrated, tmp_path, SELDOM) as outbound:
        await closed(empty)
        await outbound.send(message)
        await outbound.waits(1)
        await opened(empty)
        await outbound.send(asked)
        await outbound.settle(message, within_s=5)


async def test_what_waits_outlives_the_process(empty: World, migrated: str, tmp_path: Path) -> None:
    room = await empty.room()
    message = room.issued(holding(uuid4()))
    async with running(empty, migrated, tmp_path, SELDOM) as outbound:
        await closed(empty)
        await outbound.send(message)
        await outbound.waits(1)
    await opened(empty)
    async with running(empty, migrated, tmp_path, OFTEN) as outbound:
        await outbound.settle(message)


async def test_an_answer_waits_for_a_credential_and_is_mailed_once(empty: World, migrated: str, tmp_path: Path) -> None:
    room = await empty.room(credential="renewed")
    organizer, event, _ = await empty.invited(room)
    message = room.issued(answering(event))
    async with running(empty, migrated, tmp_path, OFTEN) as outbound:
        await outbound.send(message)
        await outbound.waits(1)
        assert await empty.pool.fetchval("SELECT member FROM waiting") is None

        (tmp_path / "renewed").write_text(empty.sim.client_secret)
        await outbound.settle(message)

    assert len(await empty.mails(organizer)) == 1
