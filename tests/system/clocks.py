"""What clocks show in a zone, and on which days they are changed there."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from deploy.driver.slots import Slot

A_DAY = timedelta(days=1)


def next_day_of(hours: int, zone: str) -> date:
    """Return the next day that has so many hours in a zone: 23 when summer time begins, 25 when it ends."""
    today = datetime.now(UTC).date()
    days = (today + each * A_DAY for each in range(2, 400))
    return next(each for each in days if length_of(by_clock(zone, each)) == timedelta(hours=hours))


def next_change_of(zone: str) -> date:
    """Return the next day on which the clock is changed in a zone, at most some eight months ahead."""
    return min(next_day_of(hours, zone) for hours in (23, 25))


def next_day_anywhere(hours: int) -> tuple[str, date]:
    """Return where the next day of so many hours is, north or south of the equator, and when: soon enough for series.

    In each zone alone it may be so far ahead that a series is not booked until then.
    """
    zones = ("Europe/Berlin", "Australia/Sydney")
    return min(((zone, next_day_of(hours, zone)) for zone in zones), key=lambda each: each[1])


def by_clock(zone: str, day: date, start: str = "00:00", end: str = "24:00") -> Slot:
    """Return what two times of day mean there and then."""
    return Slot(_instant(zone, day, start), _instant(zone, day, end))


def length_of(when: Slot) -> timedelta:
    return when.end - when.start


def local_time(day: date, clock: str) -> datetime:
    """Return what a calendar and a clock show, without a zone; 24:00 is midnight after that day."""
    return (
        datetime.combine(day + A_DAY, time()) if clock == "24:00" else datetime.combine(day, time.fromisoformat(clock))
    )


def _instant(zone: str, day: date, clock: str) -> datetime:
    return local_time(day, clock).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
