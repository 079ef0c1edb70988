"""Have policy decide observations in the running system, and see how long it takes until they are committed.

Observations are published to the broker as ingest publishes them; a decision counts once its transaction has committed:
the mark in the inbox, the ledger, and what is owed to the bus. The other services are frozen meanwhile, so that it is
this process that is measured; what they would have got waits in their queues, and is thrown away.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from deploy.driver.cast import BookableRoom
from deploy.driver.eventually import eventually, expect
from deploy.driver.slots import Slot
from libs.common.bus.rabbitmq import RabbitBus
from libs.common.clock import utc_now
from libs.common.topology import Lane
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Answer, Attendee, AttendeeKind, Meeting, Observation, Person
from tests.bench.figures import Incorrect
from tests.bench.ground import Ground

IN_ONE_GO = 200
DECIDED_WITHIN_S = 60.0
OTHERS = ("ingest", "outbound", "reconciler")
ORGANIZER = "organizer@contoso.example"

Booked = Literal["confirmed", "pending"]
LIVE = "SELECT count(*) FROM policy.reservations WHERE title = $1 AND status = $2"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a room is invited to. Its subject is the title of the round that it belongs to."""

    room: BookableRoom
    window: Slot
    title: str
    organizer: str = ORGANIZER


async def decided_per_second(
    ground: Ground, bus: RabbitBus, invitations: Sequence[Invitation], books: Booked = "confirmed"
) -> float:
    """Queue observations of free windows of one title, let policy at them, and return how many it decided in a second.

    It is frozen until all are queued, so that it does not compete with whoever publishes them. Raises Incorrect if they
    do not all become reservations of this status.
    """
    title, many = invitations[0].title, len(invitations)
    began = await now(ground)
    messages = [observed(each, began) for each in invitations]

    async def all_booked() -> None:
        booked = await ground.ledger.fetchval(LIVE, title, books)
        expect(booked == many, f"{booked} of {many} observations of free windows are {books} reservations")

    policy = ground.stack.processes["policy"]
    policy.stall()
    try:
        await publish(ground, bus, messages)
        began = await now(ground)
    finally:
        policy.resume()
    try:
        await eventually(all_booked, within_s=DECIDED_WITHIN_S)
    except AssertionError as error:
        raise Incorrect(f"After {DECIDED_WITHIN_S:g} s, {error}.") from None
    ended: datetime = await ground.ledger.fetchval("SELECT max(handled_at) FROM policy.inbox")
    return many / (ended - began).total_seconds()


async def now(ground: Ground) -> datetime:
    """Return the database's time."""
    now: datetime = await ground.ledger.fetchval("SELECT clock_timestamp()")
    return now


async def publish(ground: Ground, bus: RabbitBus, messages: Sequence[MeetingObserved]) -> None:
    """Publish observations as ingest does."""
    envelopes = [
        ground.codec.envelope(each, message_id=uuid4(), correlation_id=str(uuid4()), lane=Lane.LIVE, sent_at=utc_now())
        for each in messages
    ]
    for first in range(0, len(envelopes), IN_ONE_GO):
        await bus.publish(envelopes[first : first + IN_ONE_GO])


def window_after(start: datetime, number: int) -> Slot:
    """Return fifty minutes of the hour that begins so many hours after the start."""
    begins = start + timedelta(hours=number)
    return Slot(begins, begins + timedelta(minutes=50))


def observed(invitation: Invitation, now: datetime) -> MeetingObserved:
    """Observe an invitation that the room has not answered."""
    room, window = invitation.room, invitation.window
    ical_uid, space_id = uuid4().hex.upper(), UUID(room.space["id"])
    organizer = Person(address=invitation.organizer, name="Organizer")
    invited = [(room.calendar.address, AttendeeKind.RESOURCE), ("guest@contoso.example", AttendeeKind.REQUIRED)]
    meeting = Meeting(
        event_id=f"AAMkBench{ical_uid}",
        ical_uid=ical_uid,
        start=window.start,
        end=window.end,
        subject=invitation.title,
        shows_as="tentative",
        organizer=organizer,
        attendees=tuple(Attendee(address=address, kind=kind) for address, kind in invited),
        answer=Answer.NOT_RESPONDED,
    )
    mailbox = room.calendar.address
    observation = Observation(
        space_id=space_id, room_mailbox=mailbox, ical_uid=ical_uid, observed_at=now, meeting=meeting
    )
    return MeetingObserved(space_id=space_id, observation=observation)


@asynccontextmanager
async def only_policy(ground: Ground) -> AsyncIterator[None]:
    """Freeze the other services; throw away what outbound was sent meanwhile before they go on."""
    for role in OTHERS:
        ground.stack.processes[role].stall()
    try:
        yield
        await _published(ground)
        await ground.purge("outbound")
    finally:
        for role in OTHERS:
            ground.stack.processes[role].resume()


async def _published(ground: Ground) -> None:
    async def nothing_is_owed() -> None:
        expect(await ground.ledger.fetchval("SELECT count(*) FROM policy.outbox") == 0, "the outbox is not empty")

    await eventually(nothing_is_owed, within_s=30)
