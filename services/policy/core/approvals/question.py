"""A question to administrators: may this reservation be booked? One row of `approvals`."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from libs.contracts.approvals import AtDeadline, QuestionState
from libs.contracts.values import Actor, Instant, Value, Window
from libs.contracts.wanted_reservations import Scope
from services.policy.core.explanations import Explanation


class AskedFor(Value):
    """What an administrator is asked to allow.

    Of a series, `window` is its first date, `dates` are all that were to come, by start, and `pattern` is what gives it
    later ones. A date of a series that is as the pattern has it names the pattern too. It `names_organizer` if another
    one is asked for than what is booked has; then `organizer_name` is how that one is called.
    """

    window: Window
    organizer: str | None
    people: int
    dates: tuple[Window, ...] = ()
    pattern: str | None = None
    names_organizer: bool = False
    organizer_name: str | None = None

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

    def is_left_of(self, other: "AskedFor") -> bool:
        """Whether it is what another asked for, as far as that is to come; a series has other dates as time passes."""
        is_same = (self.organizer, self.people, self.pattern) == (other.organizer, other.people, other.pattern)
        return self == other or (self.pattern is not None and is_same and self.is_covered_by(other))


class SeriesDate(Value):
    """One date that a changed series has. One that is `left_out` cannot be booked, and is decided by itself later.

    Of a group of the back office, `was` is the original date of what is booked that becomes this date; None if it is
    new. One that is left out stays as it is booked, or if it is new, is declined for its `reasons`.
    """

    original_date: date
    window: Window
    people: int
    left_out: bool = False
    was: date | None = None
    reasons: tuple[Explanation, ...] = ()

    @property
    def booked_as(self) -> date:
        """Return the original date under which it is booked now, if it is."""
        return self.was or self.original_date


class AskedGroup(Value):
    """What else a group of the back office is to become; None leaves that as it is.

    From `since` on, its dates become a group of their own, with this `id`; without it, all of them stay in theirs.
    Original dates move by so many `days`. The names of its fields say where people are (`core.forgetting`).
    """

    id: UUID
    since: date | None
    days: int
    rules: str
    retitled: str | None = None
    attendee_count: int | None = None
    changes_organizer: bool = False
    organizer: str | None = None
    organizer_name: str | None = None
    on_conflict: Literal["all_or_nothing", "skip_conflicts"] | None = None


class SeriesChange(Value):
    """What a booked series is to become if an administrator allows it, beside the times `booked` for it meanwhile.

    `recurrence`, `time_zone`, `window` and `until` are what its group gets: the recurrence as Graph has it, the zone of
    its dates, its first occurrence, and until when its dates are known; None if all are. A `group` of the back office
    gets more; a series from Outlook has none.
    """

    recurrence: dict[str, Any]
    time_zone: str
    window: Window
    until: Instant | None
    dates: tuple[SeriesDate, ...]
    booked: tuple[Window, ...]
    group: AskedGroup | None = None

    @property
    def days(self) -> frozenset[date]:
        """Return the original dates that it has."""
        return frozenset(each.original_date for each in self.dates)

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the times that are asked for, by start."""
        asked = (each.window for each in self.dates if not each.left_out)
        return tuple(sorted(asked, key=lambda each: each.start))

    def is_shown_by(self, shown: Collection[tuple[date, Window, int]], now: datetime) -> bool:
        """Whether a calendar that has these dates, with their people, shows what is asked for and is not over."""
        asked = {(each.original_date, each.window, each.people) for each in self.dates if each.window.end > now}
        return asked == set(shown)

    def without(self, days: Collection[date]) -> "SeriesChange":
        """Return it without some dates, that are not to be booked any more."""
        return self.model_copy(update={"dates": tuple(each for each in self.dates if each.booked_as not in days)})


@dataclass(frozen=True, slots=True)
class Question:
    """One row of `approvals`, about a reservation or about all dates of a series.

    A pending reservation has exactly one pending question, of its own or with its series. One that is booked may have
    one about a change that is asked for; it keeps its time meanwhile, and the time that is asked for is held too. So
    does a series that is booked, of which the question has the `change`. With the mode `compete` nobody holds what is
    asked for, and whatever is booked first has it; a series always holds.
    One with `moves` is about a meeting in Outlook that the back office wants elsewhere: this date of it, it and those
    after it, or all; then a `change` of a series names just the dates that move, and nothing waits in Outlook.
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
    change: SeriesChange | None = field(default=None, kw_only=True)
    moves: Scope | None = field(default=None, kw_only=True)

    @property
    def is_approved(self) -> bool:
        """Whether what was asked for may be booked."""
        return self.state == "approved" or (self.state == "expired" and self.at_deadline == "approve")
