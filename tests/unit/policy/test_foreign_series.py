"""A series that somebody made on a room's own calendar: each of its dates takes its time like a single event."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from libs.contracts.values import Answer, Meeting, Occurrence, Outcome, Window
from services.policy.core.availability import Taken, find_left
from services.policy.core.changes import Decision, LookAgain, NoteMeeting, Record, Save, SaveGroup
from services.policy.core.ledger import KnownDate, KnownMeeting, Reservation, Slice
from services.policy.core.recurring.ending import take_away_series
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    KEY,
    NEW,
    NO_SERIES,
    SPACE,
    beside_notes,
    decided,
    ledger,
    meeting,
    recorded,
    recurring,
    reservation,
    saved,
    space,
    taken,
    wants,
    weekly,
    window,
)

LATER = timedelta(hours=3)
HALF = Window(start=weekly(1).start, end=weekly(1).start + timedelta(minutes=30))
ROOMS_OWN: dict[str, Any] = {
    "is_room_owned": True,
    "answer": Answer.ORGANIZER,
    "organizer": {"address": "room@example.org"},
}


def foreign(dates: int = 4, *, at: Window = BOOKED, moved: Mapping[int, Window] = {}, **different: Any) -> Meeting:
    series = recurring(at, dates, moved=moved, **{**ROOMS_OWN, **different})
    return on_dates(series, {number: {"answer": Answer.ORGANIZER} for number in range(dates)})


def single(at: Window = BOOKED) -> Meeting:
    return meeting(at, **ROOMS_OWN)


def on_dates(series: Meeting, changed: Mapping[int, Mapping[str, Any] | None]) -> Meeting:
    """Return a series in which some dates differ, or are gone."""
    assert series.series is not None
    found: list[Occurrence] = []
    for number, each in enumerate(series.series.occurrences):
        differs = changed.get(number, {})
        found += [] if differs is None else [each.model_copy(update=differs)]
    listing = series.series.model_copy(update={"occurrences": tuple(found)})
    return series.model_copy(update={"series": listing})


def at_times(*windows: Window) -> Meeting:
    """A series whose dates are at these times, on days of their own."""
    times = [{"start": each.start, "end": each.end, "original_date": each.start.date()} for each in windows]
    return on_dates(foreign(len(windows)), dict(enumerate(times)))


def after(decision: Decision, *others: Taken, before: Slice | None = None, **different: Any) -> Slice:
    """Return the slice once a decision is applied, beside what others have taken."""
    notes: dict[date | None, KnownMeeting] = {}
    rows: dict[date, Reservation] = {}
    if before is not None:
        rows = {day: each.reservation for day, each in before.dates.items() if each.reservation is not None}
        notes = {day: each.meeting for day, each in before.dates.items() if each.meeting is not None}
    notes |= {each.key.original_date: each.meeting for each in decision.changes if isinstance(each, NoteMeeting)}
    rows |= {each.original_date: each for each in saved(decision) if each.original_date is not None}
    groups = [each.group for each in decision.changes if isinstance(each, SaveGroup)]
    group = groups[0] if groups else before.group if before is not None else None
    days = {*rows, *(day for day in notes if day is not None)}
    usual = {
        "meeting": notes.get(None),
        "group": group,
        "dates": {day: KnownDate(rows.get(day), notes.get(day)) for day in sorted(days)},
        "taken": (*occupied([each for each in rows.values() if each.is_live], others), *others),
    }
    return ledger(**{**usual, **different})


def occupied(live: list[Reservation], others: tuple[Taken, ...]) -> list[Taken]:
    """Return what reservations take beside what others have."""
    found = [taken(each.window, reservation_id=each.id) for each in live if not each.yields]
    for each in live:
        if each.yields:
            left = find_left(each.window, space().buffers, [*found, *others], (SPACE,), each.id)
            asked = {"reserved_from": each.starts_at, "reserved_until": each.ends_at, "yields": True}
            found += [
                taken(Window(start=start, end=end), reservation_id=each.id, **asked)
                for start, end in left.get(SPACE, [])
            ]
    return found


def booked(dates: int = 4, *others: Taken) -> Slice:
    return after(decided(ledger(taken=others), foreign(dates)), *others)


def days(*numbers: int) -> list[date]:
    return [weekly(number).start.date() for number in numbers]


def test_each_date_is_a_confirmed_reservation_of_one_group_and_nothing_is_written_in_outlook() -> None:
    decision = decided(ledger(), foreign())

    made = saved(decision)
    assert [(each.status, each.window, each.yields) for each in made] == [
        ("confirmed", weekly(number), False) for number in range(4)
    ]
    assert [each.original_date for each in made] == days(0, 1, 2, 3)
    assert [each.organizer_address for each in made] == [None] * 4
    [group] = [each.group for each in decision.changes if isinstance(each, SaveGroup)]
    assert (group.id, group.origin, group.status) == (NEW, "outlook", "confirmed")
    assert {each.group_id for each in made} == {group.id}
    assert wants(decision) == {}
    assert {each.outcome for each in recorded(decision)} == {Outcome.ACCEPT}


def test_no_rule_is_in_its_way_neither_about_series_nor_about_dates() -> None:
    crowd = tuple({"address": f"p{number}@example.org"} for number in range(9))

    decision = decided(ledger(policies=(NO_SERIES, *ledger().policies)), foreign(attendees=crowd))

    assert [each.status for each in saved(decision)] == ["confirmed"] * 4
    assert all(each.warnings for each in saved(decision))


@pytest.mark.parametrize(
    ("others", "statuses"),
    [
        ([taken(weekly(1))], [False, None, False, False]),
        ([taken(HALF)], [False, True, False, False]),
        ([taken(weekly(0)), taken(HALF)], [None, True, False, False]),
        ([taken(weekly(number)) for number in range(4)], [None] * 4),
    ],
    ids=["all of a date is taken", "half of it is taken", "two dates are in the way", "every date is taken"],
)
def test_a_date_that_others_have_yields_or_is_unmanaged_and_no_other_is_touched(
    others: list[Taken], statuses: list[bool | None]
) -> None:
    decision = decided(ledger(taken=tuple(others)), foreign())

    made = {each.original_date: each.yields for each in saved(decision)}
    assert [made.get(day) for day in days(0, 1, 2, 3)] == statuses
    assert wants(decision) == {}
    refused = [each for each in recorded(decision) if each.outcome is Outcome.DECLINE]
    assert len(refused) == sum(each is not False for each in statuses)


@pytest.mark.parametrize("was", [None, reservation(ELSEWHEN, organizer_address=None)], ids=["new", "single before"])
def test_a_series_of_which_nothing_is_free_has_no_group(was: Reservation | None) -> None:
    others = tuple(taken(weekly(number)) for number in range(4))

    decision = decided(ledger(reservation=was, taken=others), foreign())

    assert decision.note == "unmanaged"
    assert not [each for each in decision.changes if isinstance(each, SaveGroup)]
    assert {each.status for each in saved(decision)} <= {"cancelled"}


EVERY_STATE = [(), (taken(weekly(1)),), (taken(HALF),), tuple(taken(weekly(number)) for number in range(4))]


@pytest.mark.parametrize("others", EVERY_STATE)
def test_what_is_seen_again_changes_nothing_and_only_the_series_is_noted(others: tuple[Taken, ...]) -> None:
    again = decided(booked(4, *others), foreign())

    assert beside_notes(again) == []
    assert [each.key for each in again.changes if isinstance(each, NoteMeeting)] == [KEY]


@pytest.mark.parametrize("others", EVERY_STATE[1:])
def test_what_becomes_free_is_taken_once_it_is_seen_again(others: tuple[Taken, ...]) -> None:
    before = booked(4, *others)
    free = replace(before, taken=tuple(each for each in before.taken if each not in others))

    decision = decided(free, foreign())

    assert {each.status for each in saved(decision)} == {"confirmed"}
    live = saved(decision) + [each.reservation for each in before.dates.values() if each.reservation is not None]
    assert {each.window for each in live if not each.yields} == {weekly(number) for number in range(4)}


def test_a_date_that_is_moved_moves_alone() -> None:
    elsewhen = Window(start=weekly(1).start + LATER, end=weekly(1).end + LATER)

    [moved] = saved(decided(booked(), foreign(moved={1: elsewhen})))

    assert (moved.original_date, moved.window, moved.version) == (days(1)[0], elsewhen, 2)


def test_a_date_that_is_moved_onto_others_leaves_its_time_and_is_unmanaged() -> None:
    elsewhen = Window(start=weekly(1).start + LATER, end=weekly(1).end + LATER)
    others = taken(elsewhen)
    moved = foreign(moved={1: elsewhen})

    first = decided(booked(4, others), moved)

    assert [(each.original_date, each.status) for each in saved(first)] == [(days(1)[0], "cancelled")]
    then = after(first, others, before=booked(4, others))
    assert beside_notes(decided(then, moved)) == []


@pytest.mark.parametrize(
    "changed",
    [
        None,
        {"is_cancelled": True},
        {"shows_as": "free"},
        {"start": window(-3).start, "end": window(-3).end},
    ],
    ids=["deleted", "cancelled", "free", "over"],
)
def test_a_date_that_no_longer_blocks_is_free_and_the_others_stay(changed: Mapping[str, Any] | None) -> None:
    decision = decided(booked(), on_dates(foreign(), {1: changed}))

    assert [(each.original_date, each.status) for each in saved(decision)] == [(days(1)[0], "cancelled")]
    assert wants(decision) == {}


@pytest.mark.parametrize("seen", [None, foreign(is_cancelled=True)], ids=["gone", "cancelled"])
def test_a_series_that_is_deleted_frees_every_date(seen: Meeting | None) -> None:
    decision = decided(booked(), seen)

    assert [each.status for each in saved(decision)] == ["cancelled"] * 4
    assert [each.group.status for each in decision.changes if isinstance(each, SaveGroup)] == ["cancelled"]
    assert wants(decision) == {}


@pytest.mark.parametrize("by", [timedelta(minutes=30), timedelta(days=7), timedelta(days=-1) + timedelta(hours=1)])
def test_a_series_moves_over_itself(by: timedelta) -> None:
    at = Window(start=BOOKED.start + by, end=BOOKED.end + by)

    then = after(decided(booked(), foreign(at=at)), before=booked())

    live = [each.reservation for each in then.dates.values() if each.reservation is not None]
    assert {each.window for each in live if each.is_live} == {weekly(number, at) for number in range(4)}
    assert not any(each.yields for each in live)


def test_a_date_can_move_to_where_another_is_free_from_now_on() -> None:
    series = on_dates(foreign(moved={2: weekly(1)}), {1: {"shows_as": "free"}, 2: {"answer": Answer.ORGANIZER}})

    ended, moved = saved(decided(booked(), series))

    assert (ended.original_date, ended.status) == (days(1)[0], "cancelled")
    assert (moved.original_date, moved.window, moved.yields) == (days(2)[0], weekly(1), False)


def test_a_series_that_is_cut_or_extended_keeps_the_other_dates() -> None:
    cut, longer = decided(booked(), foreign(2)), decided(booked(), foreign(6))

    assert [(each.original_date, each.status) for each in saved(cut)] == [(day, "cancelled") for day in days(2, 3)]
    assert [(each.original_date, each.status) for each in saved(longer)] == [(day, "confirmed") for day in days(4, 5)]


def test_a_single_event_becomes_a_series_and_single_again() -> None:
    imported = ledger(
        meeting=decided_meeting(decided(ledger(), single())),
        reservation=reservation(organizer_address=None, organizer_name=None, attendee_count=0),
        taken=(taken(reservation_id=reservation().id),),
    )

    repeated = decided(imported, foreign())
    once = decided(after(repeated), single())

    assert [each.status for each in saved(repeated)] == ["cancelled", *["confirmed"] * 4]
    [whole] = [each.meeting for each in repeated.changes if isinstance(each, NoteMeeting) and each.key == KEY]
    assert whole.reservation_id is None
    assert [each.status for each in saved(once)] == [*["cancelled"] * 4, "confirmed"]
    assert [each.group.status for each in once.changes if isinstance(each, SaveGroup)] == ["cancelled"]
    assert (wants(repeated), wants(once)) == ({}, {})


def decided_meeting(decision: Decision) -> KnownMeeting:
    [note] = [each.meeting for each in decision.changes if isinstance(each, NoteMeeting)]
    return note


def test_dates_beyond_the_listing_stay_and_the_group_says_until_when_it_is_booked() -> None:
    series = foreign(2)
    assert series.series is not None
    ends = weekly(2).start
    cut = series.model_copy(update={"series": series.series.model_copy(update={"listed_until": ends})})

    decision = decided(booked(), cut)

    assert saved(decision) == []
    assert [each.group.materialised_until for each in decision.changes if isinstance(each, SaveGroup)] == [ends]


def test_dates_that_touch_each_other_by_their_buffers_yield_to_those_before() -> None:
    days_of_work = at_times(*(window(24 * day, 24 * 60) for day in range(1, 4)))
    buffered = ledger(space=space(cleanup=timedelta(minutes=15)))

    decision = decided(buffered, days_of_work)

    assert [each.yields for each in saved(decision)] == [False, True, True]
    later = [each.judged_on for each in recorded(decision) if each.outcome is Outcome.DECLINE]
    assert [each.taken[0].reserved_until for each in later if each is not None] == [
        window(24 * day, 24 * 60).end for day in (1, 2)
    ]


def test_a_date_that_could_never_be_booked_is_in_no_other_dates_way() -> None:
    endless = on_dates(foreign(3), {1: {"end": weekly(1).start + timedelta(days=400)}})

    assert [each.original_date for each in saved(decided(ledger(), endless))] == days(0, 2)


def test_a_new_title_is_that_of_every_date() -> None:
    renamed = on_dates(foreign(subject="Painting"), {2: {"subject": "Carpets"}})

    assert [each.title for each in saved(decided(booked(), renamed))] == ["Painting", "Painting", "Carpets", "Painting"]


def test_a_date_that_an_administrator_took_out_stays_out_until_it_changes() -> None:
    before = booked()
    second = before.dates[days(1)[0]]
    assert second.reservation is not None
    assert second.meeting is not None
    out = KnownDate(
        replace(second.reservation, status="cancelled"), replace(second.meeting, standing=Standing.DECLINED)
    )
    without = replace(before, dates={**before.dates, days(1)[0]: out}, taken=[*before.taken[:1], *before.taken[2:]])

    assert beside_notes(decided(without, foreign())) == []
    assert saved(decided(without, foreign(moved={1: window(200)})))


def test_a_series_that_an_administrator_takes_away_is_answered_by_nobody_and_stays_out() -> None:
    before = booked()

    decision = take_away_series(before, KEY, "The room closes.")

    assert [each.status for each in saved(decision)] == ["cancelled"] * 4
    assert wants(decision) == {}
    then = ledger(meeting=decided_meeting(decision))
    assert (decided(then, foreign()).note, saved(decided(then, foreign()))) == ("unmanaged", [])
    assert saved(decided(then, foreign(5)))


def test_a_series_that_was_seen_without_its_dates_is_looked_at_again() -> None:
    [asked] = decided(booked(), meeting(is_series=True, **ROOMS_OWN)).changes

    assert isinstance(asked, LookAgain)


def test_every_entry_of_the_audit_has_what_its_date_was_judged_on() -> None:
    decision = decided(ledger(taken=(taken(HALF), taken(weekly(3)))), foreign())

    entries = [each for each in decision.changes if isinstance(each, Record)]
    assert [len(each.judged_on.taken) for each in entries if each.judged_on is not None] == [0, 1, 0, 1]
    assert len([each for each in decision.changes if isinstance(each, Save)]) == 3
