"""What Outlook ought to show for one (space, key): a closed union, told apart by `want`.

An intent is a goal, not a call. Outbound looks at the calendar first and writes nothing if it already shows the goal,
so that carrying out an intent twice is harmless.
"""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.values import Instant, Value, Window


class AnswerMeeting(Value):
    """Show this answer of the room to an invitation; the organizer reads `comment`.

    `judged` is the window that was decided about; a meeting that has moved since is not answered. `proposed` goes
    with a tentative answer as the time the room offers instead. `pattern` is the recurrence of a series that was
    decided about, as a text to be compared (`libs.contracts.patterns`): a series that recurs otherwise by now is not
    answered. None stands for a meeting that happens once, or for one date. With `tells`, which names the news, it is
    sent once even if the calendar shows the same answer already. `takes_room_off` goes with a decline that is final, on
    connections that may edit organizers' mailboxes: the address of the organizer, whose own event the room is taken off
    once the decline is written. Where that cannot be done the decline is enough. What the comment suggests may be taken
    by others after `suggests_until`, by the database's clock: then the answer is not sent, but asked for in new words.
    """

    want: Literal["answer"] = "answer"
    ical_uid: str
    event_id: str | None = None
    answer: Literal["accepted", "declined", "tentativelyAccepted"]
    comment: str
    judged: Window
    proposed: Window | None = None
    pattern: str | None = None
    tells: str | None = None
    takes_room_off: str | None = None
    suggests_until: Instant | None = None


class MoveBack(Value):
    """Move the organizer's own event from `refused` to the window the room keeps, once.

    That is back, after a refused edit, or to where the back office has moved the reservation. Only for connections that
    may edit organizers' mailboxes. The event is left alone if it is no longer at `refused`. `time_zone` is the room's,
    for whole days whose own zone nobody knows. With a `pattern` it is a series that recurs like that, all of whose
    dates move with the first one, which these windows are of; the move matters until `lasts_until`.
    """

    want: Literal["move_back"] = "move_back"
    ical_uid: str
    organizer: str
    kept: Window
    refused: Window
    time_zone: str | None = None
    pattern: str | None = None
    lasts_until: Instant | None = None


class HeldDate(Value):
    """One date of a recurring hold that differs from the pattern.

    `original_date` is the date on which the pattern has it, in the hold's zone. Without a `window` the date is not
    there. Without a `subject` it has that of the hold.
    """

    original_date: date
    window: Window | None
    subject: str | None = None


class HeldSeries(Value):
    """What makes a hold recur: its recurrence as Graph has it, and what differs from that on single dates.

    The range of the recurrence ends, with the last date that is booked or before. The dates are those of the hold's
    zone, by wall clock. `dates` are the original ones of all that are held, exceptions among them; without any, they
    are not known one by one.
    """

    recurrence: dict[str, Any]
    exceptions: tuple[HeldDate, ...] = ()
    dates: tuple[date, ...] = ()


class KeepHold(Value):
    """Have a room-owned event that blocks `window` for a reservation that no invitation holds.

    With a `series` it is one recurring event for a reservation group: `reservation_id` is the id of the group, `window`
    that of the date that the pattern has first, and `time_zone` the IANA name of the zone in which it recurs.
    """

    want: Literal["hold"] = "hold"
    reservation_id: UUID
    window: Window
    time_zone: str
    subject: str
    event_id: str | None = None
    series: HeldSeries | None = None


class DropHold(Value):
    """Have no room-owned event for this reservation, or for this reservation group.

    A recurring event goes with all of its dates. To keep those that are over, want a `KeepHold` that ends with them.
    """

    want: Literal["no_hold"] = "no_hold"
    reservation_id: UUID
    event_id: str | None = None


Intent = Annotated[AnswerMeeting | MoveBack | KeepHold | DropHold, Field(discriminator="want")]
