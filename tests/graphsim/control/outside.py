"""Organizers outside the organisation: no mailbox here, so their messages come from nowhere and answers go nowhere.

Source: https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/set-calendarprocessing
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from tests.graphsim.exchange.fields import settle
from tests.graphsim.exchange.mail import MeetingMessage
from tests.graphsim.exchange.stored_event import Json, StoredAttendee
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.event_body import person, read_fields
from tests.graphsim.quantities import Count


@dataclass(frozen=True, slots=True)
class Outside:
    """A message from outside: `event` is a Graph event body, `organizer` has name and address.

    A higher `sequence` is a significant change, a higher `revision` a newer one. `zone_shown` is the zone's name as the
    sender's system wrote it, such as `tzone://Microsoft/Custom`.
    """

    organizer: dict[str, Any]
    event: Json
    kind: Literal["request", "update", "cancellation"] = "request"
    ical_uid: str | None = None
    sequence: Count = 0
    revision: Count = 0
    zone_shown: str | None = None


def inject(world: World, mailbox: str, said: Outside) -> str:
    """Send a mailbox a message from outside, and return the meeting's iCalUId."""
    to = world.mailbox(mailbox).person
    organizer = person("organizer", said.organizer)
    ical_uid = said.ical_uid or f"{world.chance.randbytes(12).hex()}@{organizer.address.partition('@')[2]}"
    fields = read_fields(said.event)
    world.send(
        MeetingMessage(
            kind=said.kind,
            sender=organizer,
            to=to,
            organizer=organizer,
            ical_uid=ical_uid,
            details=replace(settle(None, fields), zone_shown=said.zone_shown),
            sent_at=world.clock(),
            attendees=fields.attendees or (StoredAttendee(to, kind="resource"),),
            sequence=said.sequence,
            revision=said.revision,
        )
    )
    return ical_uid
