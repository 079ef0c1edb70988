"""Translate Graph's JSON to our values. Only this module knows both.

Whatever Graph sends, the result is one of our values or one typed error, so that a malformed event affects no other.
Every string in a value can be stored (`libs.graph.text`), and every time is in whole seconds.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TypeGuard, cast
from uuid import UUID

from libs.graph.errors import IncompleteListing, Unavailable, UnreadableEvent
from libs.graph.protocol import REMOVED
from libs.graph.text import storable_ical_uid, storable_id, storable_text
from libs.graph.types import Event, EventAttendee, Listing, NamedAddress, Subscription
from libs.graph.vendor import RESERVATION_PROPERTY, DateTimeTimeZone, GraphAttendee, GraphEvent, Json, Recipient
from libs.graph.zones import iana_of, instant, zone_of

NEVER = "0001-01-01"
RESPONSES = frozenset({"none", "organizer", "notResponded", "accepted", "tentativelyAccepted", "declined"})
KINDS = frozenset({"required", "optional", "resource"})
PARTS = frozenset({"occurrence", "exception"})
BLOCKING_FIELDS = frozenset(
    {"id", "@odata.etag", "iCalUId", "transactionId", "type", "seriesMasterId", "start", "end", "showAs"}
)
PATTERN_FIELDS = ("type", "interval", "daysOfWeek", "dayOfMonth", "month", "index", "firstDayOfWeek")
RANGE_FIELDS = ("type", "startDate", "endDate", "numberOfOccurrences", "recurrenceTimeZone")
MALFORMED = (KeyError, TypeError, ValueError, AttributeError)


def event(found: object) -> Event:
    """Translate an event that was read with `vendor.FIELDS` in UTC.

    An event that makes no sense still takes its time: one with an id, a start and an end is returned as unreadable.
    Raises `UnreadableEvent` for any other.
    """
    if not _is_object(found):
        raise UnreadableEvent("an event is not a JSON object", event_id=None)
    event_id = found.get("id")
    try:
        event = _event(cast("GraphEvent", found))
    except MALFORMED as error:
        with suppress(*MALFORMED):
            return _time_taken(cast("GraphEvent", found))
        # The error's text stays out of the message, which is logged: it may quote what the meeting is about.
        raise UnreadableEvent(
            f"an event cannot be read: {type(error).__name__}",
            event_id=event_id if isinstance(event_id, str) and event_id else None,
        ) from error
    is_part = _one_of(PARTS, found.get("type"), "") != ""
    return event.alone() if is_part and event.series_master_id is None else event


def page(found: Json) -> tuple[Listing, str | None]:
    """Translate one page of a listing, and return the link to the next one.

    Raises `IncompleteListing` if it is not a page: an answer without a list is not an empty list.
    """
    rows, link = found.get("value"), found.get("@odata.nextLink")
    if not isinstance(rows, list) or not (link is None or isinstance(link, str)):
        raise IncompleteListing("Graph answered a listing with something that is no list of events")
    events: list[Event] = []
    unreadable: list[UnreadableEvent] = []
    for row in rows:
        try:
            events.append(event(row))
        except UnreadableEvent as error:
            unreadable.append(error)
    return Listing(tuple(events), tuple(unreadable)), link or None


def count(found: Json) -> int | None:
    """Read how many there are of what was counted; None if the answer does not say."""
    total = found.get("@odata.count")
    return total if isinstance(total, int) and total >= 0 else None


def removed_dates(found: Json) -> tuple[date, ...]:
    """Read which dates were taken out of a series, in its own zone. What is no occurrence id is left out.

    Source: https://learn.microsoft.com/graph/api/event-get (OID.{seriesMasterId}.{yyyy-MM-dd})
    """
    days: set[date] = set()
    rows = found.get(REMOVED)
    for each in rows if isinstance(rows, list) else ():
        with suppress(ValueError):
            days.add(date.fromisoformat(str(each).rpartition(".")[2]))
    return tuple(sorted(days))


def subscription(found: Json) -> Subscription:
    """Translate a subscription."""
    try:
        return Subscription(storable_id(found["id"]), instant(found["expirationDateTime"], None))
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable("Graph's answer about a subscription cannot be read") from error


def join_pages(pages: Sequence[Listing]) -> Listing:
    """Join the pages of a listing. An event that moved from one page to the next counts once, as last seen."""
    events = {each.event_id: each for page in pages for each in page.events}
    return Listing(tuple(events.values()), tuple(each for page in pages for each in page.unreadable))


def _event(found: GraphEvent) -> Event:
    status = found.get("responseStatus") or {}
    kind = _one_of(PARTS | {"seriesMaster"}, found.get("type"), "singleInstance")
    is_all_day = bool(found.get("isAllDay"))
    zone = iana_of(found.get("originalStartTimeZone"))
    start, end = _times(found, zone if is_all_day else None)
    event_id = storable_id(found["id"])
    master_id = found.get("seriesMasterId")
    return Event(
        event_id=event_id,
        etag=_header(found.get("@odata.etag")),
        ical_uid=storable_ical_uid(found.get("iCalUId"), event_id),
        start=start,
        end=end,
        time_zone=zone or "UTC",
        is_all_day=is_all_day,
        is_series=kind != "singleInstance" or bool(master_id),
        series_master_id=storable_id(master_id) if master_id else None,
        original_start=_original_start(found.get("originalStart")),
        recurrence=_recurrence(found.get("recurrence")),
        is_cancelled=bool(found.get("isCancelled")),
        is_private=found.get("sensitivity") in {"private", "confidential", "personal"},
        is_room_owned=bool(found.get("isOrganizer")),
        subject=storable_text(found.get("subject")),
        shows_as=storable_text(found.get("showAs")) or "busy",
        organizer=_person(found.get("organizer")),
        attendees=tuple(each for each in map(_attendee, found.get("attendees") or ()) if each is not None),
        answer=_one_of(RESPONSES, status.get("response"), "none"),
        answered_at=_answered_at(status.get("time")),
        is_response_requested=found.get("responseRequested") is not False,
        transaction_id=storable_text(found.get("transactionId")) or None,
        reservation_id=_reservation_id(found),
        is_floating=_is_floating(is_all_day=is_all_day, zone=zone, start=start, end=end),
        allows_new_time=found.get("allowNewTimeProposals") is not False,
        is_bare=bool(master_id) and not any(name in found for name in ("subject", "organizer", "responseStatus")),
    )


def _time_taken(found: GraphEvent) -> Event:
    """Read of an event that makes no sense what blocks its time, as if the room had put it there itself."""
    kept = cast("GraphEvent", {name: value for name, value in found.items() if name in BLOCKING_FIELDS})
    kept["originalStartTimeZone"] = storable_text(found.get("originalStartTimeZone"))
    kept["isAllDay"] = found.get("isAllDay") is True
    kept["isCancelled"] = found.get("isCancelled") is True
    kept["isOrganizer"] = found.get("isOrganizer") is True
    return replace(_event(kept), answer="organizer", is_unreadable=True, is_bare=False)


def _is_object(found: object) -> TypeGuard[Json]:
    return isinstance(found, dict)


def _header(etag: object) -> str | None:
    """Return an ETag that can be sent back as a header; None for any other, and the write goes without."""
    return etag if isinstance(etag, str) and etag.isascii() and etag.isprintable() and etag else None


def _times(found: GraphEvent, all_day_in: str | None) -> tuple[datetime, datetime]:
    return _moment(found["start"], all_day_in), _moment(found["end"], all_day_in)


def _moment(found: DateTimeTimeZone, all_day_in: str | None) -> datetime:
    """Read a start or end. An all-day event has dates in the zone it was created in, whatever zone we asked for.

    Source: https://learn.microsoft.com/graph/api/resources/event#properties (isAllDay)
    """
    moment = instant(found["dateTime"], found.get("timeZone")).replace(microsecond=0)
    if all_day_in is None or moment.time() != time.min:
        return moment
    return moment.replace(tzinfo=zone_of(all_day_in)).astimezone(UTC)


def _is_floating(*, is_all_day: bool, zone: str | None, start: datetime, end: datetime) -> bool:
    """Whether these are dates in a zone that nobody knows: what is no midnight in UTC was translated after all."""
    return is_all_day and zone is None and start.time() == end.time() == time.min


def _person(found: Recipient | None) -> NamedAddress | None:
    address = (found or {}).get("emailAddress") or {}
    text = storable_text(address.get("address"))
    return NamedAddress(text, storable_text(address.get("name")) or None) if text else None


def _attendee(found: GraphAttendee) -> EventAttendee | None:
    person = _person(found)
    if person is None:
        return None
    kind = _one_of(KINDS, found.get("type"), "required")
    response = _one_of(RESPONSES, (found.get("status") or {}).get("response"), "none")
    return EventAttendee(person.address, person.name, kind, response)


def _one_of(known: frozenset[str], found: object, otherwise: str) -> str:
    """Return a value of one of Graph's enumerations if we know it, else `otherwise`: Graph may add values."""
    return found if isinstance(found, str) and found in known else otherwise


def _answered_at(time: str | None) -> datetime | None:
    return None if not time or time.startswith(NEVER) else instant(time, None)


def _original_start(found: object) -> datetime | None:
    """Return the start that the pattern gives an occurrence; None for any text that is no time."""
    if not isinstance(found, str) or not found:
        return None
    with suppress(*MALFORMED):
        return instant(found, None).replace(microsecond=0)
    return None


def _recurrence(found: object) -> Json | None:
    """Return the pattern and the range of a series, as far as the documentation knows them.

    Source: https://learn.microsoft.com/graph/api/resources/patternedrecurrence
    """
    if not _is_object(found):
        return None
    pattern, limits = found.get("pattern"), found.get("range")
    return {
        "pattern": {name: _storable(pattern.get(name)) for name in PATTERN_FIELDS} if _is_object(pattern) else {},
        "range": {name: _storable(limits.get(name)) for name in RANGE_FIELDS} if _is_object(limits) else {},
    }


def _storable(value: object) -> object:
    """Return a number, a text, or a list of texts that can be stored; None for anything else."""
    if isinstance(value, list):
        return [storable_text(each) for each in value]
    return storable_text(value) if isinstance(value, str) else value if isinstance(value, int) else None


def _reservation_id(found: GraphEvent) -> UUID | None:
    for extended in found.get("singleValueExtendedProperties") or ():
        if extended["id"].lower() == RESERVATION_PROPERTY.lower():
            try:
                return UUID(extended.get("value") or "")
            except ValueError:
                return None
    return None
