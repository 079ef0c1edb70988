"""Many events put on a calendar at once, as years of use leave them there. Nobody is mailed."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.graphsim.control import settings
from tests.graphsim.exchange.fields import settle
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import (
    Correspondent,
    Json,
    MeetingDetails,
    RecordedAnswer,
    StoredAttendee,
    StoredEvent,
)
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.event_body import person, read_fields
from tests.graphsim.quantities import Length

AT_ONCE = 500
"""Events that are made before others have a turn."""


@dataclass(frozen=True, slots=True)
class ManyEvents:
    """Single events: `event` is the Graph event body of the first, and each starts so long after the one before.

    With an `organizer`, who has name and address, they are invitations that the mailbox has accepted, of which the
    organizer has no copy here; without one they are the mailbox's own. Their subjects end in their numbers.
    """

    event: Json
    count: Length
    every_minutes: Length
    organizer: dict[str, Any] | None = None


async def put_many(world: World, mailbox: SimulatedMailbox, said: ManyEvents) -> None:
    """Put the events on the calendar; others who call meanwhile see some of them."""
    first = settle(None, read_fields(said.event))
    if first.recurrence is not None:
        raise settings.refused("Many events are single ones; make a series by a call of Graph.")
    organizer = None if said.organizer is None else person("organizer", said.organizer)
    for number in range(said.count):
        later = timedelta(minutes=said.every_minutes * number)
        details = replace(
            first, start=first.start + later, end=first.end + later, subject=f"{first.subject} {number}".strip()
        )
        world.write(mailbox, _event(world, mailbox, details, organizer), "created")
        if number % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)


def _event(
    world: World, mailbox: SimulatedMailbox, details: MeetingDetails, organizer: Correspondent | None
) -> StoredEvent:
    now = world.clock()
    answer = RecordedAnswer("organizer") if organizer is None else RecordedAnswer("accepted", now)
    return StoredEvent(
        immutable_id=world.ids.immutable(),
        default_id=world.ids.default(),
        ical_uid=world.ids.ical_uid(),
        organizer=organizer or mailbox.person,
        is_organizer=organizer is None,
        details=details,
        created_at=now,
        attendees=() if organizer is None else (StoredAttendee(mailbox.person, kind="resource", answer=answer),),
        answer=answer,
        shows_as=details.shows_as,
        is_meeting=organizer is not None,
    )
