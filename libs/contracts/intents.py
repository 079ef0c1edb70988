"""What Outlook ought to show for one (space, key): a closed union, told apart by `want`.

An intent is a goal, not a call. Outbound looks at the calendar first and writes nothing if it already shows the goal,
so that carrying out an intent twice is harmless.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.values import Value, Window


class AnswerMeeting(Value):
    """Show this answer of the room to an invitation; the organizer reads `comment`.

    `judged` is the window that was decided about; a meeting that has moved since is not answered. `proposed` goes
    with a tentative answer as the time the room offers instead. `pattern` is the recurrence of a series that was
    decided about, as a text to be compared (`libs.contracts.patterns`): a series that recurs otherwise by now is not
    answered. None stands for a meeting that happens once, or for one date. With `tells`, which names the news, it is
    sent once even if the calendar shows the same answer already. `takes_room_off` goes with a decline that is final, on
    connections that may edit organizers' mailboxes: the address of the organizer, whose own event the room is taken off
    once the decline is written. Where that cannot be done the decline is enough.
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


class MoveBack(Value):
    """Move the organizer's own event back to the window the room keeps, once.

    Only for connections that may edit organizers' mailboxes. The event is left alone if it is no longer at `refused`.
    `time_zone` is the room's, for whole days whose own zone nobody knows.
    """

    want: Literal["move_back"] = "move_back"
    ical_uid: str
    organizer: str
    kept: Window
    refused: Window
    time_zone: str | None = None


class KeepHold(Value):
    """Have a room-owned event that blocks `window` for a reservation that no invitation holds."""

    want: Literal["hold"] = "hold"
    reservation_id: UUID
    window: Window
    time_zone: str
    subject: str
    event_id: str | None = None


class DropHold(Value):
    """Have no room-owned event for this reservation."""

    want: Literal["no_hold"] = "no_hold"
    reservation_id: UUID
    event_id: str | None = None


Intent = Annotated[AnswerMeeting | MoveBack | KeepHold | DropHold, Field(discriminator="want")]
