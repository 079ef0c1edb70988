"""A question to administrators: may this reservation be booked? One row of `approvals`."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.approvals import AtDeadline, QuestionState
from libs.contracts.values import Actor, Value, Window
from services.policy.core.explanations import Explanation


class AskedFor(Value):
    """What an administrator is asked to allow.

    Of a series, `window` is its first date, `dates` are all that were to come, by start, and `pattern` is what gives it
    later ones. A date of a series that is as the pattern has it names the pattern too.
    """

    window: Window
    organizer: str | None
    people: int
    dates: tuple[Window, ...] = ()
    pattern: str | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return every time that is asked for, by start."""
        return self.dates or (self.window,)

    @property
    def ends_at(self) -> datetime:
        """Return when all of it is over."""
        return max(each.end for each in self.windows)

    def is_covered_by(self, other: "AskedFor") -> bool:
        """Whether it asks for no more than another: the same organizer, no more people, and no time outside.

        A series also covers the dates that its pattern has after those that were asked about.
        """
        if self.organizer != other.organizer or self.people > other.people:
            return False
        is_same_pattern = self.pattern is not None and self.pattern == other.pattern
        starts, ends_at = [each.start for each in other.windows], other.ends_at

        def is_covered(window: Window) -> bool:
            before = bisect_right(starts, window.start) - 1
            is_within = before >= 0 and window.end <= other.windows[before].end
            return is_within or (is_same_pattern and window.start >= ends_at)

        return all(map(is_covered, self.windows))


@dataclass(frozen=True, slots=True)
class Question:
    """One row of `approvals`, about a reservation or about all dates of a series.

    A pending reservation has exactly one pending question, of its own or with its series. One that is booked may have
    one about a change that is asked for; it keeps its time meanwhile, and the time that is asked for is held too.
    `reasons` are the broken policies that leave it to an administrator. `asked_at` is when this was first asked, which
    a question keeps from the one that it supersedes. Without `deadline_at` it waits until the reservation is over.
    `due_at` is when something happens by itself. `decided_at` is when it was closed, and `decided_by` who decided it.
    """

    id: UUID
    space_id: UUID
    reservation_id: UUID | None
    group_id: UUID | None
    state: QuestionState
    asked: AskedFor
    reasons: tuple[Explanation, ...]
    approvers: tuple[str, ...]
    stand_ins: tuple[str, ...]
    mode: Literal["hold", "compete"]
    at_deadline: AtDeadline
    asked_at: datetime
    deadline_at: datetime | None
    due_at: datetime
    decided_at: datetime | None
    decided_by: Actor | None
    comment: str | None
    version: int
    updated_at: datetime

    @property
    def is_approved(self) -> bool:
        """Whether what was asked for may be booked."""
        return self.state == "approved" or (self.state == "expired" and self.at_deadline == "approve")
