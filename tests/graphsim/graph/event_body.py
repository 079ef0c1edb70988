"""What a caller may write into an event, read into our own words or refused as Graph would.

Absent means unchanged. Properties that Graph does not know, or that only the server writes, are ignored; a wrong type
is not.

Source: https://learn.microsoft.com/en-us/graph/api/user-post-events
Source: https://learn.microsoft.com/en-us/graph/api/event-update
"""

from collections.abc import Callable
from typing import Any

from tests.graphsim.exchange.fields import EventFields
from tests.graphsim.exchange.stored_event import Correspondent, Json, StoredAttendee
from tests.graphsim.graph.extended import canonical
from tests.graphsim.graph.recurrence_body import read_recurrence
from tests.graphsim.graph.times import local_time
from tests.graphsim.refusals import CallRefused, invalid_property, unreadable_body

MOST_ATTENDEES = 500
LOCATION = frozenset(
    {
        "address",
        "coordinates",
        "displayName",
        "locationEmailAddress",
        "locationType",
        "locationUri",
        "uniqueId",
        "uniqueIdType",
    }
)
SHOWN_AS = ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")


def read_fields(body: Json) -> EventFields:
    """Read a POST or PATCH body; 400 names what is wrong with it."""
    fields = EventFields()
    for name, value in body.items():
        read = READERS.get(name)
        if read is not None:
            read(fields, name, value)
    return fields


Reader = Callable[[EventFields, str, Any], None]


def _wrong(name: str, expected: str) -> CallRefused:
    return unreadable_body(f"The property '{name}' must be {expected}.")


def _text(attribute: str) -> Reader:
    def read(fields: EventFields, name: str, value: object) -> None:
        if not isinstance(value, str | None):
            raise _wrong(name, "a string")
        fields.details[attribute] = value or ""

    return read


def _flag(attribute: str, *, local: bool = False) -> Reader:
    def read(fields: EventFields, name: str, value: object) -> None:
        if not isinstance(value, bool):
            raise _wrong(name, "a boolean")
        (fields.local if local else fields.details)[attribute] = value

    return read


def _choice(attribute: str, *choices: str) -> Reader:
    def read(fields: EventFields, name: str, value: object) -> None:
        if value not in choices:
            raise _wrong(name, f"one of {', '.join(choices)}")
        fields.details[attribute] = value

    return read


def _read_start(fields: EventFields, name: str, value: object) -> None:
    fields.start = local_time(name, value)


def _read_end(fields: EventFields, name: str, value: object) -> None:
    fields.end = local_time(name, value)


def _read_body(fields: EventFields, name: str, value: object) -> None:
    if value is None:
        fields.details["body"] = ""
        return
    kind = value.get("contentType", "text").lower() if isinstance(value, dict) else None
    if not isinstance(value, dict) or kind not in {"text", "html"} or not isinstance(value.get("content") or "", str):
        raise _wrong(name, "an object with 'contentType' (text or html) and 'content'")
    fields.details |= {"body": value.get("content") or "", "body_type": kind}


def person(name: str, value: object) -> Correspondent:
    """Read an `emailAddress`."""
    if not isinstance(value, dict) or not isinstance(value.get("address"), str) or "@" not in value["address"]:
        raise invalid_property(f"The property '{name}' must be an object with an 'address' such as ada@example.org.")
    return Correspondent(value.get("name") or value["address"], value["address"])


def _read_attendees(fields: EventFields, name: str, value: object) -> None:
    """Read the list as a whole; answers in it are ignored, since only a response gives one."""
    if not isinstance(value, list):
        raise _wrong(name, "an array")
    if len(value) > MOST_ATTENDEES:
        raise CallRefused(400, "ErrorTooManyAttendees", f"An event can have at most {MOST_ATTENDEES} attendees.")
    rows: dict[str, StoredAttendee] = {}
    for each in value:
        if not isinstance(each, dict) or each.get("type", "required") not in {"required", "optional", "resource"}:
            raise _wrong(name, "attendees of type required, optional or resource")
        row = StoredAttendee(person(f"{name}/emailAddress", each.get("emailAddress")), each.get("type", "required"))
        rows.setdefault(row.key, row)
    fields.attendees = tuple(rows.values())


def _known(names: frozenset[str], value: Json) -> Json:
    """What Graph keeps of a complex value: the properties that its type has, where they are set."""
    return {name: each for name, each in value.items() if name in names and each is not None}


def _read_location(fields: EventFields, name: str, value: object) -> None:
    if not isinstance(value, dict | None):
        raise _wrong(name, "an object")
    known = _known(LOCATION, value or {})
    fields.details["locations"] = (known,) if any(known.values()) else ()


def _read_locations(fields: EventFields, name: str, value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _wrong(name, "an array of objects")
    fields.details.setdefault("locations", tuple(_known(LOCATION, each) for each in value))


def _read_recurrence(fields: EventFields, name: str, value: object) -> None:
    if not isinstance(value, dict | None):
        raise _wrong(name, "an object with 'pattern' and 'range'")
    fields.details["recurrence"] = read_recurrence(value) if value else None


def _read_categories(fields: EventFields, name: str, value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _wrong(name, "an array of strings")
    fields.local["categories"] = tuple(value)


def _read_reminder(fields: EventFields, name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(name, "an integer")
    fields.local["reminder_minutes"] = value


def _read_transaction(fields: EventFields, name: str, value: object) -> None:
    if not isinstance(value, str | None):
        raise _wrong(name, "a string")
    fields.transaction_id = value


def _read_extended(fields: EventFields, name: str, value: object) -> None:
    if not isinstance(value, list):
        raise _wrong(name, "an array")
    for each in value:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or not isinstance(each.get("value"), str):
            raise _wrong(name, "objects with 'id' and 'value'")
        fields.extended[canonical(each["id"])] = each["value"]


READERS: dict[str, Reader] = {
    "subject": _text("subject"),
    "body": _read_body,
    "start": _read_start,
    "end": _read_end,
    "isAllDay": _flag("is_all_day"),
    "attendees": _read_attendees,
    "location": _read_location,
    "locations": _read_locations,
    "showAs": _choice("shows_as", *SHOWN_AS),
    "sensitivity": _choice("sensitivity", "normal", "personal", "private", "confidential"),
    "importance": _choice("importance", "low", "normal", "high"),
    "responseRequested": _flag("response_requested"),
    "allowNewTimeProposals": _flag("allows_new_time"),
    "hideAttendees": _flag("hides_attendees"),
    "isOnlineMeeting": _flag("is_online"),
    "recurrence": _read_recurrence,
    "categories": _read_categories,
    "isReminderOn": _flag("is_reminder_on", local=True),
    "reminderMinutesBeforeStart": _read_reminder,
    "transactionId": _read_transaction,
    "singleValueExtendedProperties": _read_extended,
}
