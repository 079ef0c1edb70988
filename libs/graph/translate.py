"""From Graph's JSON to our values. The only place that knows both."""

from datetime import datetime
from uuid import UUID

from libs.graph.types import Attendee, Event, Person, Subscription
from libs.graph.vendor import RESERVATION_PROPERTY, GraphAttendee, GraphEvent, Json, Recipient
from libs.graph.zones import iana_of, instant

NEVER = "0001-01-01"


def event(found: GraphEvent) -> Event:
    """Translate an event that was read with `vendor.FIELDS` in UTC."""
    status = found.get("responseStatus") or {}
    kind = found.get("type") or "singleInstance"
    return Event(
        event_id=found["id"],
        etag=found.get("@odata.etag"),
        ical_uid=found.get("iCalUId") or "",
        start=instant(found["start"]["dateTime"], found["start"].get("timeZone")),
        end=instant(found["end"]["dateTime"], found["end"].get("timeZone")),
        time_zone=iana_of(found.get("originalStartTimeZone")),
        is_all_day=bool(found.get("isAllDay")),
        is_series=kind != "singleInstance",
        series_master_id=found.get("seriesMasterId"),
        is_cancelled=bool(found.get("isCancelled")),
        is_private=found.get("sensitivity") in {"private", "confidential", "personal"},
        is_room_owned=bool(found.get("isOrganizer")),
        subject=found.get("subject") or "",
        shows_as=found.get("showAs") or "busy",
        organizer=_person(found.get("organizer")),
        attendees=tuple(each for each in map(_attendee, found.get("attendees") or ()) if each is not None),
        answer=status.get("response") or "none",
        answered_at=_answered_at(status.get("time")),
        transaction_id=found.get("transactionId"),
        reservation_id=_reservation_id(found),
    )


def subscription(found: Json) -> Subscription:
    """Translate a subscription."""
    return Subscription(found["id"], instant(found["expirationDateTime"], None))


def _person(found: Recipient | None) -> Person | None:
    address = (found or {}).get("emailAddress") or {}
    return Person(address["address"] or "", address.get("name")) if address.get("address") else None


def _attendee(found: GraphAttendee) -> Attendee | None:
    person = _person(found)
    if person is None:
        return None
    kind = found.get("type") or "required"
    response = (found.get("status") or {}).get("response") or "none"
    return Attendee(person.address, person.name, kind, response)


def _answered_at(time: str | None) -> datetime | None:
    return None if not time or time.startswith(NEVER) else instant(time, None)


def _reservation_id(found: GraphEvent) -> UUID | None:
    for extended in found.get("singleValueExtendedProperties") or ():
        if extended["id"].lower() == RESERVATION_PROPERTY.lower():
            try:
                return UUID(extended.get("value") or "")
            except ValueError:
                return None
    return None
