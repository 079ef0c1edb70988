"""Organizers outside the organisation: no mailbox here, so their messages come from nowhere and answers go nowhere.

Source: https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/set-calendarprocessing
"""

from typing import TYPE_CHECKING, Any

from tests.graphsim.errors import GraphError
from tests.graphsim.event import Attendee, Json
from tests.graphsim.mail import MeetingMessage
from tests.graphsim.validation import person, read_fields, settle

if TYPE_CHECKING:
    from tests.graphsim.world import World

KINDS = frozenset({"request", "update", "cancellation"})


def inject(world: "World", mailbox: str, spec: dict[str, Any]) -> str:
    """Send a mailbox a message from outside, and return the meeting's iCalUId.

    `spec` has `organizer` ({name, address}), `event` (a Graph event body), and at will `ical_uid`, `kind` (request,
    update, cancellation), `sequence` (higher: a significant change) and `revision` (higher: newer).
    """
    to = world.mailbox(mailbox).person
    kind = spec.get("kind") or "request"
    if kind not in KINDS:
        raise GraphError(400, "InvalidSetting", f"kind is {kind!r}, not one of {sorted(KINDS)}.")
    organizer = person("organizer", spec.get("organizer"))
    ical_uid = spec.get("ical_uid") or f"{world.chance.randbytes(12).hex()}@{organizer.address.partition('@')[2]}"
    event: Json = spec.get("event") or {}
    fields = read_fields(event)
    world.send(
        MeetingMessage(
            kind=kind,
            sender=organizer,
            to=to,
            organizer=organizer,
            ical_uid=ical_uid,
            details=settle(None, fields),
            sent_at=world.clock(),
            attendees=fields.attendees or (Attendee(to, kind="resource"),),
            sequence=spec.get("sequence") or 0,
            revision=spec.get("revision") or 0,
        )
    )
    return str(ical_uid)
