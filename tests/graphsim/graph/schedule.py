"""Free and busy times of several mailboxes at once.

What is wrong with one address stands in its own row; the answer as a whole is still a 200.

Source: https://learn.microsoft.com/en-us/graph/api/calendar-getschedule
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.graphsim.exchange import occurrences
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json, StoredEvent
from tests.graphsim.exchange.timezones import wall_time
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.requests import named
from tests.graphsim.graph.times import local_time
from tests.graphsim.refusals import CallRefused, invalid_request, unreadable_body

MOST_ADDRESSES = 100
LONGEST_PERIOD = timedelta(days=62)
MOST_ENTRIES = 1000
DIGITS = {"free": 0, "workingElsewhere": 0, "unknown": 0, "tentative": 1, "busy": 2, "oof": 3}


@dataclass(frozen=True, slots=True)
class ScheduleRequest:
    """Whose time is asked for, from when to when, in slots of what length."""

    schedules: tuple[str, ...]
    start: datetime
    end: datetime
    interval: timedelta


def read_request(body: Json) -> ScheduleRequest:
    """Read and check the action's parameters."""
    schedules = named(body, "schedules")
    if not isinstance(schedules, list) or not all(isinstance(each, str) for each in schedules):
        raise unreadable_body("The parameter 'schedules' must be an array of addresses.")
    if len(schedules) > MOST_ADDRESSES:
        raise CallRefused(400, "ErrorMailboxDataArrayTooBig", f"At most {MOST_ADDRESSES} addresses can be asked for.")
    start, end = (local_time(name, named(body, name)).instant for name in ("startTime", "endTime"))
    if end <= start:
        raise invalid_request("The end time must be after the start time.")
    if end - start > LONGEST_PERIOD:
        raise CallRefused(400, "ErrorTimeIntervalTooBig", "The requested period is longer than 62 days.")
    minutes = named(body, "availabilityViewInterval")
    minutes = 30 if minutes is None else minutes
    if not isinstance(minutes, int) or not 5 <= minutes <= 1440:
        raise CallRefused(400, "ErrorInvalidMergedFreeBusyInterval", "The interval must be from 5 to 1440 minutes.")
    return ScheduleRequest(tuple(schedules), start, end, timedelta(minutes=minutes))


def of_address(world: World, address: str, asked: ScheduleRequest) -> Json:
    """One row of the answer."""
    mailbox = world.mailboxes.get(address.lower())
    if mailbox is None:
        return _failed(address, "ErrorMailRecipientNotFound", f"The recipient '{address}' could not be resolved.")
    day = timedelta(days=1)
    near = occurrences.in_window(mailbox, asked.start - day, asked.end + day)
    held = [event for event in near if _is_within(event, asked)]
    if len(held) > MOST_ENTRIES:
        return _failed(address, "5006", "The result set contains too many calendar entries.")
    return {
        "scheduleId": address,
        "availabilityView": _availability(held, asked),
        "scheduleItems": [_item(event) for event in held],
        "workingHours": working_hours(mailbox),
    }


def _failed(address: str, code: str, message: str) -> Json:
    return {
        "scheduleId": address,
        "availabilityView": "",
        "scheduleItems": [],
        "error": {"responseCode": code, "message": message},
    }


def _is_within(event: StoredEvent, asked: ScheduleRequest) -> bool:
    start, end = event.details.occupied
    return start < asked.end and asked.start < end


def _availability(events: list[StoredEvent], asked: ScheduleRequest) -> str:
    """One digit for each slot: the busiest that lies in it."""
    slots = [0] * -(-(asked.end - asked.start) // asked.interval)
    for event in events:
        start, end = event.details.occupied
        first = max(0, (start - asked.start) // asked.interval)
        last = min(len(slots), -(-(end - asked.start) // asked.interval))
        for index in range(first, last):
            slots[index] = max(slots[index], DIGITS[event.shows_as])
    return "".join(map(str, slots))


def _item(event: StoredEvent) -> Json:
    start, end = ({"dateTime": wall_time(each, "UTC"), "timeZone": "UTC"} for each in event.details.occupied)
    is_private = event.details.sensitivity in {"private", "confidential"}
    item: Json = {"isPrivate": is_private, "status": event.shows_as, "start": start, "end": end}
    if not is_private:
        item["subject"] = event.details.subject
        item["location"] = "; ".join(each.get("displayName") or "" for each in event.details.locations)
    return item


def working_hours(mailbox: SimulatedMailbox) -> Json:
    """Monday to Friday from eight to five, as for every fresh mailbox."""
    return {
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": {"name": mailbox.time_zone},
    }
