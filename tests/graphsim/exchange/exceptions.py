"""Exceptions: what single dates of a series have of their own, beside the pattern.

An exception keeps what was changed on its date; whatever was not follows the series. A date that is deleted keeps how
it was last. Both are by original date, and a change of the pattern or the times drops them.

Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (sections 2.2.10 and 3.1.4.6.2)
Source: https://learn.microsoft.com/en-us/graph/api/event-update
"""

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from tests.graphsim.exchange import occurrences
from tests.graphsim.exchange.stored_event import (
    MeetingDetails,
    OwnParts,
    RecordedAnswer,
    StoredAttendee,
    StoredEvent,
    StoredSeries,
)
from tests.graphsim.exchange.timezones import zone
from tests.graphsim.refusals import CallRefused

UNANSWERED = RecordedAnswer("notResponded")


def grow(event: StoredEvent) -> StoredEvent:
    """Return the event as something that can be changed: an occurrence becomes an exception of its series."""
    master, original = event.master, event.original
    if master is None or original is None or event.own is not None:
        return event
    grown = replace(event, own=OwnParts(), extended=dict(event.extended), rendered={})
    master.series.exceptions[original.day] = grown
    return grown


def take_details(event: StoredEvent, details: MeetingDetails) -> None:
    """Give the event these details; of an exception, those that differ from its series are its own."""
    event.details = details
    if event.own is not None and event.master is not None and event.original is not None:
        plain = occurrences.compute(event.master, event.original).details
        event.own.details = {name for name in _NAMES if getattr(details, name) != getattr(plain, name)}


def take_attendees(event: StoredEvent, rows: tuple[StoredAttendee, ...]) -> None:
    """Give the event this list; that of an exception is its own if it names others than the series."""
    event.attendees = rows
    if event.own is not None and event.master is not None and _named(rows) != _named(event.master.attendees):
        event.own.parts.add("attendees")


def set_own(event: StoredEvent, **parts: Any) -> None:
    """Set attributes of the copy, on an exception for its date alone."""
    for name, value in parts.items():
        setattr(event, name, value)
    if event.own is not None:
        event.own.parts |= parts.keys()


def carry_over(master: StoredEvent) -> list[StoredEvent]:
    """Bring every exception in step with its series where it has nothing of its own; returns them."""
    for day, each in master.series.exceptions.items():
        slot = occurrences.expansion(master).on(day)
        if each.own is not None and slot is not None:
            _follow(master, each, occurrences.compute(master, slot), each.own)
    return list(master.series.exceptions.values())


def _follow(master: StoredEvent, each: StoredEvent, plain: StoredEvent, own: OwnParts) -> None:
    each.master, each.series = master, master.series
    each.immutable_id, each.default_id, each.ical_uid = plain.immutable_id, plain.default_id, plain.ical_uid
    each.original, each.is_hidden = plain.original, plain.is_hidden
    each.details = replace(plain.details, **{name: getattr(each.details, name) for name in own.details})
    each.attendees = _rows(master, each, own)
    each.is_cancelled = master.is_cancelled or (each.is_cancelled and "is_cancelled" in own.parts)
    if "answer" not in own.parts:
        each.answer = master.answer
    if "shows_as" not in own.parts:
        is_plain = master.is_organizer or each.answer.response == "accepted"
        each.shows_as = each.details.shows_as if is_plain and not each.is_cancelled else master.shows_as
    each.rendered.clear()


def _rows(master: StoredEvent, exception: StoredEvent, own: OwnParts) -> tuple[StoredAttendee, ...]:
    """Who is asked on this date, each with the answer to it, or else to the series."""
    before = {row.key: row for row in exception.attendees}
    series = {row.key: row for row in master.attendees}
    listed = exception.attendees if "attendees" in own.parts else master.attendees
    answers = {**before, **{key: row for key, row in series.items() if key not in own.answered or key not in before}}
    return tuple(
        replace(answers[row.key], person=row.person, kind=row.kind) if row.key in answers else row for row in listed
    )


def delete(occurrence: StoredEvent, at: datetime) -> None:
    """Take one date out of its series; how it was stays known."""
    assert occurrence.original is not None, "only an occurrence has a date to delete"
    day = occurrence.original.day
    occurrence.deleted_at = at
    occurrence.series.exceptions.pop(day, None)
    occurrence.series.deleted[day] = occurrence


def restore(master: StoredEvent, day: date) -> StoredEvent | None:
    """Put a deleted date back, unanswered, as an exception; None if the series has no such date.

    Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.7.4.1)
    """
    gone = master.series.deleted.pop(day, None)
    plain = occurrences.at(master, day)
    if gone is None or plain is None:
        return None
    back = grow(plain)
    set_own(back, answer=UNANSWERED, shows_as="tentative", is_cancelled=False)
    return back


def drop(master: StoredEvent, before: MeetingDetails, *, keeps_those_in_range: bool) -> list[StoredEvent]:
    """Drop what single dates had of their own, after the times or the recurrence have changed; ids change with it.

    `keeps_those_in_range`: unless the recurrence only goes on for longer or shorter than before. Returns the
    exceptions that are no more.
    Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/4b92fb85-db55-4251-8e81-e319361218e1
    """
    series, dropped = master.series, dict(master.series.exceptions)
    if keeps_those_in_range and _differs_in_range_only(before, master.details):
        pattern = occurrences.expansion(master)
        series.exceptions = {day: each for day, each in series.exceptions.items() if pattern.on(day)}
        series.deleted = {day: each for day, each in series.deleted.items() if pattern.on(day)}
        return [each for day, each in dropped.items() if day not in series.exceptions]
    series.exceptions.clear()
    series.deleted.clear()
    series.generation += 1
    return list(dropped.values())


def _differs_in_range_only(before: MeetingDetails, after: MeetingDetails) -> bool:
    if before.recurrence is None or after.recurrence is None:
        return False
    starts = [
        (each["pattern"], each["range"]["startDate"], each["range"]["recurrenceTimeZone"])
        for each in (before.recurrence, after.recurrence)
    ]
    return starts[0] == starts[1] and before.significant[:3] == after.significant[:3]


def copied(series: StoredSeries) -> StoredSeries:
    """The same for another copy of the series, which nothing done to the first one changes."""
    return StoredSeries(
        generation=series.generation,
        exceptions={
            day: replace(each, own=_copied(each.own), extended=dict(each.extended), rendered={})
            for day, each in series.exceptions.items()
        },
        deleted=dict(series.deleted),
        has_dated_uids=series.has_dated_uids,
    )


def _copied(own: OwnParts | None) -> OwnParts | None:
    return own and OwnParts(set(own.details), set(own.parts), set(own.answered))


def highest_sequence(master: StoredEvent) -> int:
    """The highest sequence that any message about the series or one of its dates has had."""
    dates = (*master.series.exceptions.values(), *master.series.deleted.values())
    return max(master.sequence, *(each.sequence for each in dates)) if dates else master.sequence


def check_boundary(occurrence: StoredEvent, details: MeetingDetails) -> None:
    """Refuse a time that is on, before or after the day of a neighbour, or overlaps it.

    A neighbour that was moved counts where it is; one that was deleted still keeps its day.
    Source: https://learn.microsoft.com/en-us/graph/api/event-update
    Source: https://github.com/phw198/OutlookGoogleCalendarSync (its advice where Outlook refuses one: deleted ones too)
    """
    master, original = occurrence.master, occurrence.original
    if master is None or original is None or details.significant == occurrence.details.significant:
        return
    day = _local_day(master, details)
    before, after = (
        None if slot is None else (master.series.exceptions.get(slot.day) or occurrences.compute(master, slot)).details
        for slot in occurrences.expansion(master).beside(original.day)
    )
    is_early = before is not None and (day <= _local_day(master, before) or details.start < before.end)
    is_late = after is not None and (day >= _local_day(master, after) or details.end > after.start)
    if is_early or is_late:
        raise CallRefused(
            400,
            "ErrorOccurrenceCrossingBoundary",
            "Modified occurrence is crossing or overlapping adjacent occurrence.",
        )


def _local_day(master: StoredEvent, details: MeetingDetails) -> date:
    if details.is_all_day or master.details.recurrence is None:
        return details.start.date()
    return details.start.astimezone(zone(master.details.recurrence["range"]["recurrenceTimeZone"])).date()


def _named(rows: tuple[StoredAttendee, ...]) -> list[tuple[str, str]]:
    return [(row.key, row.kind) for row in rows]


_NAMES = [each.name for each in fields(MeetingDetails)]
