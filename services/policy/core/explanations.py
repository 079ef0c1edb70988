"""Why something was refused or ended, as facts: a closed union.

Facts are stored and compared; `wording` makes sentences of them when somebody is told. So a sentence can fit the
language, the template and the privacy of its reader, and a stored decision can be judged again.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.values import Instant, Value, Window
from services.policy.core.policies.policy import AnyRule, Effect
from services.policy.core.policies.rule import Breach


class IsASeries(Value):
    """Recurring meetings cannot be booked."""

    kind: Literal["is_a_series"] = "is_a_series"


class BrokenRule(Value):
    """A policy is broken: in which version, by what, and what that leads to."""

    kind: Literal["broken_rule"] = "broken_rule"
    policy_id: UUID
    version: int
    effect: Effect
    rule: AnyRule
    breach: Breach


class OverCapacity(Value):
    """More people are expected than the space holds: how it was stored before capacity was a policy."""

    kind: Literal["over_capacity"] = "over_capacity"
    capacity: int
    people: int


class HasNoLength(Value):
    """The window ends when it starts."""

    kind: Literal["has_no_length"] = "has_no_length"


class TooLong(Value):
    """The window is longer than any reservation may be."""

    kind: Literal["too_long"] = "too_long"
    most_days: int
    days: int


class IsOver(Value):
    """The time asked for has passed."""

    kind: Literal["is_over"] = "is_over"
    end: Instant


class TooFarAhead(Value):
    """The window starts further ahead than anything may be booked."""

    kind: Literal["too_far_ahead"] = "too_far_ahead"
    most_days: int
    start: Instant


class SlotTaken(Value):
    """The space is taken by somebody else: by whom is not known if that meeting is private.

    What the other meeting is about is nobody's business, so its title is not among the facts. `minutes_between` is set
    where the other meeting is at another time, but closer than the space can be set up and cleaned between them.
    """

    kind: Literal["slot_taken"] = "slot_taken"
    reserved: Window
    is_private: bool
    organizer: str | None = None
    minutes_between: int | None = None


class AllowedByAdministrator(Value):
    """An administrator allowed an exception from the rules."""

    kind: Literal["allowed_by_administrator"] = "allowed_by_administrator"
    reason: str


OwnedByOutlook = Literal["title", "organizer", "attendee_count"]
"""What of a meeting in Outlook only its organizer can change."""


class HeldByInvitation(Value):
    """The reservation belongs to a meeting in Outlook: `fields` of it are its organizer's to change alone."""

    kind: Literal["held_by_invitation"] = "held_by_invitation"
    fields: tuple[OwnedByOutlook, ...] = ()


class TimeNotChangeable(Value):
    """The time of a reservation cannot be changed here, or not now: of most, because a meeting in Outlook has it."""

    kind: Literal["time_not_changeable"] = "time_not_changeable"
    why: Literal[
        "no_proposals",
        "begun",
        "awaits_approval",
        "elsewhere",
        "being_moved",
        "own_event",
        "not_shown",
        "whole_series",
        "series_goes_on",
        "over_itself",
        "series_not_moved",
        "series_needs_approval",
    ]


class HasEnded(Value):
    """The reservation is declined or cancelled, so it cannot be changed."""

    kind: Literal["has_ended"] = "has_ended"
    status: str
    reserved: Window


class MeetingCancelled(Value):
    """The meeting was cancelled, or the room was taken off it."""

    kind: Literal["meeting_cancelled"] = "meeting_cancelled"


class MeetingGone(Value):
    """The meeting is no longer on the room's calendar."""

    kind: Literal["meeting_gone"] = "meeting_gone"


class NoLongerBlocks(Value):
    """The event on the room's own calendar no longer blocks this time."""

    kind: Literal["no_longer_blocks"] = "no_longer_blocks"


class KeptLongEnough(Value):
    """The room was kept without an invitation for as long as it may be."""

    kind: Literal["kept_long_enough"] = "kept_long_enough"


class MovedToThePast(Value):
    """The meeting was moved to a time that is already over."""

    kind: Literal["moved_to_the_past"] = "moved_to_the_past"


class CancelledByAdministrator(Value):
    """An administrator took the reservation away."""

    kind: Literal["cancelled_by_administrator"] = "cancelled_by_administrator"
    comment: str | None = None


Keep = Literal["ledger", "outlook"]
"""Which side of a conflict is kept: what the ledger has, or the event in Outlook that is in its way."""


class KeptInConflict(Value):
    """Both sides had something at one time, and an administrator decided which of them is kept."""

    kind: Literal["kept_in_conflict"] = "kept_in_conflict"
    keep: Keep
    comment: str | None = None


class ApprovedByAdministrator(Value):
    """An administrator approved the booking."""

    kind: Literal["approved_by_administrator"] = "approved_by_administrator"
    comment: str | None = None


class ApprovedAtDeadline(Value):
    """Nobody had decided by the deadline, and the policies say that it is approved then."""

    kind: Literal["approved_at_deadline"] = "approved_at_deadline"
    deadline: Instant


class RejectedByAdministrator(Value):
    """An administrator did not approve the booking."""

    kind: Literal["rejected_by_administrator"] = "rejected_by_administrator"
    comment: str | None = None


class NotApprovedInTime(Value):
    """Nobody approved the booking by its deadline, or before it was over."""

    kind: Literal["not_approved_in_time"] = "not_approved_in_time"
    deadline: Instant


class ProposalLapsed(Value):
    """The organizer of a meeting did not move it in time to where the back office wanted it."""

    kind: Literal["proposal_lapsed"] = "proposal_lapsed"
    proposed: Window


class ProposalWithdrawnHere(Value):
    """The back office no longer wants another time for a meeting."""

    kind: Literal["proposal_withdrawn_here"] = "proposal_withdrawn_here"
    proposed: Window


class AcceptedBeforeMapping(Value):
    """The room had accepted the meeting before its space was mapped."""

    kind: Literal["accepted_before_mapping"] = "accepted_before_mapping"
    answered_at: Instant


class Replaced(Value):
    """A single meeting was made a series, or the other way round: its new times have reservations of their own."""

    kind: Literal["replaced"] = "replaced"


class NotAnswered(Value):
    """The meeting was over before the room had answered it."""

    kind: Literal["not_answered"] = "not_answered"
    end: Instant


class WaitingListOffer(Value):
    """The time is held until then for somebody on the waiting list, or was, and became of that what is said."""

    kind: Literal["waiting_list_offer"] = "waiting_list_offer"
    until: Instant
    became: Literal["taken", "lapsed", "withdrawn"] | None = None


class Stated(Value):
    """A reason that was stored in words, before reasons were stored as facts."""

    kind: Literal["stated"] = "stated"
    rule: str
    limit: str | None = None
    actual: str | None = None
    message: str


_Plain = (
    IsASeries
    | BrokenRule
    | OverCapacity
    | HasNoLength
    | TooLong
    | IsOver
    | TooFarAhead
    | SlotTaken
    | AllowedByAdministrator
    | HeldByInvitation
    | TimeNotChangeable
    | HasEnded
    | MeetingCancelled
    | MeetingGone
    | NoLongerBlocks
    | KeptLongEnough
    | MovedToThePast
    | CancelledByAdministrator
    | KeptInConflict
    | ApprovedByAdministrator
    | ApprovedAtDeadline
    | RejectedByAdministrator
    | NotApprovedInTime
    | ProposalLapsed
    | ProposalWithdrawnHere
    | AcceptedBeforeMapping
    | NotAnswered
    | Replaced
    | WaitingListOffer
    | Stated
)


class OnDate(Value):
    """Something is said of one occurrence of a series: of the one at this time."""

    kind: Literal["on_date"] = "on_date"
    window: Window
    why: Annotated[_Plain, Field(discriminator="kind")]


Explanation = Annotated[_Plain | OnDate, Field(discriminator="kind")]


def is_conflict(why: Explanation) -> bool:
    """Whether another time would help, because somebody else has the space."""
    if isinstance(why, OnDate):
        return is_conflict(why.why)
    return isinstance(why, SlotTaken) or (isinstance(why, Stated) and why.rule == "availability")
