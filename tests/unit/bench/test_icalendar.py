"""Events as files, for the peers that read such."""

from datetime import UTC, datetime

from deploy.driver.slots import Slot
from tests.bench.peers.icalendar import calendar, events, uids

TEN, ELEVEN, TWELVE = (datetime(2027, 3, 1, hour, tzinfo=UTC) for hour in (10, 11, 12))


def test_each_event_has_a_uid_and_a_window_of_its_own() -> None:
    first, second = events("near", [Slot(TEN, ELEVEN), Slot(ELEVEN, TWELVE)]).items()

    assert (first[0], second[0]) == ("near-0", "near-1")
    assert "UID:near-0\r\n" in first[1]
    assert "DTSTART:20270301T100000Z\r\nDTEND:20270301T110000Z\r\n" in first[1]
    assert "DTSTART:20270301T110000Z\r\nDTEND:20270301T120000Z\r\n" in second[1]


def test_a_uid_is_found_as_often_as_it_is_there() -> None:
    [event] = events("near", [Slot(TEN, ELEVEN)]).values()

    assert uids(calendar([event, event])) == ["near-0", "near-0"]
