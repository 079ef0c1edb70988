"""The calls that may be made on a calendar to reach a goal, and the plans made of them: two closed unions.

No call deletes an attendee's copy. The organizer would not be told, and would still see the room as booked; a room
refuses by declining.
Source: https://learn.microsoft.com/en-us/graph/api/event-delete
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
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
    """Move the organizer's own event, unless it has changed since `etag`.

    `all_day_in` is the zone of whole days, `series_in` that of a series: written in another zone, it would follow the
    clocks of that from then on.
    Source: https://learn.microsoft.com/graph/api/resources/event#properties (originalStartTimeZone)
    """

    event_id: str
    etag: str | None
    window: Window
    all_day_in: str | None = None
    series_in: str | None = None


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
class Recurs:
    """How a hold recurs: its recurrence as Graph has it, and the zone of its wall-clock times."""

    recurrence: dict[str, Any]
    time_zone: str


@dataclass(frozen=True, slots=True)
class CreateHold:
    """Create a room-owned event on the room's calendar. Graph refuses a second event with the same `transaction_id`."""

    reservation_id: UUID
    transaction_id: UUID
    window: Window
    subject: str
    recurs: Recurs | None = None


@dataclass(frozen=True, slots=True)
class ChangeHold:
    """Bring our room-owned event to this window and subject, unless it has changed since `etag`."""

    event_id: str
    etag: str | None
    window: Window
    subject: str


@dataclass(frozen=True, slots=True)
class RecurOtherwise:
    """Bring our recurring event to this recurrence, unless it has changed since `etag`.

    With a `window` its dates are at another time as well. Exchange then drops what single dates have of their own, and
    may keep it if only the end of the recurrence differs.
    Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.7.3.5)
    """

    event_id: str
    etag: str | None
    window: Window | None
    recurs: Recurs


@dataclass(frozen=True, slots=True)
class NameHold:
    """Have our recurring event show this subject, and block its time, unless it has changed since `etag`.

    Its times are not written, so that no date loses what it has of its own.
    """

    event_id: str
    etag: str | None
    subject: str


@dataclass(frozen=True, slots=True)
class RemoveHold:
    """Delete a room-owned event of ours. It has no attendees, so nobody is mailed."""

    event_id: str


@dataclass(frozen=True, slots=True)
class ChangeDate:
    """Bring one date of our recurring event to this window and subject: it becomes an exception of its series.

    Source: https://learn.microsoft.com/graph/api/event-update
    """

    event_id: str
    window: Window
    subject: str


@dataclass(frozen=True, slots=True)
class RemoveDate:
    """Take one date out of our recurring event. It cannot be put back by itself."""

    event_id: str


DateCall = ChangeDate | RemoveDate
SeriesCall = RecurOtherwise | NameHold | DateCall
Call = Respond | Move | TakeRoomOff | ShowBusy | CreateHold | ChangeHold | RemoveHold | SeriesCall


@dataclass(frozen=True, slots=True)
class Apply:
    """Make these calls, in this order, then look again or settle.

    After one that `looks_again` something may be left to do: another look comes before the intent is settled. `about`
    is the event that shows the goal then, if none of the calls writes it.
    """

    calls: tuple[Call, ...]
    looks_again: bool = False
    about: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """Write nothing, and settle the intent like this; `meeting` is the event that shows the goal, if there is one.

    With `words_outdated` the answer is wanted, but not in these words.
    """

    settlement: Settlement
    problem: IntentProblem | None = None
    detail: str | None = None
    meeting: Meeting | None = None
    words_outdated: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Write nothing now: the answer was sent and may still appear, or another one has to come first.

    To send an answer again would mail the organizer twice.
    """

    reason: str


Plan = Apply | Settle | Wait
