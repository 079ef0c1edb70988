"""Times as people of a place say them, and whole days as they count them there."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from libs.contracts.values import Window

_A_DAY = timedelta(days=1)
_DAYS_OF_A_YEAR = 365.25
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def say_instant(instant: datetime, zone: str) -> str:
    """Write an instant as people of that zone say it."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y, %H:%M")


def say_moment(instant: datetime, zone: str) -> str:
    """Say an instant with the zone that it is told in."""
    return f"{say_instant(instant, zone)} ({zone})"


def say_window(window: Window, zone: str) -> str:
    """Write a window as people of that zone say it; whole days by their dates."""
    return f"{say_window_plainly(window, zone)} ({zone})"


def say_window_plainly(window: Window, zone: str) -> str:
    """Write a window as `say_window` does, without the zone, where that is said once for several."""
    days = whole_days(window, zone)
    if days is not None:
        first, last = days
        dates = say_date(first) if first == last else f"{say_date(first)} to {say_date(last)}"
        return f"{dates}, all day"
    start, end = window.start.astimezone(ZoneInfo(zone)), window.end.astimezone(ZoneInfo(zone))
    until = end.strftime("-%H:%M") if start.date() == end.date() else f" to {say_instant(end, zone)}"
    return f"{say_instant(start, zone)}{until}"


def say_day_of(window: Window, zone: str) -> str:
    """Write the date on which a window starts in that zone."""
    return say_date(window.start.astimezone(ZoneInfo(zone)).date())


def say_days(days: int) -> str:
    """Write a number of days, in years where it is some."""
    years = round(days / _DAYS_OF_A_YEAR)
    if years > 1 and abs(days - years * _DAYS_OF_A_YEAR) < 1:
        return f"{years} years"
    return "1 day" if days == 1 else f"{days} days"


def whole_days(window: Window, zone: str) -> tuple[date, date] | None:
    """Return the first and the last day of a window that is whole days in that zone; None if it is not."""
    start, end = window.start.astimezone(ZoneInfo(zone)), window.end.astimezone(ZoneInfo(zone))
    if start.date() >= end.date() or (window.start, window.end) != (
        _midnight(start.date(), zone),
        _midnight(end.date(), zone),
    ):
        return None
    return start.date(), end.date() - _A_DAY


def days_window(first: date, last: date, zone: str) -> Window:
    """Return the window of whole days in that zone; its days may have 23 or 25 hours."""
    return Window(start=_midnight(first, zone), end=_midnight(last + _A_DAY, zone))


def later(instant: datetime, by: timedelta) -> datetime:
    """Return the instant so much later, or earlier if that is negative; at most the last or first that there is."""
    try:
        return instant + by
    except OverflowError:
        return _LAST if by > timedelta(0) else _FIRST


def say_date(day: date) -> str:
    """Write a date as people say it."""
    return day.strftime("%a %d %b %Y")


def _midnight(day: date, zone: str) -> datetime:
    # In UTC, because Python calls a time that a zone skips or shows twice equal to no time of another zone.
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
