"""The occurrences of a series, computed from its master, and calendars as they look with every series expanded.

An occurrence is an event of its own to look at; its ids derive from the master's and from its day.

Source: https://learn.microsoft.com/en-us/graph/outlook-schedule-recurring-events
Source: https://learn.microsoft.com/en-us/graph/api/event-list-instances
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tests.graphsim.exchange import recurrence
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.exchange.timezones import zone
from tests.graphsim.refusals import item_not_found

OF_A_DAY = re.compile(r"(.+)OCC(\d{8})\Z")


def find(mailbox: SimulatedMailbox, event_id: str) -> StoredEvent:
    """Find an event or one occurrence by id; 404 if the mailbox has no such thing."""
    match = OF_A_DAY.match(event_id)
    if match is None:
        return mailbox.event(event_id)
    master = mailbox.event(match[1])
    try:
        day = date.fromisoformat(match[2])
    except ValueError as wrong:
        raise item_not_found() from wrong
    if not master.is_series or day not in recurrence.days(master.details.recurrence or {}, day + timedelta(days=1)):
        raise item_not_found()
    return _occurrence(master, day)


def in_window(mailbox: SimulatedMailbox, start: datetime, end: datetime) -> list[StoredEvent]:
    """Live events that overlap the window, series as their occurrences, by start."""
    found: list[StoredEvent] = []
    has_series = False
    for event in mailbox.ordered():
        if event.is_series:
            has_series = True
            found.extend(of_series(event, start, end))
        elif overlaps(event, start, end):
            found.append(event)
    return sorted(found, key=lambda event: event.details.start) if has_series else found


def of_series(master: StoredEvent, start: datetime, end: datetime) -> Iterator[StoredEvent]:
    """The occurrences of one series that overlap the window, in order."""
    # A day's margin, since the days are those of the series' zone and the window is in UTC.
    last = end.date() + timedelta(days=2)
    for day in recurrence.days(master.details.recurrence or {}, last):
        occurrence = _occurrence(master, day)
        if overlaps(occurrence, start, end):
            yield occurrence


def overlaps(event: StoredEvent, start: datetime, end: datetime) -> bool:
    """Whether the event takes some of the half-open window; one of no length counts where it lies."""
    details = event.details
    return details.start < end and (details.end > start or details.start == details.end >= start)


def _occurrence(master: StoredEvent, day: date) -> StoredEvent:
    known = master.occurrences.get(day)
    if known is None:
        known = master.occurrences[day] = _make(master, day)
    return known


def _make(master: StoredEvent, day: date) -> StoredEvent:
    """One occurrence at the master's wall time on that day: its distance from UTC changes with daylight saving."""
    details = master.details
    local = UTC if details.is_all_day else zone(details.start_zone)
    first = details.start.astimezone(local)
    length = details.end.astimezone(local).replace(tzinfo=None) - first.replace(tzinfo=None)
    start = datetime.combine(day, first.time(), tzinfo=local)
    end = (start.replace(tzinfo=None) + length).replace(tzinfo=local)
    return replace(
        master,
        immutable_id=f"{master.immutable_id}OCC{day:%Y%m%d}",
        default_id=f"{master.default_id}OCC{day:%Y%m%d}",
        details=replace(details, start=start.astimezone(UTC), end=end.astimezone(UTC), recurrence=None),
        master=master,
        transaction_id=None,
        occurrences={},
        rendered={},
    )
