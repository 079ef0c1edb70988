"""The Calendar Attendant: what a mailbox does with a meeting message that arrives.

It keeps the mailbox's own copy in step with the organizer, as far as the mailbox is set to. Whether a room then
answers by itself is the booking attendant's business (`booking`).

Source: https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/set-calendarprocessing
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/
(sections 3.1.4.7.4, 3.1.4.8.5 and 3.1.4.9.2)
"""

from dataclasses import replace

from tests.graphsim.exchange import booking, lateness
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
    copy = mailbox.copy_of(message.ical_uid)
    if copy is None:
        if mailbox.is_resource and not mailbox.processing.add_new_requests_tentatively:
            return
        copy = _new_copy(world, mailbox, message)
    elif copy.is_organizer or (message.sequence, message.revision) <= (copy.sequence, copy.revision):
        return
    else:
        _update_copy(world, mailbox, copy, message)
    if mailbox.is_resource and mailbox.processing.automate == "AutoAccept":
        booking.consider_later(world, mailbox, copy)


def _new_copy(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> StoredEvent:
    """Put the meeting on the calendar, tentative and unanswered; only a first invitation brings extended properties.

    Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/519
    """
    copy = StoredEvent(
        immutable_id=world.ids.immutable(),
        default_id=world.ids.default(),
        ical_uid=message.ical_uid,
        organizer=message.organizer,
        is_organizer=False,
        is_meeting=True,
        details=message.details,
        created_at=world.clock(),
        attendees=_visible(mailbox, message),
        answer=RecordedAnswer("notResponded"),
        shows_as="tentative",
        sequence=message.sequence,
        revision=message.revision,
        extended=dict(message.extended) if message.kind == "request" else {},
    )
    lateness.bring(world, mailbox, copy)
    return copy


def _update_copy(world: World, mailbox: SimulatedMailbox, copy: StoredEvent, message: MeetingMessage) -> None:
    """Overwrite the copy with what the organizer has; a significant change takes the answer back."""
    if message.sequence > copy.sequence or copy.is_cancelled:
        copy.answer = RecordedAnswer("notResponded")
        copy.shows_as = "tentative"
    elif copy.answer.response == "accepted":
        copy.shows_as = message.details.shows_as
    copy.is_cancelled = False
    copy.details = message.details
    copy.attendees = _visible(mailbox, message)
    copy.sequence, copy.revision = message.sequence, message.revision
    world.write(mailbox, copy)


def _visible(mailbox: SimulatedMailbox, message: MeetingMessage) -> tuple[StoredAttendee, ...]:
    if not message.details.hides_attendees:
        return message.attendees
    return tuple(row for row in message.attendees if row.key == mailbox.address)


def _cancel(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> None:
    copy = mailbox.copy_of(message.ical_uid)
    if copy is None or copy.is_organizer or (message.sequence, message.revision) < (copy.sequence, copy.revision):
        return
    if mailbox.is_resource and mailbox.processing.remove_canceled_meetings:
        world.remove(mailbox, copy)
        return
    copy.is_cancelled = True
    copy.shows_as = "free"
    copy.answer = RecordedAnswer("notResponded")
    copy.details = replace(message.details, subject=CANCELED_PREFIX + copy.details.subject)
    copy.sequence, copy.revision = message.sequence, message.revision
    world.write(mailbox, copy)


def _is_older(message: MeetingMessage, answer: RecordedAnswer) -> bool:
    return answer.at is not None and message.sent_at < answer.at


def _record_answer(world: World, mailbox: SimulatedMailbox, message: MeetingMessage) -> None:
    """Note an answer on the organizer's copy: not one to an older time, nor one older than what is noted.

    Somebody who was not invited, such as one it was forwarded to, joins the list as optional.
    """
    event = mailbox.copy_of(message.ical_uid)
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
    if row is None:
        event.attendees = (*event.attendees, answered)
    else:
        event.attendees = tuple(answered if each is row else each for each in event.attendees)
    world.write(mailbox, event)
