"""For how long an event is known to belong to a series, and how many such events."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.ingest.core.known_series import KNOWN_FOR, MOST_KNOWN, FoundSeries, KnownSeries

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SPACE = uuid4()
MOMENT = timedelta(seconds=1)


def test_an_event_is_known_under_the_id_and_in_the_space_in_which_it_was_found() -> None:
    known = KnownSeries()
    known.note(SPACE, "occurrence", FoundSeries("master"), NOW)

    assert known.series_of(SPACE, "occurrence", NOW) == FoundSeries("master")
    assert known.series_of(SPACE, "master", NOW) is None
    assert known.series_of(uuid4(), "occurrence", NOW) is None


def test_what_was_found_is_known_for_a_while_since_it_was_last_found() -> None:
    known = KnownSeries()
    known.note(SPACE, "event", FoundSeries("master"), NOW - KNOWN_FOR)
    known.note(SPACE, "event", FoundSeries("other master"), NOW)

    assert known.series_of(SPACE, "event", NOW + KNOWN_FOR) == FoundSeries("other master")
    assert known.series_of(SPACE, "event", NOW + KNOWN_FOR + MOMENT) is None


def test_the_events_that_were_found_first_are_forgotten_when_there_are_too_many() -> None:
    known = KnownSeries()
    for number in range(MOST_KNOWN):
        known.note(SPACE, str(number), FoundSeries("master"), NOW)
    known.note(SPACE, "0", FoundSeries("master"), NOW)
    known.note(SPACE, "one more", FoundSeries("master"), NOW)

    assert known.series_of(SPACE, "1", NOW) is None
    assert known.series_of(SPACE, "0", NOW) == FoundSeries("master")
    assert known.series_of(SPACE, "one more", NOW) == FoundSeries("master")
