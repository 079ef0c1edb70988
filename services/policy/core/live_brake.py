"""Leave absences to the next sweep when too many come at once.

A mailbox that is emptied, restored or replaced while notifications flow looks, one notification after the other, as if
everybody had cancelled. The sweep sees all of it together, and its brake asks an administrator. A meeting that its
organizer cancelled is no absence: Exchange marks it so, and it frees the room however many there are.
"""

from dataclasses import dataclass
from datetime import timedelta

from services.policy.core.changes import Decision, Record, Save
from services.policy.core.explanations import MeetingGone

COUNTED_FOR = timedelta(hours=1)
"""How long an absence counts. What is left to the sweep waits for minutes only, so this may be long."""

ALWAYS_ALLOWED = 5
SHARE_ALLOWED = 0.2


@dataclass(frozen=True, slots=True)
class AbsenceTally:
    """Of the reservations of a space that are not over: how many live ones, and how many absences ended lately."""

    held: int
    ended: int

    @property
    def allows_another(self) -> bool:
        """Whether one more may be ended by an absence without a look at the whole calendar."""
        return self.ended < max(ALWAYS_ALLOWED, int((self.held + self.ended) * SHARE_ALLOWED))


def ends_by_absence(decision: Decision) -> bool:
    """Whether a decision ends a reservation because its meeting is missing."""
    is_ended = any(isinstance(each, Save) and each.reservation.status == "cancelled" for each in decision.changes)
    is_gone = any(
        isinstance(each, Record) and any(isinstance(reason, MeetingGone) for reason in each.reasons)
        for each in decision.changes
    )
    return is_ended and is_gone


LEFT_TO_THE_SWEEP = Decision(note="left_to_the_sweep")
"""Nothing is stored, not even that the meeting is missing, so that the sweep finds it as a drift."""
