"""What Outlook ought to show for one key, as policy keeps it: a closed union, told apart by `want`.

An answer is kept with its notice as facts. `letters` puts the notice into words when the goal is sent to outbound.
"""

from typing import Annotated, Literal

from pydantic import Field

from libs.contracts.intents import DropHold, KeepHold, MoveBack
from libs.contracts.values import Instant, Value, Window
from services.policy.core.notices import Notice

Response = Literal["accepted", "declined", "tentativelyAccepted"]


class GiveAnswer(Value):
    """The room's answer to an invitation, and what its organizer is told.

    `judged` is the window that was decided about; a meeting that has moved since is not answered. `proposed` goes with
    a tentative answer as the time the room offers instead. The answer to a series, whose `judged` window is that of its
    first occurrence and whose recurrence is `pattern`, matters until `lasts_until`; one that recurs otherwise by now is
    not answered. With `tells`, which names what is told, it is sent once even if the calendar shows the same answer.
    `takes_room_off` is the organizer whose own event is to lose the room once it has declined.
    """

    want: Literal["answer"] = "answer"
    ical_uid: str
    event_id: str | None = None
    answer: Response
    notice: Notice
    judged: Window
    proposed: Window | None = None
    pattern: str | None = None
    takes_room_off: str | None = None
    lasts_until: Instant | None = None
    tells: str | None = None


Goal = Annotated[GiveAnswer | MoveBack | KeepHold | DropHold, Field(discriminator="want")]
