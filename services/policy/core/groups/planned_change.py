"""What a group would be after a change of it, or of what is to come of it from a date on.

Every date shifts by the same wall-clock time, or the group recurs otherwise; what is over stays as it was. From a date
on, the dates become a group of their own; the one before ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from libs.contracts.values import Window
from services.policy.core.approvals.question import AskedFor
from services.policy.core.back_office import ReservationChange
from services.policy.core.explanations import Explanation
from services.policy.core.groups.cancel import dates_to_come, end_before, group_in
from services.policy.core.groups.changed_rows import date_after, group_after, make_own, redate, stay
from services.policy.core.groups.plan import PlanLimits, plan_dates
from services.policy.core.groups.request import WantedRecurrence, recurrence_of
from services.policy.core.ledger import OnConflict, RefusedRequest, Reservation, ReservationGroup, Slice
from services.policy.core.recurrence.expand import Planned, expand
from services.policy.core.recurrence.part import cut_before, from_date
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence
from services.policy.core.recurrence.shift import shift
from services.policy.core.wall_clock import Shift


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What to change of a group: of its reservations, how it recurs, and what a date does that cannot be booked.

    None leaves that as it is.
    """

    of_dates: ReservationChange
    recurs: WantedRecurrence | None = None
    on_conflict: OnConflict | None = None

    @property
    def is_judged(self) -> bool:
        """Whether it names anything that rules look at."""
        return self.of_dates.is_judged or self.recurs is not None


@dataclass(frozen=True, slots=True)
class ChangedGroup:
    """A group as it is to be, with its dates that have reservations, those that are new, and those that it gives up.

    `before` is the group as it was, without the dates from which on there is another one now. `redated` are no longer
    live, and follow the dates of the group. From `since` on it is a group of its own; None stands for all of it. The
    original dates move by so many `days`.
    """

    before: ReservationGroup
    after: ReservationGroup
    recurrence: Recurrence
    kept: Mapping[date, tuple[Reservation, Reservation]]
    new: Sequence[Planned]
    gone: Sequence[Reservation]
    redated: Sequence[tuple[Reservation, Reservation]]
    since: date | None = None
    days: int = 0

    @property
    def windows(self) -> list[Window]:
        """Return the times that are asked for."""
        return [*(after.window for _, after in self.kept.values()), *(each.window for each in self.new)]

    def leave_out(self, refused: Mapping[date, tuple[Explanation, ...]], now: datetime) -> "ChangedGroup":
        """Return it with the dates that cannot be booked as they are asked for staying as they are booked."""
        kept = dict(self.kept)
        for day, (before, after) in self.kept.items():
            if day in refused:
                booked = stay(before, self.before, self.after, day)
                kept[day] = (before, replace(booked, refused_request=_refuse(after, refused[day], now)))
        return replace(self, kept=kept)


@dataclass(frozen=True, slots=True)
class Meant:
    """Which dates are to change: those from `since` on, or all, and the window to which the change refers."""

    named: Reservation | None = None
    since: date | None = None


def plan_change(ledger: Slice, meant: Meant, change: GroupChange, limits: PlanLimits, new_id: UUID) -> ChangedGroup:
    """Return what a group would be after a change. Raises `InvalidRecurrence` if it cannot recur like that."""
    group, since = group_in(ledger), _since(ledger, meant)
    whole = recurrence_of(group.rules)
    part = whole if since is None else from_date(whole, since)
    first = next(expand(Recurrence(part.rules), group.window, group.time_zone)).window
    ref = meant.named.window if meant.named is not None else first
    wanted = Window(start=change.of_dates.start or ref.start, end=change.of_dates.end or ref.end)
    moved = Shift.between(ref, wanted, ZoneInfo(group.time_zone))
    first_after, days = moved.of(first), moved.days(first)
    live, recurs = dates_to_come(ledger, since), change.recurs
    if recurs is None:
        recurrence, until = shift(part, days), group.materialised_until
        until = None if until is None else moved.at(until)
        planned = {day + timedelta(days=days): moved.of(each.window) for day, each in live.items()}
        new: Sequence[Planned] = ()
    else:
        recurrence, days = recurs.read(first_after, group.time_zone), 0
        plan = plan_dates(recurrence, first_after, group.time_zone, limits, ledger.now)
        planned, until = {each.original_date: each.window for each in plan.dates}, plan.booked_until
        new = [each for each in plan.dates if each.original_date not in ledger.dates]
    after = group_after(group, first_after, recurrence, change.of_dates, ledger.now)
    after = replace(after, materialised_until=until, on_conflict=change.on_conflict or group.on_conflict)
    if since is not None:
        approved = _stays_approved(group, first, after, ledger) if recurs is None else ()
        after = replace(make_own(after, new_id, ledger.now), approved=approved)
    kept = {
        day: (each, date_after(each, group, after, day, planned[day]))
        for each, day in ((each, old + timedelta(days=days)) for old, each in live.items())
        if day in planned
    }
    staying = {before.id for before, _ in kept.values()}
    return ChangedGroup(
        before=group if since is None else end_before(group, since, ledger),
        after=after,
        recurrence=recurrence,
        kept=kept,
        new=new,
        gone=[each for each in live.values() if each.id not in staying],
        redated=redate(ledger, since, after, days),
        since=since,
        days=days,
    )


def _stays_approved(
    group: ReservationGroup, first: Window, after: ReservationGroup, ledger: Slice
) -> tuple[AskedFor, ...]:
    """Return what administrators allowed of the dates of a group from `first` on, if none of them asks for other time.

    The pattern of a part has a text of its own, so what was allowed of the whole is not found by that any more.
    """
    if after.starts_at < first.start or after.ends_at > first.end:
        return ()
    found = []
    for each in ledger.approved:
        if each.pattern == group.rules:
            left = tuple(window for window in each.windows if window.start >= first.start) or (first,)
            found.append(each.model_copy(update={"window": left[0], "dates": left, "pattern": after.rules}))
    return tuple(found)


def _refuse(asked: Reservation, reasons: tuple[Explanation, ...], now: datetime) -> RefusedRequest:
    return RefusedRequest(window=asked.window, people=asked.attendee_count, reasons=reasons, at=now)


def _since(ledger: Slice, meant: Meant) -> date | None:
    """Return from which date on a group is meant; None for all of it, also if no date is before that."""
    if meant.since is None:
        return None
    try:
        cut_before(recurrence_of(group_in(ledger).rules), meant.since)
    except InvalidRecurrence:
        return None
    return meant.since
