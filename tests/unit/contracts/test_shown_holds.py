"""A recurring hold is shown by a series that means the same dates, in whatever words Outlook says it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from libs.contracts.intents import HeldDate, HeldSeries, KeepHold
from libs.contracts.shown_holds import SeriesDifference, compare_dates, last_end, planned_window, shows_hold
from libs.contracts.values import Meeting, Occurrence, Window

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2027, 3, 1)
DATES = [FIRST + number * timedelta(days=7) for number in range(6)]
NOW = datetime(2027, 2, 1, tzinfo=UTC)
GROUP = UUID(int=10)
WEEKLY = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
FILLED = {"month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"}
"""What Graph fills a pattern up with."""


def at(day: date, hour: int = 9) -> Window:
    start = datetime.combine(day, time(hour), BERLIN).astimezone(UTC)
    return Window(start=start, end=start + timedelta(hours=1))


def until(day: date) -> dict[str, Any]:
    return {"type": "endDate", "startDate": FIRST.isoformat(), "endDate": day.isoformat()}


def hold(*exceptions: HeldDate, **more: Any) -> KeepHold:
    recurrence = {"pattern": WEEKLY, "range": until(DATES[-1])} | more.pop("recurrence", {})
    series = HeldSeries(recurrence=recurrence, exceptions=exceptions)
    given = {"reservation_id": GROUP, "window": at(FIRST), "time_zone": "Europe/Berlin", "subject": "Board"}
    return KeepHold(**{**given, "series": series, **more})


def listed(day: date, **more: Any) -> Occurrence:
    given = {"original_date": day, "event_id": f"event {day}", "subject": "Board"}
    return Occurrence(**{**given, **dict(at(day)), **more})


def series(*occurrences: Occurrence, **more: Any) -> Meeting:
    recurrence = {"pattern": {**WEEKLY, **FILLED}, "range": {**until(DATES[-1]), "recurrenceTimeZone": "Europe/Berlin"}}
    recurrence |= more.pop("recurrence", {})
    listing = {
        "recurrence": recurrence,
        "time_zone": more.pop("time_zone", "Europe/Berlin"),
        "occurrences": occurrences or tuple(map(listed, DATES)),
        "listed_until": more.pop("listed_until", None),
        "removed_dates": more.pop("removed_dates", ()),
    }
    given = {"event_id": "master", "ical_uid": "uid", "subject": "Board", "is_series": True, "series": listing}
    return Meeting.model_validate({**given, **dict(at(FIRST)), **more})


def removed(day: date) -> HeldDate:
    return HeldDate(original_date=day, window=None)


def without(*days: date) -> list[Occurrence]:
    return [listed(day) for day in DATES if day not in days]


SAME: dict[str, Meeting] = {
    "as it was written": series(),
    "in a zone of the same times": series(time_zone="Europe/Paris"),
    "numbered up to the same date": series(
        recurrence={"range": {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 6}}
    ),
    "ending after the last date": series(recurrence={"range": until(DATES[-1] + timedelta(days=6))}),
    "cut where the listing is": series(*map(listed, DATES[:3]), listed_until=at(DATES[3]).start),
}


@pytest.mark.parametrize("shown", SAME.values(), ids=SAME)
def test_the_same_dates_show_the_hold(shown: Meeting) -> None:
    assert shows_hold(shown, hold(), NOW)


OTHERWISE: dict[str, Meeting] = {
    "fortnightly": series(recurrence={"pattern": {**WEEKLY, **FILLED, "interval": 2}}),
    "on another weekday": series(recurrence={"pattern": {**WEEKLY, "daysOfWeek": ["tuesday"]}}),
    "ending sooner": series(*map(listed, DATES[:4]), recurrence={"range": until(DATES[3])}),
    "ending later": series(
        *map(listed, [*DATES, DATES[-1] + timedelta(days=7)]),
        recurrence={"range": until(DATES[-1] + timedelta(days=7))},
    ),
    "without end": series(recurrence={"range": {"type": "noEnd", "startDate": "2027-03-01"}}, listed_until=NOW),
    "numbered beyond the listing": series(
        recurrence={"range": {"type": "numbered", "numberOfOccurrences": 300}}, listed_until=at(DATES[-1], 12).end
    ),
    "at another time": series(start=at(FIRST, 8).start),
    "a single event": series().model_copy(update={"series": None, "is_series": False}),
}


@pytest.mark.parametrize("shown", OTHERWISE.values(), ids=OTHERWISE)
def test_a_series_that_recurs_otherwise_does_not_show_the_hold(shown: Meeting) -> None:
    assert compare_dates(shown, hold(), NOW).recurs_otherwise
    assert not shows_hold(shown, hold(), NOW)


@pytest.mark.parametrize("different", [{"subject": "Mine"}, {"shows_as": "free"}, {"is_cancelled": True}])
def test_the_series_itself_is_named_busy_and_not_cancelled(different: dict[str, object]) -> None:
    assert not shows_hold(series(**different), hold(), NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.model_copy(update=dict(at(one.original_date, 12))),
        lambda one: one.model_copy(update={"subject": "Mine"}),
        lambda one: one.model_copy(update={"shows_as": "free"}),
    ],
)
def test_a_date_that_differs_is_named_with_what_is_wanted_of_it(change: Callable[[Occurrence], Occurrence]) -> None:
    shown = series(*map(listed, DATES[:2]), change(listed(DATES[2])), *map(listed, DATES[3:]))

    (found,) = compare_dates(shown, hold(), NOW).dates

    assert (found.event_id, found.window, found.subject) == (f"event {DATES[2]}", at(DATES[2]), "Board")
    assert not shows_hold(shown, hold(), NOW)


def test_a_date_that_is_not_wanted_is_to_be_taken_out() -> None:
    (found,) = compare_dates(series(), hold(removed(DATES[1])), NOW).dates

    assert (found.event_id, found.window) == (f"event {DATES[1]}", None)


def test_a_date_that_is_out_as_wanted_does_not_differ() -> None:
    shown = series(*without(DATES[1]), removed_dates=(DATES[1],))

    assert shows_hold(shown, hold(removed(DATES[1])), NOW)
    assert compare_dates(shown, hold(), NOW).lost == (DATES[1],)


def test_a_date_of_its_own_time_and_subject_is_compared_with_those() -> None:
    own = HeldDate(original_date=DATES[2], window=at(DATES[2], 14), subject="Guests")
    as_wanted = listed(DATES[2], subject="Guests", **dict(at(DATES[2], 14)))
    shown = series(*map(listed, DATES[:2]), as_wanted, *map(listed, DATES[3:]))

    assert shows_hold(shown, hold(own), NOW)
    assert not shows_hold(shown, hold(), NOW)
    assert not shows_hold(series(), hold(own), NOW)


def test_dates_that_are_over_are_left_alone() -> None:
    later = at(DATES[2]).start
    moved = listed(DATES[0], **dict(at(DATES[0], 12)))
    shown = series(moved, *without(DATES[0], DATES[1]), removed_dates=(DATES[1],))

    assert shows_hold(shown, hold(), later)
    assert not shows_hold(shown, hold(), NOW)


def test_a_date_that_is_over_must_not_block_what_comes() -> None:
    blocks_later = listed(DATES[0], **dict(at(DATES[2], 12)))
    shown = series(blocks_later, *without(DATES[0]))

    assert compare_dates(shown, hold(), at(DATES[1]).end) != SeriesDifference()


def test_planned_times_follow_the_wall_clock_over_a_change_of_clocks() -> None:
    assert [planned_window(hold(), day) for day in DATES] == list(map(at, DATES))
    assert {planned_window(hold(), day).start.hour for day in DATES} == {8, 7}


def test_a_recurring_hold_is_over_with_its_last_date_wherever_that_was_moved() -> None:
    late = HeldDate(original_date=DATES[-1], window=at(DATES[-1], 20))

    assert last_end(hold()) == at(DATES[-1]).end
    assert last_end(hold(late)) == at(DATES[-1], 20).end
    assert last_end(hold(series=None)) == at(FIRST).end


def test_a_date_to_come_that_was_moved_into_the_past_differs() -> None:
    now = at(DATES[2]).start - timedelta(hours=12)
    moved = listed(DATES[2], **dict(at(DATES[2] - timedelta(days=2), 9)))
    shown = series(*map(listed, DATES[:2]), moved, *map(listed, DATES[3:]))

    (found,) = compare_dates(shown, hold(), now).dates
    assert (found.event_id, found.window) == (f"event {DATES[2]}", at(DATES[2]))


def knowing(*exceptions: HeldDate) -> KeepHold:
    """A hold that names its dates."""
    held = hold(*exceptions)
    gone = {each.original_date for each in exceptions if each.window is None}
    named = [day for day in DATES if day not in gone]
    assert held.series is not None
    return held.model_copy(update={"series": held.series.model_copy(update={"dates": tuple(named)})})


def lost(shown: Meeting, wanted: KeepHold, now: datetime = NOW) -> tuple[date, ...]:
    return compare_dates(shown, wanted, now).lost


def test_a_date_that_is_held_and_not_listed_is_lost_although_graph_does_not_say_that_it_was_taken_out() -> None:
    lacking = series(*without(DATES[1], DATES[4]))

    assert lost(lacking, knowing()) == (DATES[1], DATES[4])
    assert lost(lacking, knowing(removed(DATES[1]))) == (DATES[4],)
    assert lost(lacking, hold()) == ()
    assert lost(series(), knowing()) == ()


def test_a_date_that_is_over_or_beyond_the_listing_is_not_lost() -> None:
    lacking = series(*without(DATES[0], DATES[4], DATES[5]), listed_until=at(DATES[4]).start)

    assert lost(lacking, knowing(), at(DATES[0]).end) == ()
    assert lost(lacking, knowing(), NOW) == (DATES[0],)


def test_nothing_is_lost_of_a_series_that_graph_expands_otherwise() -> None:
    elsewhere = DATES[1] + timedelta(days=1)
    shown = series(listed(elsewhere, **dict(at(elsewhere))), *without(DATES[1]))

    assert lost(shown, knowing()) == ()
