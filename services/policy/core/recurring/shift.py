"""Where the dates of a series are to be that the back office moves, and in which way they can be moved there.

Each date moves by as much as the one that is named, by the clock in the zone of the series. Outlook lets no date that
is moved by itself pass, or come to the day of, the next one. A series that is moved as a whole loses what differs on
its dates, so only one whose dates are all as its pattern has them is.

Source: https://learn.microsoft.com/graph/api/event-update (ErrorOccurrenceCrossingBoundary),
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.7.3.5)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from libs.contracts.shown import shown_window
from libs.contracts.values import Window
from services.policy.core.back_office import ReservationChange
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.recurring.known import slice_of_booked
from services.policy.core.wall_clock import Shift


@dataclass(frozen=True, slots=True)
class MovedDate:
    """One date that is to be moved to a window, and the slice of the ledger for it alone."""

    original_date: date
    live: Reservation
    to: Window
    ledger: Slice


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """The dates that are meant and not over, in their order, and by how much they move."""

    dates: Sequence[MovedDate]
    shift: Shift


def plan_change(before: Reservation, change: ReservationChange, ledger: Slice) -> ShiftPlan:
    """Return what a change of `before` means for its series, of which `ledger` is the slice."""
    shift, group, since = _shift_of(before, change, ledger), ledger.group, before.original_date
    if group is None or group.id != before.group_id or since is None:
        return ShiftPlan((), shift)
    found = ((day, slice_of_booked(ledger, known)) for day, known in sorted(ledger.dates.items()))
    dates = [
        MovedDate(day, each.live, shown_window(shift.of(each.live.window)), each)
        for day, each in found
        if each.live is not None and (change.scope == "all" or day >= since)
    ]
    return ShiftPlan(dates, shift)


def plan_windows(before: Reservation, change: ReservationChange, ledger: Slice) -> list[Window]:
    """Return where the dates are to be that are meant by a change of `before`."""
    return [each.to for each in plan_change(before, change, ledger).dates]


def may_move_whole(plan: ShiftPlan, change: ReservationChange, ledger: Slice) -> bool:
    """Whether all that is meant moves with the series, and nothing that differs from it is lost by that.

    Every date that is to come has to be meant, booked as the pattern has it, and to stay on its day: the days are the
    pattern's. The past of a series moves with it, so a part of it is only moved so if that is all there is.
    """
    group, judged = ledger.group, ledger.meeting.judged if ledger.meeting is not None else None
    if group is None or judged is None or not plan.dates:
        return False
    is_all = len(plan.dates) == len(ledger.dates) and (change.scope == "all" or group.starts_at > ledger.now)
    shift, title = plan.shift, plan.dates[0].live.title
    return is_all and all(
        shift.clock_of(each.live.window) == shift.clock_of(judged.window)
        and shift.day_of(each.live.window) == shift.day_of(each.to) == each.original_date
        and (each.live.title, each.live.attendee_count) == (title, judged.people)
        for each in plan.dates
    )


def touch_each_other(plan: ShiftPlan, ledger: Slice, *, days_count: bool) -> bool:
    """Whether a date would come to where another one is now; if `days_count`, to its day is enough.

    Both times of each date are held until the move shows, so none may need what another one has.
    """
    to, shift = {each.original_date: each.to for each in plan.dates}, plan.shift
    booked = [one.reservation for _, one in sorted(ledger.dates.items()) if one.reservation is not None]
    for each, following in pairwise(booked):
        was, next_was = each.window, following.window
        moved, next_moved = (to.get(one.original_date or date.min, one.window) for one in (each, following))
        is_taken = each.is_live and following.is_live
        if is_taken and (_overlap(moved, next_was, ledger) or _overlap(was, next_moved, ledger)):
            return True
        days = [shift.day_of(one) for one in (was, moved, next_was, next_moved)]
        if days_count and (days[0], days[2]) != (days[1], days[3]) and max(days[:2]) >= min(days[2:]):
            return True
    return False


def _overlap(first: Window, second: Window, ledger: Slice) -> bool:
    """Whether the first of two windows, with the buffers of the space, does not end before the second begins."""
    around = ledger.space.buffers.around
    return around(first)[1] > around(second)[0]


def _shift_of(before: Reservation, change: ReservationChange, ledger: Slice) -> Shift:
    wanted = Window(start=change.start or before.starts_at, end=change.end or before.ends_at)
    return Shift.between(before.window, wanted, _zone_of(ledger))


def _zone_of(ledger: Slice) -> ZoneInfo:
    """Return the zone of a series' dates; that of its room if no table has it."""
    try:
        return ZoneInfo(ledger.group.time_zone if ledger.group is not None else ledger.space.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(ledger.space.time_zone)
