"""Build the JSON bodies that are written to Graph."""

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from libs.graph.types import EventBody
from libs.graph.vendor import RESERVATION_PROPERTY, Json


def local(instant: datetime, zone: str = "UTC") -> dict[str, str]:
    """Write an instant as Graph takes it: a local time and its zone."""
    return {"dateTime": instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S.%f"), "timeZone": zone}


def window(start: datetime, end: datetime, *, all_day_in: str | None = None) -> EventBody:
    """Build the body that moves an event and changes nothing else.

    An all-day event, in the zone `all_day_in`, has to start and end at midnight there, or it becomes a timed event.
    Source: https://learn.microsoft.com/graph/api/resources/event#properties (isAllDay)
    """
    if all_day_in is None:
        return {"start": local(start), "end": local(end)}
    zone = ZoneInfo(all_day_in)
    if all(each.astimezone(zone).time() == time.min for each in (start, end)):
        return {"start": local(start, all_day_in), "end": local(end, all_day_in)}
    return {"start": local(start), "end": local(end), "isAllDay": False}


def busy() -> EventBody:
    """Build the body that has an event block its time and changes nothing else."""
    return {"showAs": "busy"}


def without_attendee(attendees: Sequence[Json], address: str) -> EventBody:
    """Build the body that takes somebody off a list of attendees, in whatever case the address is written.

    The others stay as Graph has them: what is written replaces the whole list.
    Source: https://learn.microsoft.com/graph/api/event-update (attendees)
    """
    return {"attendees": [each for each in attendees if not _is_of(each, address)]}


def _is_of(attendee: Json, address: str) -> bool:
    written = (attendee.get("emailAddress") or {}).get("address")
    return isinstance(written, str) and written.strip().casefold() == address.casefold()


def hold(start: datetime, end: datetime, subject: str) -> EventBody:
    """Build the body of a hold: busy, without attendees, requests for answers, or a reminder."""
    return {
        **window(start, end),
        "subject": subject,
        "showAs": "busy",
        "isReminderOn": False,
        "responseRequested": False,
        "allowNewTimeProposals": False,
    }


def named_busy(subject: str) -> EventBody:
    """Build the body that has a hold, or one date of it, show this subject and block its time."""
    return {"subject": subject, **busy()}


def recurrence(recurs: Json, time_zone: str) -> EventBody:
    """Build the body that has an event recur in the zone that its dates are in.

    Source: https://learn.microsoft.com/graph/api/resources/patternedrecurrence
    """
    pattern, limits = (_given(recurs.get(each) or {}) for each in ("pattern", "range"))
    return {"recurrence": {"pattern": pattern, "range": {**limits, "recurrenceTimeZone": time_zone}}}


def series_window(start: datetime, end: datetime, time_zone: str) -> EventBody:
    """Build the body that puts the first date of a series at a wall-clock time, which its other dates share.

    Source: https://learn.microsoft.com/graph/outlook-schedule-recurring-events
    """
    return {"start": local(start, time_zone), "end": local(end, time_zone)}


def _given(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def new_hold(start: datetime, end: datetime, subject: str, *, reservation_id: UUID, transaction_id: UUID) -> EventBody:
    """Build the body of a new hold that names its reservation; Graph creates it once, even if the request is repeated.

    Source: https://learn.microsoft.com/graph/api/resources/event#properties (transactionId)
    """
    return {
        **hold(start, end, subject),
        "transactionId": str(transaction_id),
        "singleValueExtendedProperties": [{"id": RESERVATION_PROPERTY, "value": str(reservation_id)}],
    }


def answer(comment: str | None, *, sends_response: bool, proposed: tuple[datetime, datetime] | None) -> Json:
    """Build the body of an answer to an invitation. Graph refuses a comment, even an empty one, without a response.

    Source: https://learn.microsoft.com/graph/api/event-tentativelyaccept
    """
    body: Json = {"sendResponse": sends_response}
    if sends_response and comment:
        body["comment"] = comment
    if sends_response and proposed is not None:
        body["proposedNewTime"] = {"start": local(proposed[0]), "end": local(proposed[1])}
    return body
