"""Dates and times in request bodies.

Source: https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone
"""

from datetime import datetime, timedelta

from tests.graphsim.exchange import timezones
from tests.graphsim.exchange.clamping import whole_second
from tests.graphsim.exchange.stored_event import TimeSlot
from tests.graphsim.exchange.timezones import LocalTime
from tests.graphsim.refusals import invalid_property, unreadable_body


def local_time(name: str, value: object) -> LocalTime:
    """Read a `dateTimeTimeZone`; without a zone it is UTC."""
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        raise unreadable_body(f"The property '{name}' must be an object with 'dateTime' and 'timeZone'.")
    zone = value.get("timeZone") or "UTC"
    if not isinstance(zone, str):
        raise unreadable_body(f"The property '{name}/timeZone' must be a string.")
    timezones.zone(zone)
    wall = moment(f"{name}/dateTime", value["dateTime"])
    if wall.tzinfo is not None:
        wall = wall.astimezone(timezones.zone(zone)).replace(tzinfo=None)
    if not 1 < wall.year < 9999:
        raise invalid_property(f"The value '{value['dateTime']}' of '{name}' is out of range.")
    return LocalTime(wall, zone)


def moment(name: str, value: str) -> datetime:
    """Read an ISO 8601 date and time; anything else is a 400."""
    try:
        return datetime.fromisoformat(value)
    except ValueError as wrong:
        raise invalid_property(f"The value '{value}' of '{name}' is not a valid date and time.") from wrong


def slot(value: object) -> TimeSlot | None:
    """Read a `timeSlot`, as in `proposedNewTime`."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise unreadable_body("The property 'proposedNewTime' must be an object with 'start' and 'end'.")
    start, end = (
        whole_second(local_time(f"proposedNewTime/{edge}", value.get(edge)).instant) for edge in ("start", "end")
    )
    if end < start or end - start > timedelta(days=365):
        raise invalid_property("The proposed new time ends before it starts, or is too long.")
    return start, end
