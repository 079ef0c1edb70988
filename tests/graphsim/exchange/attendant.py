"""The Calendar Attendant: what a mailbox does with a meeting message that arrives.

It keeps the mailbox's own copy in step with the organizer, as far as the mailbox is set to. Whether a room then
answers by itself is the booking attendant's business (`booking`).

Source: https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/set-calendarprocessing
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/
(sections 3.1.4.7.4, 3.1.4.8.5 and 3.1.4.9.2)
"""

from dataclasses import replace

from tests.graphsim.exchange import booking, exceptions, lateness, occurrences
from tests.graphsim.exchange.ids import dated_uid
from tests.graphsim.exchange.mail import MeetingMessage
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import RecordedAnswer, StoredAttendee, StoredEvent
from tests.graphsim.exchange.world import World

CANCELED_PREFIX = "Canceled: "


def receive(world: World, message: MeetingMessage) -> None:
    """Take one message in; a recipient without a mailbox here is somebody outside, and nothing happens."""
    mailbox = world.mailboxes.get(message.to.key)
    if mailbox is None:
        return
    lateness.when_there(mailbox, message.ical_uid, lambda: _take_in(world, mailbox, message))


def _take_in(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> None:
    if message.kind == "response":
        _record_answer(world, mailbox, message)
    elif message.kind == "cancellation":
        _cancel(world, mailbox, message)
    else:
        _invite(world, mailbox, message)


def _invite(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> None:
    if mailbox.is_resource and mailbox.processing.automate == "None":
        return
    copy = _addressed(mailbox, message)
    if copy is None:
        copy = _bring_back(world, mailbox, message) or _new_copy(world, mailbox, message)
        if copy is None:
            return
    elif copy.is_organizer or (message.sequence, message.revision) <= (copy.sequence, copy.revision):
        return
    else:
        copy = _update_copy(world, mailbox, copy, message)
    if mailbox.is_resource and mailbox.processing.automate == "AutoAccept":
        booking.consider_later(world, mailbox, copy)


def _addressed(mailbox: SimulatedMailbox, message: MeetingMessage) -> StoredEvent | None:
    """The copy that the message is about; one date of a series may also be there without the series."""
    copy = mailbox.copy_of(message.ical_uid)
    if message.original is None:
        return copy
    day = message.original.day
    return mailbox.orphan_of(message.ical_uid, day) if copy is None else occurrences.at(copy, day)


def _bring_back(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> StoredEvent | None:
    """Put a date back that was deleted here, such as by declining it, and that the organizer changes.

    Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.7.4.1)
    """
    master = mailbox.copy_of(message.ical_uid)
    if master is None or master.is_organizer or message.original is None:
        return None
    back = exceptions.restore(master, message.original.day)
    return None if back is None else _update_copy(world, mailbox, back, message)


def _new_copy(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> StoredEvent | None:
    """Put the meeting on the calendar, tentative and unanswered; only a first invitation brings extended properties.

    One date of a series whose other dates the mailbox is not invited to becomes an item of its own, an orphan. Where
    the series is there and has no such date, and where only what is there is kept in step, nothing is put there.
    Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/519
    Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/1d62961e-2b66-47b0-8b22-32dd52ae2ecb
    """
    if mailbox.is_resource and not mailbox.processing.add_new_requests_tentatively:
        return None
    if mailbox.copy_of(message.ical_uid) is not None:
        return None
    is_dated = message.original is not None and world.options.occurrence_uids == "own"
    copy = StoredEvent(
        immutable_id=world.ids.immutable(),
        default_id=world.ids.default(),
        ical_uid=dated_uid(message.ical_uid, message.original.day)
        if is_dated and message.original
        else message.ical_uid,
        organizer=message.organizer,
        is_organizer=False,
        is_meeting=True,
        details=message.details,
        created_at=world.clock(),
        attendees=_visible(mailbox, message),
        answer=exceptions.UNANSWERED,
        shows_as="tentative",
        sequence=message.sequence,
        revision=message.revision,
        extended=dict(message.extended) if message.kind == "request" else {},
        original=message.original,
    )
    # Who is invited to the whole series needs no single dates beside it.
    for orphan in mailbox.orphans_of(message.ical_uid) if message.original is None else ():
        world.remove(mailbox, orphan)
    lateness.bring(world, mailbox, copy)
    return copy


def _update_copy(world: World, mailbox: SimulatedMailbox, copy: StoredEvent, message: MeetingMessage) -> StoredEvent:
    """Overwrite the copy with what the organizer has; a significant change takes the answer back.

    Of a series, a significant change drops what single dates had of their own.
    """
    copy = exceptions.grow(copy)
    before = copy.details
    exceptions.take_details(copy, message.details)
    exceptions.take_attendees(copy, _visible(mailbox, message))
    if message.sequence > copy.sequence and copy.master is None:
        keeps = world.options.range_change_keeps_exceptions
        exceptions.drop(copy, before, keeps_those_in_range=keeps)
    if message.sequence > copy.sequence or copy.is_cancelled:
        exceptions.set_own(copy, answer=exceptions.UNANSWERED, shows_as="tentative")
    elif copy.answer.response == "accepted":
        copy.shows_as = message.details.shows_as
    copy.is_cancelled = False
    copy.sequence, copy.revision = message.sequence, message.revision
    world.write(mailbox, copy)
    return copy


def _visible(mailbox: SimulatedMailbox, message: MeetingMessage) -> tuple[StoredAttendee, ...]:
    if not message.details.hides_attendees:
        return message.attendees
    return tuple(row for row in message.attendees if row.key == mailbox.address)


def _cancel(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> None:
    copy = _addressed(mailbox, message)
    if copy is None or copy.is_organizer or (message.sequence, message.revision) < (copy.sequence, copy.revision):
        return
    if mailbox.is_resource and mailbox.processing.remove_canceled_meetings:
        world.remove(mailbox, copy)
        return
    copy = exceptions.grow(copy)
    subject = CANCELED_PREFIX + copy.details.subject.removeprefix(CANCELED_PREFIX)
    exceptions.take_details(copy, replace(message.details, subject=subject))
    exceptions.set_own(copy, is_cancelled=True, shows_as="free", answer=exceptions.UNANSWERED)
    copy.sequence, copy.revision = message.sequence, message.revision
    world.write(mailbox, copy)


def _is_older(message: MeetingMessage, answer: RecordedAnswer) -> bool:
    return answer.at is not None and message.sent_at < answer.at


def _record_answer(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> None:
    """Note an answer on the organizer's copy: not one to an older time, nor one older than what is noted.

    An answer to one date makes an exception of it; one to a date that was deleted is dropped. Somebody who was not
    invited, such as one it was forwarded to, joins the list as optional.
    Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8.5.2)
    """
    event = _addressed(mailbox, message)
    if event is None or not event.is_organizer or message.sequence < event.sequence:
        return
    row = event.attendee(message.sender.address)
    if row is None and message.sender.key in event.dropped:
        return
    if row is not None and (message.revision < row.asked_in or _is_older(message, row.answer)):
        return
    answered = replace(
        row or StoredAttendee(message.sender, kind="optional"),
        answer=RecordedAnswer(message.answer or "none", message.sent_at),
        proposed=message.proposed,
    )
    event = exceptions.grow(event)
    if row is None:
        exceptions.take_attendees(event, (*event.attendees, answered))
    else:
        event.attendees = tuple(answered if each is row else each for each in event.attendees)
    if event.own is not None:
        event.own.answered.add(answered.key)
    world.write(mailbox, event)
