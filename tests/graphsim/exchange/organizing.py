"""What an organizer does with a meeting, and the messages that go out for it.

Whoever owns the calendar is the organizer, whatever a body says. Mail goes to those concerned only: new attendees are
invited, dropped ones get a cancellation, the others hear of it when something they see has changed.

Source: https://learn.microsoft.com/en-us/graph/api/event-update
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (sections 3.1.4.7.3, 3.1.4.9.1)
"""

from collections.abc import Iterable
from dataclasses import replace

from tests.graphsim.exchange.fields import EventFields, settle
from tests.graphsim.exchange.mail import MeetingMessage
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import MeetingDetails, RecordedAnswer, StoredAttendee, StoredEvent
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused, invalid_request


def create(world: World, mailbox: SimulatedMailbox, fields: EventFields) -> StoredEvent:
    """Put an event on the calendar and invite its attendees; a transaction id seen before creates nothing."""
    details = world.as_stored(settle(None, fields))
    transaction_id = fields.transaction_id
    attendees = _named(world, fields.attendees or ())
    earlier = None if transaction_id is None else mailbox.transactions.get(transaction_id)
    if earlier is not None:
        return _repeated(world, earlier, details, attendees)
    event = StoredEvent(
        immutable_id=world.ids.immutable(),
        default_id=world.ids.default(),
        ical_uid=world.ids.ical_uid(),
        organizer=mailbox.person,
        is_organizer=True,
        details=details,
        created_at=world.clock(),
        attendees=attendees,
        answer=RecordedAnswer("organizer"),
        shows_as=details.shows_as,
        transaction_id=transaction_id,
        extended=dict(fields.extended),
    )
    event.is_meeting = bool(event.attendees)
    _set_local(event, fields)
    if transaction_id is not None:
        mailbox.note_transaction(transaction_id, event)
    world.write(mailbox, event, "created")
    _mail(world, mailbox, event, "request", event.attendees)
    return event


def _repeated(
    world: World, earlier: StoredEvent, details: MeetingDetails, attendees: tuple[StoredAttendee, ...]
) -> StoredEvent:
    """Refuse a transaction id that was used before; set to 201, only with a body other than then.

    How Graph answers the same body again is undocumented, and what it answers to another was seen in the wild.
    Source: https://github.com/alcionai/corso/issues/2490
    """
    status = world.options.duplicate_transaction_status
    is_same = (earlier.details, {row.key for row in earlier.attendees}) == (details, {row.key for row in attendees})
    if status == 201 and is_same and earlier.deleted_at is None:
        return earlier
    raise CallRefused(
        409 if status == 201 else status,
        "ErrorDuplicateTransactionId",
        "The TransactionId specified in the request has already been used to create a different event.",
        extra={"@event.existingEventId": earlier.default_id},
    )


def update(world: World, mailbox: SimulatedMailbox, event: StoredEvent, fields: EventFields) -> None:
    """Change an event; on an attendee's copy the change stays there, until the organizer's next update."""
    if fields.transaction_id is not None and fields.transaction_id != event.transaction_id:
        raise invalid_request("The property 'transactionId' cannot be changed after the event was created.")
    details = world.as_stored(settle(event.details, fields))
    _set_local(event, fields)
    event.extended.update(fields.extended)
    if not event.is_organizer:
        if fields.shows_as is not None:
            event.shows_as = fields.shows_as
        event.details = replace(details, shows_as=event.details.shows_as)
        world.write(mailbox, event)
        return
    before, rows = event.details, event.attendees
    event.revision += 1
    event.details, event.shows_as = details, details.shows_as
    if fields.attendees is not None:
        event.attendees = _named(world, _keeping_answers(rows, fields.attendees, event.revision))
    if details.significant != before.significant:
        event.sequence += 1
        if details.response_requested:
            event.attendees = tuple(replace(row, answer=RecordedAnswer(), proposed=None) for row in event.attendees)
    event.is_meeting = event.is_meeting or bool(event.attendees)
    _announce(world, mailbox, event, rows, has_changed=details != before)


def _announce(
    world: World,
    mailbox: SimulatedMailbox,
    event: StoredEvent,
    rows: tuple[StoredAttendee, ...],
    *,
    has_changed: bool,
) -> None:
    """Store the update and mail those whom it concerns."""
    invited = {row.key for row in rows}
    remaining = {row.key for row in event.attendees}
    dropped = [row for row in rows if row.key not in remaining]
    event.dropped = (event.dropped | {row.key for row in dropped}) - remaining
    world.write(mailbox, event)
    _mail(world, mailbox, event, "cancellation", dropped)
    if has_changed:
        _mail(world, mailbox, event, "update", (row for row in event.attendees if row.key in invited))
    _mail(world, mailbox, event, "request", (row for row in event.attendees if row.key not in invited))


def cancel(world: World, mailbox: SimulatedMailbox, event: StoredEvent, comment: str | None) -> None:
    """Call the meeting off with a word to everybody; only its organizer may."""
    if not event.is_organizer:
        raise invalid_request("Your request can't be completed. You need to be an organizer to cancel a meeting.")
    delete(world, mailbox, event, comment)


def delete(world: World, mailbox: SimulatedMailbox, event: StoredEvent, comment: str | None = None) -> None:
    """Take the event away: the organizer's own with cancellations to all, an attendee's copy silently."""
    world.remove(mailbox, event)
    if event.is_organizer:
        event.sequence += 1
        event.revision += 1
        _mail(world, mailbox, event, "cancellation", event.attendees, comment=comment)


def _mail(
    world: World,
    mailbox: SimulatedMailbox,
    event: StoredEvent,
    kind: str,
    rows: Iterable[StoredAttendee],
    *,
    comment: str | None = None,
) -> None:
    attendees = tuple(replace(row, answer=RecordedAnswer(), proposed=None) for row in event.attendees)
    for row in rows:
        if row.key == mailbox.address:
            continue
        world.send(
            MeetingMessage(
                kind=kind,
                sender=mailbox.person,
                to=row.person,
                organizer=event.organizer,
                ical_uid=event.ical_uid,
                details=event.details,
                sent_at=world.clock(),
                attendees=attendees,
                sequence=event.sequence,
                revision=event.revision,
                extended=dict(event.extended),
                comment=comment,
            )
        )


def _set_local(event: StoredEvent, fields: EventFields) -> None:
    """Apply what never leaves this copy."""
    for name, value in fields.local.items():
        setattr(event, name, value)


def _keeping_answers(
    rows: tuple[StoredAttendee, ...], wanted: tuple[StoredAttendee, ...], revision: int
) -> tuple[StoredAttendee, ...]:
    """The wanted list, in which those who were there before keep their answers, and the others are asked now."""
    known = {row.key: row for row in rows}
    return tuple(
        replace(known[row.key], person=row.person, kind=row.kind)
        if row.key in known
        else replace(row, asked_in=revision)
        for row in wanted
    )


def _named(world: World, rows: tuple[StoredAttendee, ...]) -> tuple[StoredAttendee, ...]:
    """Give each attendee the name that the directory has, where the caller gave none."""
    return tuple(
        replace(row, person=replace(row.person, name=world.mailboxes[row.key].display_name))
        if row.person.name in {"", row.person.address} and row.key in world.mailboxes
        else row
        for row in rows
    )
