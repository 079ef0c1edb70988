"""Where the dates of a series are to be that the back office moves, and in which way they can be."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from libs.contracts.values import Window
from services.policy.core.back_office import ReservationChange
from services.policy.core.ledger import KnownDate, Reservation, ReservationGroup, Slice
from services.policy.core.recurring.shift import ShiftPlan, may_move_whole, plan_change, touch_each_other
from services.policy.core.wall_clock import Shift
from tests.unit.policy.factories import NOW, SPACE, UID, judged, known, ledger, reservation, space

GROUP = UUID(int=77)
MARCH = [1, 8, 15, 22, 29]
"""Mondays; the clocks in Berlin change on the 28th."""


def at(day: int, hour: int = 9, minutes: int = 60, offset: str | None = None) -> Window:
    zone = offset or ("+02:00" if day >= 28 else "+01:00")
    start = datetime.fromisoformat(f"2027-03-{day:02}T{hour:02}:00:00{zone}")
    return Window(start=start, end=start + timedelta(minutes=minutes))


def date_of(number: int, window: Window, **different: Any) -> Reservation:
    usual: dict[str, Any] = {"id": UUID(int=100 + number), "group_id": GROUP}
    day = datetime(2027, 3, MARCH[number]).date()  # noqa: DTZ001 - a date
    return reservation(window, **{**usual, "original_date": day, **different})


def series(*dates: Reservation, **different: Any) -> Slice:
    first = at(MARCH[0])
    group = ReservationGroup(
        id=GROUP,
        space_id=SPACE,
        ical_uid=UID,
        origin="outlook",
        status="confirmed",
        recurrence={},
        time_zone="Europe/Berlin",
        starts_at=first.start,
        ends_at=first.end,
        materialised_until=None,
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    people = dates[0].attendee_count
    return ledger(
        group=group,
        meeting=known(judged=judged(first, is_series=True, people=people)),
        dates={each.original_date: KnownDate(reservation=each) for each in dates},
        **{"space": space(edits_organizer_events=True), **different},
    )


def plain(*, but: dict[int, Reservation] | None = None) -> list[Reservation]:
    return [(but or {}).get(number) or date_of(number, at(day)) for number, day in enumerate(MARCH)]


def planned(slice_: Slice, number: int, to: Window, scope: str = "all") -> tuple[ShiftPlan, ReservationChange]:
    change = ReservationChange(start=to.start, end=to.end, scope=scope)  # type: ignore[arg-type]
    before = list(slice_.dates.values())[number].reservation
    assert before is not None
    return plan_change(before, change, slice_), change


def test_dates_move_by_the_clock_of_the_series_over_a_change_of_clocks() -> None:
    plan, _ = planned(series(*plain()), 1, at(8, hour=11, minutes=90))

    assert [each.to for each in plan.dates] == [at(day, hour=11, minutes=90) for day in MARCH]


def test_a_date_that_moves_over_the_change_of_clocks_keeps_its_time_of_day() -> None:
    by_a_day = Shift(timedelta(days=1), timedelta(days=1), ZoneInfo("Europe/Berlin"))

    assert by_a_day.of(at(27)) == at(28)


def test_one_date_and_those_after_it_are_meant_by_following() -> None:
    plan, _ = planned(series(*plain()), 3, at(22, hour=11), "following")

    assert [each.to for each in plan.dates] == [at(22, hour=11), at(29, hour=11)]


def test_only_the_end_moves_where_only_an_end_is_given() -> None:
    slice_ = series(*plain())
    before = next(iter(slice_.dates.values())).reservation
    assert before is not None

    plan = plan_change(before, ReservationChange(end=at(1, minutes=120).end, scope="all"), slice_)

    assert [each.to for each in plan.dates] == [at(day, minutes=120) for day in MARCH]


@pytest.mark.parametrize(
    ("but", "is_whole"),
    [
        ({}, True),
        ({1: date_of(1, at(8, hour=10))}, False),
        ({1: date_of(1, at(8, minutes=30))}, False),
        ({1: date_of(1, at(9))}, False),
        ({1: date_of(1, at(8), title="Another")}, False),
        ({1: date_of(1, at(8), attendee_count=7)}, False),
        ({1: date_of(1, at(8), status="cancelled")}, False),
    ],
)
def test_a_series_is_moved_as_a_whole_if_all_its_dates_are_as_the_pattern_has_them(
    but: dict[int, Reservation], is_whole: bool
) -> None:
    slice_ = series(*plain(but=but))
    plan, change = planned(slice_, 0, at(1, hour=11))

    assert may_move_whole(plan, change, slice_) is is_whole


def test_a_series_is_not_moved_as_a_whole_to_another_day_or_in_part() -> None:
    slice_ = series(*plain())
    other_day, change = planned(slice_, 0, at(2))
    part, following = planned(slice_, 1, at(8, hour=11), "following")

    assert not may_move_whole(other_day, change, slice_)
    assert not may_move_whole(part, following, slice_)


def test_from_the_first_date_of_a_series_on_all_is_moved_as_a_whole() -> None:
    slice_ = series(*plain(), now=NOW - timedelta(hours=1))
    plan, change = planned(slice_, 0, at(1, hour=11), "following")

    assert may_move_whole(plan, change, slice_)


@pytest.mark.parametrize(
    ("to", "by_themselves", "as_a_whole"),
    [
        (at(8, hour=20), False, False),
        (at(9), False, False),
        (at(14), False, False),
        (at(15), True, True),
        (at(1), True, True),
        (at(1, hour=11), True, False),
        (at(15, hour=11), True, True),
        (at(16), True, True),
    ],
)
def test_no_date_comes_to_the_place_of_another(to: Window, by_themselves: bool, as_a_whole: bool) -> None:
    slice_ = series(*plain())
    plan, _ = planned(slice_, 1, to, "following")

    assert touch_each_other(plan, slice_, days_count=True) is by_themselves
    assert touch_each_other(plan, slice_, days_count=False) is as_a_whole


def test_a_date_that_was_cancelled_here_is_still_a_day_that_others_do_not_come_to() -> None:
    slice_ = series(*plain(but={0: date_of(0, at(1), status="cancelled")}))
    plan, _ = planned(slice_, 1, at(1, hour=20), "following")

    assert touch_each_other(plan, slice_, days_count=True)
