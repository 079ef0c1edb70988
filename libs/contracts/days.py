"""Whole days whose zone nobody knows: the only place that says when they begin and end.

An all-day event has dates, and Exchange may name their zone in a way that no table has: `tzone://Microsoft/Custom`, a
display name such as "(UTC-05:00) Eastern Time", or none. Such an event is floating. People who book a room for a day
mean that day where the room is.

Source: https://learn.microsoft.com/graph/api/resources/event#properties (isAllDay, originalStartTimeZone)
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from libs.contracts.values import Meeting, Window

_EAST, _WEST = timedelta(hours=-14), timedelta(hours=12)
_CLOCKS_CHANGE = timedelta(hours=2)


def in_zone(meeting: Meeting, zone: str) -> Meeting:
    """Return a meeting with the times of a floating event settled as those dates in the zone; any other as it is."""
    if not meeting.is_floating:
        return meeting
    settled = {
        "start": _midnight(meeting.start, zone),
        "end": _midnight(meeting.end, zone),
        "time_zone": zone,
        "is_floating": False,
    }
    return meeting.model_copy(update=settled)


def is_of_these_days(meeting: Meeting, window: Window) -> bool:
    """Whether a window is the dates of a floating event in some zone on earth, for those who do not know the zone."""
    offset = window.start - meeting.start
    return _EAST <= offset <= _WEST and abs((window.end - meeting.end) - offset) <= _CLOCKS_CHANGE


def _midnight(date_in_utc: datetime, zone: str) -> datetime:
    return date_in_utc.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
