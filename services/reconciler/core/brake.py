"""Stop a sweep that would cancel too many reservations at once.

A mailbox that was emptied, restored or replaced looks as if everybody had cancelled on the same day. An administrator
has to confirm the cancellations before policy is asked for them. Meetings are counted, not dates: a series is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.reconciler.core.drift import Drift, MissingInOutlook
from services.reconciler.core.expectation import Expectation

ALWAYS_ALLOWED = 5
SHARE_ALLOWED = 0.2


@dataclass(frozen=True, slots=True)
class Braked:
    """A sweep that would cancel `cancels` of `held` reservations, more than the `allowed` that need no confirmation."""

    cancels: int
    held: int
    allowed: int

    @property
    def problem(self) -> str:
        """Tell an administrator what happened, why, and what to do."""
        return (
            f"{self.cancels} of the {self.held} reservations ahead are gone from the room's calendar at once, more "
            f"than the {self.allowed} that are taken for cancellations without asking. Nothing was cancelled. See "
            "whether the mailbox was emptied or exchanged, then confirm the cancellations or restore the calendar."
        )


def brake(expectations: Sequence[Expectation], drifts: Sequence[Drift], *, confirmed: int = 0) -> Braked | None:
    """Return why a sweep has to stop, or None if it may go on. An administrator allowed `confirmed` cancellations."""
    held = sum(expected.holds_the_room() for expected in expectations)
    cancels = sum(would_cancel(drift) for drift in drifts)
    allowed = max(ALWAYS_ALLOWED, int(held * SHARE_ALLOWED), confirmed)
    return Braked(cancels, held, allowed) if cancels > allowed else None


def would_cancel(drift: Drift) -> bool:
    """Whether policy would cancel a reservation because of the drift. A missing hold is put back instead."""
    return isinstance(drift, MissingInOutlook) and drift.expected.want != "hold"
