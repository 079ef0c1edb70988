"""What a room's answer tells the organizer, as facts: a closed union, put into words by `letters` when it is sent.

A notice does not contain a suggestion of another time. That is looked up when the words are made, so that an answer
that is sent again later suggests what is free then.
"""

from typing import Annotated, Literal

from pydantic import Field

from libs.contracts.values import Instant, Value, Window
from services.policy.core.explanations import Explanation


class Booked(Value):
    """The room is booked for this meeting; `warnings` are rules that the meeting is allowed to break."""

    kind: Literal["booked"] = "booked"
    warnings: tuple[Explanation, ...] = ()


class AwaitsApproval(Value):
    """The meeting waits until an administrator decides, which has to be by the deadline if any.

    The room is held for it meanwhile, unless it `competes` with others for the same time.
    """

    kind: Literal["awaits_approval"] = "awaits_approval"
    reasons: tuple[Explanation, ...]
    deadline: Instant | None = None
    competes: bool = False


class ChangeAwaitsApproval(Value):
    """A change waits for an administrator; the room stays booked at `kept` meanwhile."""

    kind: Literal["change_awaits_approval"] = "change_awaits_approval"
    reasons: tuple[Explanation, ...]
    kept: Window
    deadline: Instant | None = None


class Approved(Value):
    """The room is booked for this meeting after it was held for approval; `why` tells who or what approved it."""

    kind: Literal["approved"] = "approved"
    why: Explanation


class Declined(Value):
    """The room could not be booked."""

    kind: Literal["declined"] = "declined"
    reasons: tuple[Explanation, ...]


class EditRefused(Value):
    """A change could not be followed; the room stays booked at `kept`."""

    kind: Literal["edit_refused"] = "edit_refused"
    reasons: tuple[Explanation, ...]
    kept: Window


class MovedBackTo(Value):
    """A change could not be followed and was undone; the room stays booked at `kept`."""

    kind: Literal["moved_back_to"] = "moved_back_to"
    reasons: tuple[Explanation, ...]
    kept: Window


class TimeProposed(Value):
    """The back office wants another time, which is held until `until`; the room stays booked as it is meanwhile."""

    kind: Literal["time_proposed"] = "time_proposed"
    proposed: Window
    until: Instant


class ProposalWithdrawn(Value):
    """Another time is no longer proposed; the room stays booked as it is."""

    kind: Literal["proposal_withdrawn"] = "proposal_withdrawn"
    proposed: Window


class MovedByAdministrator(Value):
    """The back office moved the meeting, on its organizer's own calendar, from `former`."""

    kind: Literal["moved_by_administrator"] = "moved_by_administrator"
    former: Window


class SeriesBooked(Value):
    """The room is booked for so many dates of a series, those in `skipped` left out; `until` is set if it goes on."""

    kind: Literal["series_booked"] = "series_booked"
    dates: int
    until: Instant | None = None
    skipped: tuple[Explanation, ...] = ()
    warnings: tuple[Explanation, ...] = ()


class SeriesAwaitsApproval(Value):
    """The room is held for so many dates of a series until an administrator decides about all of them at once."""

    kind: Literal["series_awaits_approval"] = "series_awaits_approval"
    dates: int
    reasons: tuple[Explanation, ...]
    until: Instant | None = None
    deadline: Instant | None = None


class SeriesChangeAwaitsApproval(Value):
    """A change of a series, to so many dates, waits for an administrator; the room stays booked as it was meanwhile."""

    kind: Literal["series_change_awaits_approval"] = "series_change_awaits_approval"
    dates: int
    reasons: tuple[Explanation, ...]
    until: Instant | None = None
    deadline: Instant | None = None


class SeriesApproved(Value):
    """The room is booked for so many dates of a series after they were held for approval; `why` tells what did it."""

    kind: Literal["series_approved"] = "series_approved"
    dates: int
    why: Explanation
    until: Instant | None = None


class SeriesDeclined(Value):
    """The room could not be booked for a series of so many dates, or for any of them."""

    kind: Literal["series_declined"] = "series_declined"
    dates: int
    reasons: tuple[Explanation, ...]


class SeriesEditRefused(Value):
    """A change of a series could not be followed; the room stays booked for it as it was."""

    kind: Literal["series_edit_refused"] = "series_edit_refused"
    dates: int
    reasons: tuple[Explanation, ...]


class WantedMove(Value):
    """One date of a series, and where the back office wants it."""

    booked: Window
    proposed: Window


class SeriesMoveWanted(Value):
    """The back office wants so many dates of a series elsewhere, where they are held until `until`.

    The room stays booked as it is meanwhile. `first` are the first of these dates; `goes_on` if later ones, that are
    not booked yet, are meant too. `is_all` if no other date is to come.
    """

    kind: Literal["series_move_wanted"] = "series_move_wanted"
    dates: int
    first: tuple[WantedMove, ...]
    until: Instant
    is_all: bool
    goes_on: bool = False


class SeriesMoveWithdrawn(Value):
    """So many dates of a series are no longer wanted elsewhere; the room stays booked as it is."""

    kind: Literal["series_move_withdrawn"] = "series_move_withdrawn"
    dates: int


class TakenAway(Value):
    """An administrator cancelled the booking."""

    kind: Literal["taken_away"] = "taken_away"
    comment: str | None = None


class SeriesTakenAway(Value):
    """An administrator cancelled the booking of a series on so many dates: from `since` on, or all that are to come."""

    kind: Literal["series_taken_away"] = "series_taken_away"
    dates: int
    comment: str | None = None
    since: Instant | None = None


class SaidOnce(Value):
    """Nothing is told with this answer, because another one, to an earlier date of the same series, tells it."""

    kind: Literal["said_once"] = "said_once"


class Written(Value):
    """A notice that was stored in words, before notices were stored as facts."""

    kind: Literal["written"] = "written"
    text: str


Notice = Annotated[
    Booked
    | AwaitsApproval
    | ChangeAwaitsApproval
    | Approved
    | Declined
    | EditRefused
    | MovedBackTo
    | TimeProposed
    | ProposalWithdrawn
    | MovedByAdministrator
    | SeriesBooked
    | SeriesAwaitsApproval
    | SeriesChangeAwaitsApproval
    | SeriesApproved
    | SeriesDeclined
    | SeriesEditRefused
    | SeriesMoveWanted
    | SeriesMoveWithdrawn
    | TakenAway
    | SeriesTakenAway
    | SaidOnce
    | Written,
    Field(discriminator="kind"),
]
