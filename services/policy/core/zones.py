"""The time zones that there are."""

from zoneinfo import available_timezones

_ZONES = available_timezones() - {"localtime", "Factory", "posixrules"}  # names that mean something on one machine only


def is_zone(name: str) -> bool:
    """Whether a name is that of a zone in the IANA database."""
    return name in _ZONES
