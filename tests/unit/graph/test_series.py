"""A series is its master and what Graph lists of it: each date once, and whether there are more."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from libs.contracts.values import Meeting
from libs.graph import translate
from libs.graph.series import assemble, listed_window, original_date
from libs.graph.types import Event, EventSeries, Extent

PLAIN = orjson.loads((Path(__file__).parents[2] / "samples/unanswered_invitation/graph.json").read_bytes())
FIRST = datetime(2027, 3, 1, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
EXTENT = Extent(since=FIRST - timedelta(days=1), ahead=timedelta(days=60), most=10)
BIRCH = {"type": "resource", "emailAddress": {"name": "Birch", "address": "birch@example.org"}}
GUEST = {"type": "required", "emailAddress": {"name": "Ben", "address": "ben@example.org"}}


def at(moment: datetime) -> dict[str, str]:
    return {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def master(zone: str | None = "UTC", pattern: Any = None, **limits: Any) -> Event:
    pattern = pattern or {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    span = {"type": "noEnd", "startDate": "2027-03-01", "recurrenceTimeZone": zone, **limits}
    return event("m", FIRST, type="seriesMaster", recurrence={"pattern": pattern, "range": span}, attendees=[BIRCH])


def event(event_id: str, start: datetime, **different: Any) -> Event:
    times = {"start": at(start), "end": at(start + timedelta(hours=1))}
    return translate.event({**PLAIN, "id": event_id, **times, **different})


def occurrence(number: int, start: datetime | None = None, planned: datetime | None = None, **different: Any) -> Event:
    planned = planned or FIRST + number * WEEK
    given = {"type": "occurrence", "seriesMasterId": "m", "originalStart": planned.isoformat(), "attendees": [BIRCH]}
    return event(f"o{number}", start or planned, **{**given, **different})


def series(of: Event, *instances: Event, extent: Extent = EXTENT) -> EventSeries:
    found = assemble(of, instances, extent).series
    assert found is not None
    return found


def test_an_occurrence_is_known_by_the_date_that_the_pattern_gives_it_wherever_it_was_moved() -> None:
    moved = occurrence(1, start=FIRST + timedelta(days=10), type="exception")

    found = series(master(), occurrence(2), moved, occurrence(0))

    dates = [each.original_date for each in found.occurrences]
    assert dates == [date(2027, 3, 1), date(2027, 3, 8), date(2027, 3, 15)]
    assert [each.event_id for each in found.occurrences] == ["o0", "o1", "o2"]
    assert [each.is_exception for each in found.occurrences] == [False, True, False]


def test_what_a_bare_instance_does_not_say_its_master_says() -> None:
    """Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/7632"""
    times = {"start": at(FIRST), "end": at(FIRST + timedelta(hours=1))}
    bare = translate.event({"id": "o0", "type": "occurrence", "seriesMasterId": "m", **times})
    private = replace(master(), subject="Surgery", is_private=True, answer="accepted", shows_as="oof")

    (found,) = series(private, bare).occurrences

    assert (found.subject, found.is_private, found.answer, found.shows_as) == ("Surgery", True, "accepted", "oof")
    assert (found.is_exception, found.attendees) == (False, None)


@pytest.mark.parametrize(
    ("zone", "planned", "expected"),
    [
        ("Asia/Tokyo", datetime(2027, 3, 7, 23, tzinfo=UTC), date(2027, 3, 8)),
        ("Tokyo Standard Time", datetime(2027, 3, 7, 23, tzinfo=UTC), date(2027, 3, 8)),
        ("America/Los_Angeles", datetime(2027, 3, 8, 4, tzinfo=UTC), date(2027, 3, 7)),
        ("Europe/Kyiv", datetime(2027, 3, 7, 22, tzinfo=UTC), date(2027, 3, 8)),
        ("", datetime(2027, 3, 8, 9, tzinfo=UTC), date(2027, 3, 8)),
    ],
)
def test_dates_are_those_of_the_series_zone(zone: str, planned: datetime, expected: date) -> None:
    instance = occurrence(1, planned=planned)
    (found,) = series(master(zone), instance).occurrences

    assert found.original_date == expected
    assert original_date(master(zone), instance) == expected


def test_a_zone_that_nobody_knows_gives_no_two_occurrences_one_date_when_its_clocks_change() -> None:
    """Half past midnight of a zone whose clocks go forward between the two: 00:30 UTC, then 23:30 UTC."""
    of = master("tzone://Microsoft/Custom", {"type": "daily", "interval": 1})
    of_days = [FIRST.replace(hour=0, minute=30), FIRST.replace(hour=23, minute=30)]
    early = event("m", of_days[0], type="seriesMaster", recurrence=of.recurrence)

    found = series(early, *(occurrence(n, planned=each) for n, each in enumerate(of_days)))

    assert [each.original_date for each in found.occurrences] == [date(2027, 3, 1), date(2027, 3, 2)]


@pytest.mark.parametrize(
    ("limits", "listed", "until"),
    [
        ({"type": "noEnd"}, 3, EXTENT.since + EXTENT.ahead),
        ({"type": "endDate", "endDate": "2027-03-15"}, 3, None),
        ({"type": "endDate", "endDate": "2027-04-29"}, 3, EXTENT.since + EXTENT.ahead),
        ({"type": "endDate", "endDate": "2027-04-28"}, 3, None),
        ({"type": "numbered", "numberOfOccurrences": 3}, 3, None),
        ({"type": "numbered", "numberOfOccurrences": 10}, 10, EXTENT.since + EXTENT.ahead),
        ({"type": "noEnd"}, 11, FIRST + 10 * WEEK),
        ({"type": "something new"}, 3, None),
    ],
)
def test_where_a_listing_was_cut_is_said(limits: dict[str, Any], listed: int, until: datetime | None) -> None:
    extent = Extent(EXTENT.since, timedelta(days=90) if listed > 10 else EXTENT.ahead, EXTENT.most)

    found = series(master(**limits), *map(occurrence, range(listed)), extent=extent)

    assert found.listed_until == until
    assert len(found.occurrences) == sum(
        FIRST + n * WEEK < (until or extent.since + extent.ahead) for n in range(listed)
    )


def test_a_series_that_ends_after_a_number_of_dates_is_looked_for_beyond_the_extent() -> None:
    usual = listed_window(master(), EXTENT)
    further = listed_window(master(type="numbered", numberOfOccurrences=9), EXTENT)

    assert usual == (EXTENT.since, EXTENT.since + EXTENT.ahead)
    assert further == (EXTENT.since, EXTENT.since + EXTENT.ahead + 4 * WEEK)
    endless = {"type": "absoluteYearly", "interval": 99, "dayOfMonth": 1, "month": 3}
    assert listed_window(master(pattern=endless, type="numbered"), EXTENT)[1] == EXTENT.since + timedelta(days=1825)


def test_who_is_invited_to_one_date_is_told_only_where_that_differs() -> None:
    crowd = occurrence(1, type="exception", attendees=[BIRCH, GUEST])
    nobody_named = occurrence(2, attendees=[])
    shouted = occurrence(3, attendees=[{**BIRCH, "emailAddress": {"address": "BIRCH@example.org"}}])

    found = series(master(), occurrence(0), crowd, nobody_named, shouted).occurrences

    assert [each.attendees is None for each in found] == [True, False, True, True]
    assert [each.address for each in found[1].attendees or ()] == ["birch@example.org", "ben@example.org"]


@pytest.mark.parametrize(
    "different",
    [
        {"subject": "Offsite"},
        {"sensitivity": "private"},
        {"end": at(FIRST + WEEK + timedelta(hours=2))},
        {"originalStart": (FIRST + WEEK - timedelta(minutes=30)).isoformat()},
    ],
)
def test_what_differs_from_its_series_is_an_exception(different: dict[str, Any]) -> None:
    assert [each.is_exception for each in series(master(), occurrence(1, **different)).occurrences] == [True]


def test_an_occurrence_that_makes_no_sense_is_one_of_its_series_at_its_own_time() -> None:
    odd = occurrence(1, attendees=5, organizer=7)

    (found,) = series(master(), odd).occurrences

    assert (found.original_date, found.start) == (date(2027, 3, 8), FIRST + WEEK)
    assert (found.subject, found.attendees, found.is_exception) == (PLAIN["subject"], None, False)


def test_a_series_is_a_meeting_in_our_language() -> None:
    whole = assemble(master(), [occurrence(0), occurrence(1, type="exception", attendees=[GUEST])], EXTENT)

    told = Meeting.model_validate(whole).series

    assert told is not None
    assert told.recurrence["pattern"]["type"] == "weekly"
    assert [each.window.start for each in told.occurrences] == [FIRST, FIRST + WEEK]
    assert Meeting.model_validate_json(Meeting.model_validate(whole).model_dump_json()).series == told
