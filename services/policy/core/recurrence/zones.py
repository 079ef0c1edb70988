"""Names of time zones in what callers send: IANA's, and Windows' as Outlook writes them.

Source: https://learn.microsoft.com/graph/api/resources/datetimetimezone
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from services.policy.core.recurrence.rule import InvalidRecurrence

_COMPARED = [timedelta(days=days) for days in range(0, 2 * 366, 7)]


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA or Windows name. Raises `InvalidRecurrence` if no zone is called so."""
    try:
        return ZoneInfo("UTC" if name == "tzone://Microsoft/Utc" else win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidRecurrence(
            f"No time zone is called {name[:80]!r}. Use a name of the IANA database, such as Europe/Berlin."
        ) from None


def agree(name: str, time_zone: str, since: date) -> bool:
    """Whether two names stand for zones whose clocks show the same, compared weekly for two years."""
    one, other = zone_of(name), zone_of(time_zone)
    noon = datetime(since.year, since.month, since.day, 12)  # noqa: DTZ001 - a wall time of both zones
    return one.key == other.key or all(
        (noon + later).replace(tzinfo=one).utcoffset() == (noon + later).replace(tzinfo=other).utcoffset()
        for later in _COMPARED
    )
