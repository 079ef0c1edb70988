"""Cancellations that a brake of the reconciler has stopped: who may let go on what, and what that does.

A confirmation is about what somebody saw. Whoever saw fewer cancellations than wait now, or another brake, did not see
what they would let go on.
"""

from dataclasses import dataclass
from datetime import datetime

from services.policy.core.policies.phrases import say_count


@dataclass(frozen=True, slots=True)
class SeenBrake:
    """A brake as somebody saw it: since when it stops the cancellations of a room, and how many."""

    since: datetime
    cancellations: int

    def is_still(self, since: datetime, cancellations: int) -> bool:
        """Whether this is what waits now, or more than that. Times are compared by whole seconds, as callers have."""
        is_same = self.since.replace(microsecond=0) == since.replace(microsecond=0)
        return is_same and self.cancellations >= cancellations


HAPPENS_FIRST = (
    "The room's calendar is compared once more, at once. Only what is gone then too is cancelled; if more is gone by "
    "then, nothing is, and this page asks anew."
)
"""What is done before anything is cancelled."""

OUTLOOK_SHOWS = (
    "The room's calendar stays as it is, without these meetings. Organizers are told nothing, and their own calendars "
    "stay as they are: a meeting that is still there names the room, which is no longer booked for it."
)
"""What people see in Outlook."""

OTHER_WAY = (
    "Do not confirm. Restore the calendar of the room mailbox in Exchange; the brake ends by itself with the first "
    "comparison that finds the meetings again. Until then nobody else can book their time."
)
"""What to do if the meetings are to be kept."""


def say_what_ledger_does(cancellations: int) -> str:
    """Say what becomes of the reservations."""
    gone = say_count(cancellations, "reservation")
    return (
        f"{gone} {'is' if cancellations == 1 else 'are'} cancelled, a series with all of its dates, and others can "
        "book that time. This cannot be undone: a meeting that comes back to the calendar later is decided about anew."
    )
