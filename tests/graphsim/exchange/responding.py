"""How an attendee answers a meeting: its own copy now, the organizer's by mail later.

Source: https://learn.microsoft.com/en-us/graph/api/event-accept
Source: https://learn.microsoft.com/en-us/graph/api/event-tentativelyaccept
Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8)
"""

from dataclasses import dataclass

from tests.graphsim.exchange import exceptions, lateness, occurrences
from tests.graphsim.exchange.mail import MeetingMessage
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import RecordedAnswer, StoredEvent, TimeSlot
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused, invalid_request


@dataclass(frozen=True, slots=True)
class MeetingReply:
    """An answer as asked for over Graph; `comment` is None when the request had none."""

    response: str
    comment: str | None = None
    sends: bool = True
    proposed: TimeSlot | None = None


def respond(world: World, mailbox: SimulatedMailbox, event: StoredEvent, reply: MeetingReply) -> None:
    """Check that the reply may be given, and let it take effect a little later.

    Replies to one event, or to one series and its dates, take effect in their order. An update that comes between makes
    a reply one to something out of date: then it is lost.
    """
    _check(world, event, reply)
    sequence = event.sequence

    def take_effect() -> None:
        now = occurrences.again(event)
        if now is not None and not now.is_cancelled and now.sequence == sequence:
            answer(
                world, mailbox, now, reply.response, comment=reply.comment, sends=reply.sends, proposed=reply.proposed
            )

    whole = event.master or event
    world.timers.in_turn((mailbox.user_id, whole.immutable_id), world.options.response_delay, take_effect)


def _check(world: World, event: StoredEvent, reply: MeetingReply) -> None:
    if event.is_organizer:
        raise invalid_request(
            "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer."
        )
    if event.is_cancelled:
        raise invalid_request("Your request can't be completed. The meeting has been canceled.")
    if reply.comment is not None and not reply.sends:
        raise CallRefused(400, "ErrorInvalidParameter", "'SendResponse' must be true when 'Comment' is not null.")
    if reply.proposed is not None and not reply.sends:
        raise CallRefused(
            400, "ErrorInvalidParameter", "'SendResponse' must be true when 'ProposedNewTime' is not null."
        )
    if reply.proposed is not None and not event.details.allows_new_time:
        raise invalid_request(
            "Your request can't be completed. The meeting organizer doesn't allow new time proposals."
        )
    if reply.sends and not event.details.response_requested and world.options.refuses_unrequested_response:
        raise invalid_request("Your request can't be completed. The meeting organizer hasn't requested a response.")


def answer(
    world: World,
    mailbox: SimulatedMailbox,
    event: StoredEvent,
    response: str,
    *,
    comment: str | None = None,
    sends: bool = True,
    proposed: TimeSlot | None = None,
) -> None:
    """Write the answer on the copy (a declined one leaves the calendar) and mail it to the organizer.

    An answer to one date of a series is kept by that date, whatever is answered to the series later.
    """
    event = exceptions.grow(event)
    exceptions.set_own(event, answer=RecordedAnswer(response, world.clock()))
    if response == "declined":
        _write_declined(world, mailbox, event)
    else:
        shows_as = event.details.shows_as if response == "accepted" else "tentative"
        exceptions.set_own(event, shows_as=shows_as)
        if event.master is not None:
            world.write(mailbox, event)
        elif mailbox.recreate_on_accept is not None:
            lateness.recreate(world, mailbox, event, mailbox.recreate_on_accept)
        elif world.options.new_id_on_accept or mailbox.new_id_on_accept:
            world.renew_default_id(mailbox, event)
        else:
            world.write(mailbox, event)
    if sends and event.details.response_requested:
        world.send(
            MeetingMessage(
                kind="response",
                sender=mailbox.person,
                to=event.organizer,
                organizer=event.organizer,
                ical_uid=event.clean_uid,
                details=event.details,
                sent_at=world.clock(),
                sequence=event.sequence,
                revision=event.revision,
                answer=response,
                comment=comment,
                proposed=proposed,
                original=event.original,
            )
        )


def _write_declined(world: World, mailbox: SimulatedMailbox, event: StoredEvent) -> None:
    if mailbox.processing.preserve_declined_meetings:
        exceptions.set_own(event, shows_as="free")
        world.write(mailbox, event)
    else:
        world.remove(mailbox, event)
