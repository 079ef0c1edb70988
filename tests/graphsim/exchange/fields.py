"""What a caller sets of an event, and how it goes together with what the event has.

Source: https://learn.microsoft.com/en-us/graph/api/event-update
"""

from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any

from tests.graphsim.exchange import recurrence, timezones
from tests.graphsim.exchange.expansion import Expansion
from tests.graphsim.exchange.stored_event import Json, MeetingDetails, StoredAttendee
from tests.graphsim.exchange.timezones import LocalTime
from tests.graphsim.refusals import CallRefused, invalid_property, invalid_request


@dataclass(slots=True)
class EventFields:
    """What a caller sets; absent means unchanged.

    `details` and `local` hold replacements by attribute name.
    """

    details: dict[str, Any] = field(default_factory=dict)
    local: dict[str, Any] = field(default_factory=dict)
    start: LocalTime | None = None
    end: LocalTime | None = None
    attendees: tuple[StoredAttendee, ...] | None = None
    extended: dict[str, str] = field(default_factory=dict)
    transaction_id: str | None = None

    @property
    def shows_as(self) -> str | None:
        return self.details.get("shows_as")


def settle(before: MeetingDetails | None, fields: EventFields) -> MeetingDetails:
    """Bring the new times and the old ones together and check them as a whole."""
    if before is None and (fields.start is None or fields.end is None):
        raise invalid_property("The properties 'start' and 'end' are required.")
    is_all_day = fields.details.get("is_all_day", before.is_all_day if before else False)
    changes = dict(fields.details)
    if before is None or fields.start or fields.end or is_all_day != before.is_all_day:
        start = fields.start or _wall(before, "start")
        end = fields.end or _wall(before, "end")
        changes |= _times(start, end, is_all_day=is_all_day)
    details = replace(before, **changes) if before else MeetingDetails(**changes)
    if details.end < details.start:
        raise invalid_property("The end of the event is before its start.")
    if details.recurrence is None:
        return details
    return _recurring(details, follows_start=fields.start is not None and "recurrence" not in fields.details)


def _recurring(details: MeetingDetails, *, follows_start: bool) -> MeetingDetails:
    """Bring the times and the recurrence of a series together: it starts with its first occurrence.

    A recurrence that names no zone is in the event's, and so is one whose event was moved without it (`follows_start`),
    which begins on the day of the new start.
    Source: https://learn.microsoft.com/en-us/graph/outlook-schedule-recurring-events (the first occurrence may be later
    than startDate)
    """
    rule = recurrence.in_zone(details.recurrence or {}, details.start_zone)
    if follows_start:
        first = _wall(details, "start").wall.date()
        changed = {"startDate": first.isoformat(), "recurrenceTimeZone": details.start_zone}
        rule = rule | {"range": rule["range"] | changed}
    slot = Expansion(rule, details.start, details.end, is_all_day=details.is_all_day).first()
    if slot is None:
        raise CallRefused(
            400, "ErrorRecurrenceHasNoOccurrence", "The recurrence has no occurrence in the range that it names."
        )
    rule = rule | {"range": rule["range"] | {"startDate": slot.day.isoformat()}}
    return replace(details, start=slot.start, end=slot.end, recurrence=rule)


def _times(start: LocalTime, end: LocalTime, *, is_all_day: bool) -> Json:
    if not is_all_day:
        return {"start": start.instant, "end": end.instant, "start_zone": start.zone, "end_zone": end.zone}
    days = [each.wall.replace(tzinfo=UTC) for each in (start, end)]
    if start.zone != end.zone or not all(timezones.is_midnight(day) for day in days) or days[0] == days[1]:
        raise invalid_request(
            "An all-day event must start and end at midnight in the same time zone, and last at least a day."
        )
    return {"start": days[0], "end": days[1], "start_zone": start.zone, "end_zone": end.zone}


def _wall(details: MeetingDetails | None, edge: str) -> LocalTime:
    """The wall time that an event has now, in the zone it was written in."""
    if details is None:
        raise invalid_property(f"The property '{edge}' is required.")
    moment, zone = getattr(details, edge), getattr(details, f"{edge}_zone")
    local = moment if details.is_all_day else moment.astimezone(timezones.zone(zone))
    return LocalTime(local.replace(tzinfo=None), zone)
