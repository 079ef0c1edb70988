"""Times as people of a place say them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from libs.contracts.values import Window


def say_instant(instant: datetime, zone: str) -> str:
    """Write an instant as people of that zone say it."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y, %H:%M")


def say_window(window: Window, zone: str) -> str:
    """Write a window as people of that zone say it."""
    start, end = window.start.astimezone(ZoneInfo(zone)), window.end.astimezone(ZoneInfo(zone))
    until = end.strftime("%H:%M") if start.date() == end.date() else say_instant(end, zone)
    return f"{say_instant(start, zone)}-{until} ({zone})"
