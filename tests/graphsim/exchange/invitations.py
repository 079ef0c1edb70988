"""Who is on the list of a meeting, and the messages that go to them: about a meeting, a series, or one of its dates.

After an update of a series goes one message for each coming date that is not like the others: those who are not asked
on it hear that it is off for them, and so does everybody where it was deleted.

Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/4b92fb85-db55-4251-8e81-e319361218e1
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/2ae20b1f-9889-4eb3-a9fc-fbf9c9b9ff7e
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tests.graphsim.exchange.mail import MeetingMessage
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import RecordedAnswer, StoredAttendee, StoredEvent
from tests.graphsim.exchange.world import World

Rows = tuple[StoredAttendee, ...]


def mail(
    world: World,
    mailbox: SimulatedMailbox,
    event: StoredEvent,
    kind: str,
    rows: Iterable[StoredAttendee],
    *,
    comment: str | None = None,
) -> None:
    """Send a message about the event as it is now to everybody in `rows` but the organizer."""
    attendees = unanswered(event.attendees)
    for row in rows:
        if row.key == mailbox.address:
            continue
        world.send(
            MeetingMessage(
                kind=kind,
                sender=mailbox.person,
                to=row.person,
                organizer=event.organizer,
                ical_uid=event.clean_uid,
                details=event.details,
                sent_at=world.clock(),
                attendees=attendees,
                sequence=event.sequence,
                revision=event.revision,
                extended=dict(event.extended),
                comment=comment,
                original=event.original,
            )
        )


def mail_dates(world: World, mailbox: SimulatedMailbox, master: StoredEvent, kind: str, rows: Rows) -> None:
    """Tell those who were told of the series of its coming dates that are not like the others."""
    told = {row.key for row in rows}
    for each in _coming(world, master.series.exceptions.values()):
        listed = {row.key for row in each.attendees}
        if not _is_told_of(world, each):
            continue
        each.revision = master.revision
        mail(world, mailbox, each, "cancellation", (row for row in rows if row.key not in listed))
        mail(world, mailbox, each, kind, (row for row in each.attendees if row.key in told))
    for each in _coming(world, master.series.deleted.values()):
        mail(world, mailbox, each, "cancellation", rows)


def _is_told_of(world: World, exception: StoredEvent) -> bool:
    """Whether the date differs in more than in what somebody answered to it."""
    own = exception.own
    is_changed = own is not None and bool(own.details or "attendees" in own.parts)
    return is_changed or world.options.series_update_restores_declined


def cancel_dates(
    world: World,
    mailbox: SimulatedMailbox,
    exceptions: Iterable[StoredEvent],
    only: frozenset[str] | None = None,
    comment: str | None = None,
) -> None:
    """Call off each coming exception to those who are asked on it, or to those of `only` among them."""
    for each in _coming(world, exceptions):
        each.sequence += 1
        gone = [row for row in each.attendees if only is None or row.key in only]
        mail(world, mailbox, each, "cancellation", gone, comment=comment)
        if only is not None:
            each.attendees = tuple(row for row in each.attendees if row.key not in only)


def _coming(world: World, dates: Iterable[StoredEvent]) -> list[StoredEvent]:
    """Those that have not begun, by their original dates."""
    now = world.clock()
    return sorted((each for each in dates if each.details.start >= now), key=_original_start)


def _original_start(occurrence: StoredEvent) -> datetime:
    return occurrence.details.start if occurrence.original is None else occurrence.original.start


def unanswered(rows: Rows) -> Rows:
    """The list without what anybody answered."""
    return tuple(replace(row, answer=RecordedAnswer(), proposed=None) for row in rows)


def keeping_answers(rows: Rows, wanted: Rows, revision: int) -> Rows:
    """The wanted list, in which those who were there before keep their answers, and the others are asked now."""
    known = {row.key: row for row in rows}
    return tuple(
        replace(known[row.key], person=row.person, kind=row.kind)
        if row.key in known
        else replace(row, asked_in=revision)
        for row in wanted
    )


def named(world: World, rows: Rows) -> Rows:
    """Give each attendee the name that the directory has, where the caller gave none."""
    return tuple(
        replace(row, person=replace(row.person, name=world.mailboxes[row.key].display_name))
        if row.person.name in {"", row.person.address} and row.key in world.mailboxes
        else row
        for row in rows
    )
