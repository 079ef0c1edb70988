"""The occurrences of a series, computed from its master, and calendars as they look with every series expanded.

An occurrence is an event of its own to look at; its ids derive from the master's and from its day.

Source: https://learn.microsoft.com/en-us/graph/outlook-schedule-recurring-events
Source: https://learn.microsoft.com/en-us/graph/api/event-list-instances
"""

from dataclasses import replace
from datetime import date, datetime

from tests.graphsim.exchange import ids
from tests.graphsim.exchange.expansion import Expansion, OccurrenceSlot
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import MeetingDetails, StoredEvent
from tests.graphsim.refusals import item_not_found


def find(mailbox: SimulatedMailbox, event_id: str) -> StoredEvent:
    """Find an event or one occurrence by id; 404 if the mailbox has no such thing."""
    named = ids.read_occurrence_id(event_id)
    if named is None:
        return mailbox.event(event_id)
    master_id, generation, day = named
    master = mailbox.event(master_id)
    occurrence = at(master, day) if generation == master.series.generation else None
    if occurrence is None:
        raise item_not_found()
    return occurrence


def at(master: StoredEvent, day: date) -> StoredEvent | None:
    """The occurrence or exception whose original date is `day`, if the series has one, and it is not deleted."""
    if not master.is_series or day in master.series.deleted:
        return None
    slot = expansion(master).on(day)
    return None if slot is None else master.series.exceptions.get(day) or _occurrence(master, slot)


def again(event: StoredEvent) -> StoredEvent | None:
    """The event as it is by now; None if it is gone."""
    if event.master is None or event.original is None:
        return None if event.deleted_at is not None else event
    current = None if event.master.deleted_at is not None else at(event.master, event.original.day)
    # Under another pattern it is another occurrence, even on the same day.
    return current if current is not None and current.immutable_id == event.immutable_id else None


def in_window(mailbox: SimulatedMailbox, start: datetime, end: datetime) -> list[StoredEvent]:
    """Live events that overlap the window, series as their occurrences, by start."""
    found: list[StoredEvent] = []
    has_series = False
    for event in mailbox.ordered():
        if event.is_series:
            has_series = True
            found += of_series(event, start, end)
        elif overlaps(event, start, end):
            found.append(event)
    return sorted(found, key=_start) if has_series else found


def of_series(master: StoredEvent, start: datetime, end: datetime) -> list[StoredEvent]:
    """The occurrences of one series that overlap the window, in order; exceptions where they are now."""
    series = master.series
    slots = (slot for slot in expansion(master).between(start, end) if _touches(slot, start, end))
    if not series.exceptions and not series.deleted:
        return [_occurrence(master, slot) for slot in slots]
    plain = (slot for slot in slots if slot.day not in series.exceptions and slot.day not in series.deleted)
    found = [_occurrence(master, slot) for slot in plain]
    found += [each for each in series.exceptions.values() if overlaps(each, start, end)]
    return sorted(found, key=_start)


def expansion(master: StoredEvent) -> Expansion:
    """The slots of a series, computed once for as long as its times are the same."""
    details, known = master.details, master.series.expansion
    rule, start, end, is_all_day = details.recurrence, details.start, details.end, details.is_all_day
    if known is None or not known.matches(rule, start, end, is_all_day=is_all_day):
        known = master.series.expansion = Expansion(rule or {}, start, end, is_all_day=is_all_day)
    return known


def overlaps(event: StoredEvent, start: datetime, end: datetime) -> bool:
    """Whether the event takes some of the half-open window; one of no length counts where it lies."""
    return _touches(event.details, start, end)


def _touches(held: MeetingDetails | OccurrenceSlot, start: datetime, end: datetime) -> bool:
    return held.start < end and (held.end > start or held.start == held.end >= start)


def _start(event: StoredEvent) -> datetime:
    return event.details.start


def _occurrence(master: StoredEvent, slot: OccurrenceSlot) -> StoredEvent:
    known = master.series.computed.get(slot.day)
    if known is None:
        known = master.series.computed[slot.day] = compute(master, slot)
    return known


def compute(master: StoredEvent, slot: OccurrenceSlot) -> StoredEvent:
    """The occurrence of a slot as it is where nothing but its times is its own."""
    series = master.series
    return replace(
        master,
        immutable_id=ids.of_occurrence(master.immutable_id, series.generation, slot.day),
        default_id=ids.of_occurrence(master.default_id, series.generation, slot.day),
        ical_uid=ids.dated_uid(master.ical_uid, slot.day) if series.has_dated_uids else master.ical_uid,
        details=replace(master.details, start=slot.start, end=slot.end, recurrence=None),
        master=master,
        original=slot,
        transaction_id=None,
        rendered={},
    )
