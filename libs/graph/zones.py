"""Time zone names: Windows', IANA's and Exchange's own, as `zoneinfo` zones.

Source: https://learn.microsoft.com/graph/api/resources/datetimetimezone
"""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz


class UnknownZone(ValueError):
    """No table has this zone, such as a custom one from an old client; ask Graph for UTC instead."""


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return the zone of a Windows or IANA name. Raises `UnknownZone`."""
    if name in {"UTC", "tzone://Microsoft/Utc", "Etc/GMT"}:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"no time zone is called {name[:80]!r}") from None


def iana_of(name: str | None) -> str | None:
    """Return the IANA name of a zone; None for a zone that no table has, or for no name at all."""
    try:
        return zone_of(name).key if name else None
    except UnknownZone:
        return None


def instant(date_time: str, zone: str | None) -> datetime:
    """Read a local time of Graph's, or one that has an offset, as an instant in UTC.

    Raises `ValueError` if it is not a time, or if UTC puts it outside the years that `datetime` has.
    """
    found = datetime.fromisoformat(date_time)
    try:
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone_of(zone or "UTC"))
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{date_time!r} is beyond the times that can be reckoned with") from None
