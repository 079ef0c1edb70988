"""Zones by any of their names, and times in them."""

from datetime import UTC, datetime

import pytest

from libs.graph.zones import UnknownZone, iana_of, instant, zone_of

HOSTILE = ["../../etc/passwd", "/etc/passwd", "America", "", "\0", "x" * 5000, "tzone://Microsoft/Custom"]


@pytest.mark.parametrize(
    ("name", "iana"),
    [
        ("UTC", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Standard Time", "America/New_York"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("tzone://Microsoft/Custom", None),
        ("(UTC-05:00) Eastern Time (US & Canada)", None),
        ("", None),
        (None, None),
    ],
)
def test_a_zone_has_one_name(name: str | None, iana: str | None) -> None:
    assert iana_of(name) == iana


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_table_knows_is_no_zone(name: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        zone_of(name)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2027-03-01T09:00:00.0000000", "UTC", datetime(2027, 3, 1, 9, tzinfo=UTC)),
        ("2027-03-01T09:00:00", None, datetime(2027, 3, 1, 9, tzinfo=UTC)),
        ("2027-03-01T09:00:00.1234567Z", None, datetime(2027, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2027-03-01T09:00:00.0000000+05:30", None, datetime(2027, 3, 1, 3, 30, tzinfo=UTC)),
        ("2027-07-01T09:00:00", "W. Europe Standard Time", datetime(2027, 7, 1, 7, tzinfo=UTC)),
        ("2027-12-01T09:00:00", "America/New_York", datetime(2027, 12, 1, 14, tzinfo=UTC)),
        ("2027-03-28T02:30:00", "Europe/Berlin", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_one_instant(text: str, zone: str | None, expected: datetime) -> None:
    assert instant(text, zone) == expected


@pytest.mark.parametrize("text", ["", "soon", "2027-13-01T00:00:00", "0001-01-01T00:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant(text, "Asia/Tokyo")
