"""An event as Graph writes it.

A rendered event is kept until its next write, since a listing reads the same events again and again.

Source: https://learn.microsoft.com/en-us/graph/api/resources/event
"""

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from tests.graphsim.exchange.expansion import OccurrenceSlot, midnight
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import (
    Correspondent,
    Json,
    MeetingDetails,
    RecordedAnswer,
    StoredAttendee,
    StoredEvent,
)
from tests.graphsim.exchange.timezones import wall_time

NEVER = "0001-01-01T00:00:00Z"
PREVIEW_LENGTH = 255
TAG = re.compile(r"<(style|head)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
ALWAYS_KEPT = ("@odata.etag", "id")
EXTENDED = "singleValueExtendedProperties"


@dataclass(frozen=True, slots=True)
class DatesView:
    """Which dates a master shows: ids of cancelled ones, with `lists_declined` also of those declined here; changed
    ones, with `select` of their properties.
    """

    cancelled: bool = False
    lists_declined: bool = True
    exceptions: bool = False
    select: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class View:
    """Which form of an event is asked for: ids, zone, body, `$select`, and the expanded extended properties.

    `dates` is set where a series is to show its cancelled and its changed dates.
    """

    immutable_ids: bool = False
    zone: str = "UTC"
    body_type: str = "html"
    select: frozenset[str] | None = None
    expand: frozenset[str] = frozenset()
    dates: DatesView | None = None


def event_bytes(mailbox: SimulatedMailbox, event: StoredEvent, view: View) -> bytes:
    """Render one event to JSON."""
    known = event.rendered.get(view)
    if known is None:
        known = event.rendered[view] = orjson.dumps(event_json(mailbox, event, view))
    return known


def event_json(mailbox: SimulatedMailbox, event: StoredEvent, view: View) -> Json:
    """Render one event; `$select` keeps id and etag whatever it names."""
    body = _whole(mailbox, event, view)
    if view.select is not None:
        body = {name: value for name, value in body.items() if name in view.select or name in ALWAYS_KEPT}
    expanded = [{"id": name, "value": value} for name, value in event.extended.items() if name in view.expand]
    if expanded:
        body[EXTENDED] = expanded
    if view.dates is not None and event.is_series and event.master is None:
        body |= _dates(mailbox, event, view, view.dates)
    return body


def _dates(mailbox: SimulatedMailbox, master: StoredEvent, view: View, dates: DatesView) -> Json:
    """What the master tells of its dates: occurrence ids of cancelled ones, and changed ones as events.

    Source: https://learn.microsoft.com/en-us/graph/api/event-get
    """
    shown: Json = {}
    exceptions, deleted = master.series.exceptions, master.series.deleted
    if dates.cancelled:
        called_off = [each for each in exceptions.values() if each.is_cancelled]
        gone = [
            each
            for each in deleted.values()
            if dates.lists_declined or each.is_cancelled or each.answer.response != "declined"
        ]
        shown["cancelledOccurrences"] = sorted(str(occurrence_id(each, view)) for each in [*called_off, *gone])
    if dates.exceptions:
        inner = replace(view, dates=None, select=dates.select)
        shown["exceptionOccurrences"] = [
            event_json(mailbox, each, inner) for _, each in sorted(exceptions.items()) if not each.is_cancelled
        ]
    return shown


def _whole(mailbox: SimulatedMailbox, event: StoredEvent, view: View) -> Json:
    details = event.details
    ident = event.immutable_id if view.immutable_ids else event.default_id
    zone = "UTC" if details.is_all_day else view.zone
    locations = [_location(each) for each in details.locations]
    text = _plain(details.body) if details.body_type == "html" else details.body
    body: dict[str, Any] = {
        "@odata.etag": event.etag,
        "id": ident,
        "createdDateTime": timestamp(event.created_at),
        "lastModifiedDateTime": timestamp(event.modified_at),
        "changeKey": event.change_key,
        "categories": list(event.categories),
        "originalStartTimeZone": details.zone_shown or details.start_zone,
        "originalEndTimeZone": details.zone_shown or details.end_zone,
        "iCalUId": event.ical_uid,
        "reminderMinutesBeforeStart": event.reminder_minutes,
        "isReminderOn": event.is_reminder_on,
        "hasAttachments": False,
        "subject": details.subject,
        "bodyPreview": text[:PREVIEW_LENGTH],
        "importance": details.importance,
        "sensitivity": details.sensitivity,
        "isAllDay": details.is_all_day,
        "isCancelled": event.is_cancelled,
        "isOrganizer": event.is_organizer,
        "responseRequested": details.response_requested,
        "seriesMasterId": _master_id(event, view),
        "occurrenceId": occurrence_id(event, view),
        "showAs": event.shows_as,
        "type": event.type,
        "webLink": f"https://outlook.office365.com/owa/?itemid={ident}&exvsurl=1&path=/calendar/item",
        "onlineMeetingUrl": None,
        "isOnlineMeeting": details.is_online,
        "onlineMeetingProvider": "unknown",
        "onlineMeeting": None,
        "allowNewTimeProposals": details.allows_new_time,
        "isDraft": False,
        "hideAttendees": details.hides_attendees,
        "recurrence": details.recurrence,
        "responseStatus": _answer(event.answer),
        "body": {"contentType": view.body_type, "content": text if view.body_type == "text" else _markup(event)},
        "start": {"dateTime": wall_time(details.start, zone), "timeZone": view.zone},
        "end": {"dateTime": wall_time(details.end, zone), "timeZone": view.zone},
        "location": _joined(locations),
        "locations": locations,
        "attendees": [_attendee(row) for row in event.attendees],
        "organizer": {"emailAddress": address(event.organizer)},
    }
    if event.transaction_id is not None:
        body["transactionId"] = event.transaction_id
    if event.master is not None and event.original is not None:
        body["originalStart"] = timestamp(_original_start(event.master.details, event.original))
    return body


def _master_id(event: StoredEvent, view: View) -> str | None:
    if event.master is None:
        return None
    return event.master.immutable_id if view.immutable_ids else event.master.default_id


def occurrence_id(event: StoredEvent, view: View) -> str | None:
    """The id by which a master lists an occurrence; Graph shows it, though its metadata does not name it.

    Source: https://learn.microsoft.com/en-us/graph/api/event-get
    Source: https://github.com/microsoftgraph/msgraph-metadata/issues/827
    """
    if event.master is None or event.original is None:
        return None
    return f"OID.{_master_id(event, view)}.{event.original.day}"


def _original_start(series: MeetingDetails, original: OccurrenceSlot) -> datetime:
    """Where an occurrence stands in its pattern; of an all-day series, midnight in the recurrence's zone.

    Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/2804
    """
    if not series.is_all_day or series.recurrence is None:
        return original.start
    return midnight(original.day, series.recurrence["range"]["recurrenceTimeZone"])


def timestamp(moment: datetime | None) -> str:
    """A `DateTimeOffset` in UTC, with Exchange's seven digits."""
    if moment is None:
        return NEVER
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


def address(person: Correspondent) -> Json:
    return {"name": person.name, "address": person.address}


def _answer(answer: RecordedAnswer) -> Json:
    return {"response": answer.response, "time": timestamp(answer.at)}


def _attendee(row: StoredAttendee) -> Json:
    body: Json = {"type": row.kind, "status": _answer(row.answer), "emailAddress": address(row.person)}
    if row.proposed is not None:
        start, end = ({"dateTime": wall_time(each, "UTC"), "timeZone": "UTC"} for each in row.proposed)
        body["proposedNewTime"] = {"start": start, "end": end}
    return body


def _location(location: Json) -> Json:
    return {"displayName": "", "locationType": "default", "uniqueId": "", "uniqueIdType": "private", **location}


def _joined(locations: list[Json]) -> Json:
    """`location` mirrors `locations`: the only one, or all their names together."""
    if len(locations) == 1:
        return locations[0]
    names = "; ".join(each["displayName"] for each in locations)
    return {"displayName": names, "locationType": "default", "uniqueId": names, "uniqueIdType": "private"}


def _markup(event: StoredEvent) -> str:
    """The body as HTML in the frame that Exchange puts around it."""
    content = event.details.body
    if event.details.body_type == "text":
        content = html.escape(content)
    if "<html" in content.lower():
        return content
    head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    return f"<html>\r\n<head>\r\n{head}\r\n</head>\r\n<body>\r\n{content}\r\n</body>\r\n</html>\r\n"


def _plain(markup: str) -> str:
    return html.unescape(TAG.sub("", markup)).strip()
