"""The calls that may be made on a calendar to reach a goal, and the plans made of them: two closed unions.

No call deletes an attendee's copy. The organizer would not be told, and would still see the room as booked; a room
refuses by declining.
Source: https://learn.microsoft.com/en-us/graph/api/event-delete
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Meeting, Window

TAKES_EFFECT = timedelta(seconds=15)
"""How long after Graph acknowledges an answer, or a move is on its way by mail, the room's calendar may show it late.

Exchange may replace the copy that is answered: it is deleted at once and created again 5 to 15 s later. Until then
nobody takes its absence for a cancellation, or sends the answer again.
Source: https://github.com/OfficeDev/ews-managed-api/issues/255, https://learn.microsoft.com/graph/api/event-accept
"""


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer an invitation on the room's copy; the organizer is mailed `comment`, unless they asked for no response."""

    event_id: str
    answer: Literal["accepted", "declined", "tentativelyAccepted"]
    comment: str | None
    proposed: Window | None


@dataclass(frozen=True, slots=True)
class Move:
    """Move the organizer's own event, unless it has changed since `etag`; `all_day_in` is the zone of whole days."""

    event_id: str
    etag: str | None
    window: Window
    all_day_in: str | None = None


@dataclass(frozen=True, slots=True)
class TakeRoomOff:
    """Take a room off the attendees of the organizer's own event, unless that has changed since `etag`.

    Exchange sends the room a cancellation, which finds nothing to cancel where the room's copy left with the decline.
    Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (sections 3.1.4.9.1, 3.1.4.9.2)
    """

    organizer: str
    event_id: str
    etag: str | None
    room: str


@dataclass(frozen=True, slots=True)
class ShowBusy:
    """Have the room's copy of a meeting that it accepted block its time; nobody is mailed.

    A copy takes over how the organizer shows the meeting, which for whole days is free unless somebody changes it. An
    attendee may show their own copy otherwise; the organizer's next update may undo that.
    Source: https://learn.microsoft.com/graph/api/event-update (showAs),
    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8.1)
    """

    event_id: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class CreateHold:
    """Create a room-owned event on the room's calendar. Graph refuses a second event with the same `transaction_id`."""

    reservation_id: UUID
    transaction_id: UUID
    window: Window
    subject: str


@dataclass(frozen=True, slots=True)
class ChangeHold:
    """Bring our room-owned event to this window and subject, unless it has changed since `etag`."""

    event_id: str
    etag: str | None
    window: Window
    subject: str


@dataclass(frozen=True, slots=True)
class RemoveHold:
    """Delete a room-owned event of ours. It has no attendees, so nobody is mailed."""

    event_id: str


Call = Respond | Move | TakeRoomOff | ShowBusy | CreateHold | ChangeHold | RemoveHold


@dataclass(frozen=True, slots=True)
class Apply:
    """Make these calls, in this order, then look again or settle."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Settle:
    """Write nothing, and settle the intent like this; `meeting` is the event that shows the goal, if there is one."""

    settlement: Settlement
    problem: IntentProblem | None = None
    detail: str | None = None
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Write nothing now: the answer was sent and may still appear, or another one has to come first.

    To send an answer again would mail the organizer twice.
    """

    reason: str


Plan = Apply | Settle | Wait
