"""What an organizer does with a meeting, and the messages that go out for it.

Whoever owns the calendar is the organizer, whatever a body says. Mail goes to those concerned only: new attendees are
invited, dropped ones get a cancellation, the others hear of it when something they see has changed.

Source: https://learn.microsoft.com/en-us/graph/api/event-update
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (sections 3.1.4.7.3, 3.1.4.9.1)
"""

from dataclasses import replace

from tests.graphsim.exchange import exceptions, invitations
from tests.graphsim.exchange.fields import EventFields, settle
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import MeetingDetails, RecordedAnswer, StoredAttendee, StoredEvent
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused, invalid_request


def create(world: World, mailbox: SimulatedMailbox, fields: EventFields) -> StoredEvent:
    """Put an event on the calendar and invite its attendees; a transaction id seen before creates nothing."""
    details = world.as_stored(settle(None, fields))
    transaction_id = fields.transaction_id
    attendees = invitations.named(world, fields.attendees or ())
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
    invitations.mail(world, mailbox, event, "request", event.attendees)
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


def update(world: World, mailbox: SimulatedMailbox, event: StoredEvent, fields: EventFields) -> StoredEvent:
    """Change an event, or one date of a series, and return it as it is then.

    On an attendee's copy the change stays there, until the organizer's next update.
    """
    if fields.transaction_id is not None and fields.transaction_id != event.transaction_id:
        raise invalid_request("The property 'transactionId' cannot be changed after the event was created.")
    details = world.as_stored(settle(event.details, fields))
    if event.master is not None and details.recurrence is not None:
        raise invalid_request("The property 'recurrence' cannot be set on one occurrence of a series.")
    exceptions.check_boundary(event, details)
    event = exceptions.grow(event)
    _set_local(event, fields)
    event.extended.update(fields.extended)
    if event.is_organizer:
        _change_meeting(world, mailbox, event, details, fields.attendees)
        return event
    if fields.shows_as is not None:
        exceptions.set_own(event, shows_as=fields.shows_as)
    before = event.details
    exceptions.take_details(event, replace(details, shows_as=before.shows_as))
    if event.details.significant != before.significant and event.master is None:
        exceptions.drop(event, before, keeps_those_in_range=False)
    world.write(mailbox, event)
    return event


def _change_meeting(
    world: World,
    mailbox: SimulatedMailbox,
    event: StoredEvent,
    details: MeetingDetails,
    wanted: tuple[StoredAttendee, ...] | None,
) -> None:
    """Change what the organizer decides; a new time or recurrence takes every answer back, and drops exceptions."""
    before, rows = event.details, event.attendees
    _count_revision(event)
    exceptions.take_details(event, details)
    event.shows_as = details.shows_as
    if wanted is not None:
        listed = invitations.named(world, invitations.keeping_answers(rows, wanted, event.revision))
        exceptions.take_attendees(event, listed)
    if details.significant != before.significant:
        _ask_again(world, mailbox, event, before)
    event.is_meeting = event.is_meeting or bool(event.attendees)
    _announce(world, mailbox, event, rows, has_changed=details != before)


def _ask_again(world: World, mailbox: SimulatedMailbox, event: StoredEvent, before: MeetingDetails) -> None:
    highest = exceptions.highest_sequence(event)
    event.sequence = highest + 1
    if event.own is not None:
        event.own.answered |= {row.key for row in event.attendees}
    elif dropped := exceptions.drop(event, before, keeps_those_in_range=world.options.range_change_keeps_exceptions):
        invitations.cancel_dates(world, mailbox, dropped)
        event.sequence = highest + 2
    if event.details.response_requested:
        event.attendees = invitations.unanswered(event.attendees)


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
    told = tuple(row for row in event.attendees if has_changed and row.key in invited)
    added = tuple(row for row in event.attendees if row.key not in invited)
    invitations.mail(world, mailbox, event, "cancellation", dropped)
    if dropped and event.master is None:
        dates = event.series.exceptions.values()
        invitations.cancel_dates(world, mailbox, dates, frozenset(row.key for row in dropped))
    world.write(mailbox, event)
    invitations.mail(world, mailbox, event, "update", told)
    invitations.mail(world, mailbox, event, "request", added)
    if event.is_series:
        invitations.mail_dates(world, mailbox, event, "update", told)
        invitations.mail_dates(world, mailbox, event, "request", added)


def cancel(world: World, mailbox: SimulatedMailbox, event: StoredEvent, comment: str | None) -> None:
    """Call the meeting off with a word to everybody; only its organizer may."""
    if not event.is_organizer:
        raise invalid_request("Your request can't be completed. You need to be an organizer to cancel a meeting.")
    delete(world, mailbox, event, comment)


def delete(world: World, mailbox: SimulatedMailbox, event: StoredEvent, comment: str | None = None) -> None:
    """Take the event, or one date of a series, away: the organizer's own with cancellations, a copy silently."""
    world.remove(mailbox, event)
    if not event.is_organizer:
        return
    event.sequence += 1
    _count_revision(event)
    invitations.mail(world, mailbox, event, "cancellation", event.attendees, comment=comment)
    if event.is_series:
        invitations.cancel_dates(world, mailbox, event.series.exceptions.values(), comment=comment)


def _count_revision(event: StoredEvent) -> None:
    """Count one change more, for a series and its dates together: of any two messages the later has the higher."""
    counted = event.master or event
    counted.revision += 1
    event.revision = counted.revision


def _set_local(event: StoredEvent, fields: EventFields) -> None:
    """Apply what never leaves this copy."""
    for name, value in fields.local.items():
        setattr(event, name, value)
