"""When the clock of a zone shows a time of day, also on a day on which it is changed.

What the clock skips is never shown, and what it shows twice is shown twice. So a span of the day is one stretch of time
on nearly every day, two where the clock is put back during it, and none where it skips all of it.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Stretch = tuple[datetime, datetime]

_A_DAY = timedelta(days=1)
_A_SECOND = timedelta(seconds=1)
_UNTIL_MIDNIGHT = "24:00"


@lru_cache(maxsize=4096)
def find_shown(day: date, opens: str, closes: str, time_zone: str) -> tuple[Stretch, ...]:
    """Find the stretches of time in which the clock shows one time or later, and earlier than another."""
    starts, ends = _instants(day, opens, time_zone), _instants(day, closes, time_zone)
    if starts[0] == starts[1] and ends[0] == ends[1]:
        return ((starts[0], ends[0]),)
    change = _find_change(min(*starts, *ends), max(*starts, *ends), time_zone)
    before, after = (starts[0], min(ends[0], change)), (max(starts[1], change), ends[1])
    return tuple(each for each in (before, after) if each[0] < each[1])


@lru_cache(maxsize=4096)
def first_shown(day: date, clock: str, time_zone: str) -> datetime:
    """Return when the clock shows that time of that day first, or a later one if it skips it."""
    one, other = _instants(day, clock, time_zone)
    return one if one <= other else _find_change(other, one, time_zone)


def _instants(day: date, clock: str, time_zone: str) -> Stretch:
    """Return when the clock would show a time if it were never changed after, and never changed before."""
    if clock == _UNTIL_MIDNIGHT:
        day, clock = day + _A_DAY, "00:00"
    shown = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(time_zone))
    return shown.replace(fold=0).astimezone(UTC), shown.replace(fold=1).astimezone(UTC)


def _find_change(before: datetime, after: datetime, time_zone: str) -> datetime:
    """Return when the clock is changed between two instants, by halving what is between them."""
    zone = ZoneInfo(time_zone)
    offset = before.astimezone(zone).utcoffset()
    while after - before > _A_SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
