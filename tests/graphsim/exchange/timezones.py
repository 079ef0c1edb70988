"""Names of time zones as Exchange takes them: Windows names, UTC, and IANA names.

Source: https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from tests.graphsim.refusals import CallRefused, invalid_property

# A name that the IANA database knows and Exchange refuses, seen in the wild:
# https://github.com/microsoftgraph/microsoft-graph-docs/issues/19286
REFUSED_IANA_NAMES = frozenset({"Africa/Casablanca"})

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A `dateTimeTimeZone` as written: a wall time, and the name of its zone."""

    wall: datetime
    zone: str

    @property
    def instant(self) -> datetime:
        return to_utc(self.wall, self.zone)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the zone called `name`; a name that Exchange does not take is a 400."""
    if name in {"UTC", "Etc/UTC", "Etc/GMT"}:
        return ZoneInfo("UTC")
    known = win_tz.get(name, name)
    if known in REFUSED_IANA_NAMES and known == name:
        raise unknown_zone(name)
    try:
        return ZoneInfo(known)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise unknown_zone(name) from unknown


def unknown_zone(name: str) -> CallRefused:
    return invalid_property(f"The time zone '{name}' is not supported. The TimeZone value is invalid.")


def to_utc(local: datetime, zone_name: str) -> datetime:
    """Read `local` as a wall time of the zone, unless it carries an offset of its own."""
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone(zone_name))
    return local.astimezone(UTC)


def wall_time(moment: datetime, zone_name: str) -> str:
    """Write `moment` in the zone's wall time, with seven digits and no offset, as Graph does."""
    local = moment if zone_name == "UTC" else moment.astimezone(zone(zone_name))
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06d}0"


def is_midnight(moment: datetime) -> bool:
    return (moment - EPOCH) % timedelta(days=1) == timedelta()
