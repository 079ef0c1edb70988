"""Whole days whose zone nobody knows: the only place that says when they begin and end.

An all-day event has dates, and Exchange may name their zone in a way that no table has: `tzone://Microsoft/Custom`, a
display name such as "(UTC-05:00) Eastern Time", or none. Such an event is floating. People who book a room for a day
mean that day where the room is.

Source: https://learn.microsoft.com/graph/api/resources/event#properties (isAllDay, originalStartTimeZone)
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from libs.contracts.values import Meeting, Occurrence, SeriesListing, Window

_EAST, _WEST = timedelta(hours=-14), timedelta(hours=12)
_CLOCKS_CHANGE = timedelta(hours=2)


def in_zone(meeting: Meeting, zone: str) -> Meeting:
    """Return a meeting with the times of a floating event settled as those dates in the zone; any other as it is.

    So are the occurrences of a series of whole days, but for exceptions that have a time of day.
    """
    if not meeting.is_floating:
        return meeting
    settled = {
        "start": _midnight(meeting.start, zone),
        "end": _midnight(meeting.end, zone),
        "time_zone": zone,
        "is_floating": False,
        "series": _settle_series(meeting.series, zone) if meeting.series is not None else None,
    }
    return meeting.model_copy(update=settled)


def is_of_these_days(meeting: Meeting, window: Window) -> bool:
    """Whether a window is the dates of a floating event in some zone on earth, for those who do not know the zone."""
    offset = window.start - meeting.start
    return _EAST <= offset <= _WEST and abs((window.end - meeting.end) - offset) <= _CLOCKS_CHANGE


def _settle_series(listing: SeriesListing, zone: str) -> SeriesListing:
    until = listing.listed_until
    settled = {
        "occurrences": tuple(_settle_occurrence(each, zone) for each in listing.occurrences),
        "listed_until": _midnight(until, zone) if until is not None else None,
    }
    return listing.model_copy(update=settled)


def _settle_occurrence(found: Occurrence, zone: str) -> Occurrence:
    if not found.start.time() == found.end.time() == time.min:
        return found
    return found.model_copy(update={"start": _midnight(found.start, zone), "end": _midnight(found.end, zone)})


def _midnight(date_in_utc: datetime, zone: str) -> datetime:
    return date_in_utc.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
