"""Book something instead of a meeting that was declined, or wait for its time: what its organizer does by a link.

What is offered is looked up each time, so it is what can be booked now; the command books by the same rules as any
other. Of two who use one link at once, the second finds what the first has booked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor, ActorKind, Window
from services.policy.commands.alternatives import find_alternatives
from services.policy.commands.apply import Patience, apply
from services.policy.commands.reservations import ReservationRefused, ReservationRequest, create_reservation
from services.policy.commands.unknown import UnknownReservation
from services.policy.commands.waiting_list import Joined, NotJoined, WaitingWish, join, withdraw
from services.policy.core.booking_instead import DeclinedMeeting, may_wait, would_be_booked_later
from services.policy.core.changes import Decision
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import MeetingCancelled
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.place import Place
from services.policy.core.request import Request
from services.policy.core.verdict import Refuse, Verdict
from services.policy.core.waiting.request import WaitingRequest
from services.policy.store import reading, reservations, slices, waiting_requests
from services.policy.store.reading import ShownReservation


@dataclass(frozen=True, slots=True)
class WayOut:
    """A space and a time that could be booked instead."""

    space_id: UUID
    space_name: str
    capacity: int
    window: Window


@dataclass(frozen=True, slots=True)
class Choices:
    """What was declined, what could be booked instead now, and what came of it already.

    `booked` is what was booked by the link, whatever became of it; `meeting_holds` whether the meeting has the space
    by now; `waiting` the organizer's place on the waiting list.
    """

    declined: Reservation
    place: Place
    ways: Sequence[WayOut]
    booked: ShownReservation | None
    meeting_holds: bool
    may_wait: bool
    waiting: WaitingRequest | None

    @property
    def meeting(self) -> DeclinedMeeting:
        """Return the meeting that was declined."""
        return _meeting_of(self.declined)


class NoLongerFree(Exception):
    """What was chosen cannot be booked any more. Choose from what can be now."""


class NotPossible(Exception):
    """Nothing is done; the message says why, and what to do."""


async def find_choices(conn: Connection, declined_id: UUID) -> Choices:
    """Return what the organizer of a declined meeting can do now. Raises `UnknownReservation`."""
    place = await reservations.place_of(conn, declined_id)
    if place is None:
        raise UnknownReservation(declined_id)
    space_id, organizer = place
    found = await slices.of_reservation(conn, space_id, declined_id, None)
    declined = found.reservation
    if declined is None or organizer is None:
        raise UnknownReservation(declined_id)
    ledger = await slices.of_reservation(conn, space_id, declined_id, declined.window, organizer)
    holds = await _holds(conn, ledger, declined)
    wish = Request(declined.window, declined.attendee_count, organizer)
    verdict = evaluate(wish, ledger)
    booked = await reading.reservation(conn, _meeting_of(declined).booked_as)
    is_over = booked is not None or declined.starts_at <= ledger.now
    return Choices(
        declined=declined,
        place=ledger.space.place,
        ways=[] if is_over else await _ways(conn, ledger, wish, verdict, holds=holds),
        booked=booked,
        meeting_holds=holds,
        may_wait=ledger.space.waiting_list and isinstance(verdict, Refuse) and may_wait(verdict.reasons) and not holds,
        waiting=await waiting_requests.find_live(conn, space_id, organizer, declined.window),
    )


def _meeting_of(declined: Reservation) -> DeclinedMeeting:
    return DeclinedMeeting(declined.id, declined.window, declined.ical_uid, declined.is_private)


async def _holds(conn: Connection, ledger: Slice, declined: Reservation) -> bool:
    """Whether the meeting has a reservation of the space by now, be it one that only holds an offer."""
    if declined.ical_uid is None:
        return False
    return bool(await reservations.held_for(conn, [ledger.space.id], declined.ical_uid))


async def _ways(conn: Connection, ledger: Slice, wish: Request, verdict: Verdict, *, holds: bool) -> Sequence[WayOut]:
    """Return what can be booked now: the space itself, now or later, and other spaces."""
    space, declined = ledger.space, ledger.reservation
    here = [] if holds else [wish.window]
    others = []
    if isinstance(verdict, Refuse):
        instead = await find_alternatives(conn, ledger, wish, verdict.reasons)
        is_later = instead.next_free is not None and would_be_booked_later(verdict.reasons) and not holds
        here = [instead.next_free] if is_later and instead.next_free is not None else []
        others = [*instead.spaces]
    uid = declined.ical_uid if declined is not None else None
    held = await reservations.held_for(conn, [each.space_id for each in others], uid) if uid is not None else set()
    return [
        *(WayOut(space.id, space.name, space.capacity, each) for each in here),
        *(WayOut(each.space_id, each.name, each.capacity, wish.window) for each in others if each.space_id not in held),
    ]


async def book_instead(
    conn: Connection, declined_id: UUID, wanted: tuple[UUID, Window], patience: Patience
) -> Sequence[Message]:
    """Book a space and a time for the organizer of a declined meeting; nothing if something was booked already.

    Raises `UnknownReservation`, `NoLongerFree`, `NotPossible`.
    """
    await reservations.lock_declined(conn, declined_id)
    choices = await find_choices(conn, declined_id)
    if choices.booked is not None:
        return []
    chosen = next((each for each in choices.ways if (each.space_id, each.window) == wanted), None)
    if chosen is None:
        raise NoLongerFree
    declined = choices.declined
    request = ReservationRequest(
        space_id=chosen.space_id,
        start=chosen.window.start,
        end=chosen.window.end,
        title=declined.title,
        organizer_name=declined.organizer_name,
        organizer_address=declined.organizer_address,
        attendee_count=declined.attendee_count,
        instead_of=choices.meeting,
    )
    result = await create_reservation(conn, request, patience, by=_organizer(declined))
    if isinstance(result, ReservationRefused):
        raise NoLongerFree
    return result.messages


async def wait_instead(conn: Connection, declined_id: UUID) -> None:
    """Put the organizer of a declined meeting on the waiting list. Raises `UnknownReservation` and `NotPossible`."""
    choices = await find_choices(conn, declined_id)
    declined = choices.declined
    if choices.waiting is not None:
        return
    joined = await join(
        conn,
        WaitingWish(
            space_id=declined.space_id,
            start=declined.starts_at,
            end=declined.ends_at,
            title=declined.title,
            organizer_address=declined.organizer_address or "",
            organizer_name=declined.organizer_name,
            people=declined.attendee_count,
            is_private=declined.is_private,
            ical_uid=declined.ical_uid,
        ),
    )
    match joined:
        case Joined():
            return
        case NotJoined(why, reasons):
            raise NotPossible(" ".join([why, *(each.message for each in reasons)]))


async def wait_no_longer(conn: Connection, declined_id: UUID, patience: Patience) -> Sequence[Message]:
    """Take the organizer of a declined meeting off the waiting list; nothing if they are not on it."""
    choices = await find_choices(conn, declined_id)
    if choices.waiting is None:
        return []
    _, messages = await withdraw(conn, choices.waiting.id, patience, by=_organizer(choices.declined))
    return messages


async def give_up_booked(conn: Connection, declined_id: UUID, patience: Patience) -> Sequence[Message]:
    """End what was booked instead. Raises `NotPossible` if an invitation has taken its place, which is for Outlook."""
    await reservations.lock_declined(conn, declined_id)
    choices = await find_choices(conn, declined_id)
    if choices.booked is None or not choices.booked.is_live:
        return []
    space_id, booked_id = choices.booked.space_id, choices.booked.id
    await slices.lock_space(conn, space_id, choices.declined.organizer_address)
    ledger = await slices.of_reservation(conn, space_id, booked_id, None)
    booked = ledger.live
    if booked is None:
        return []
    if booked.ical_uid is not None and not booked.kept_without_invitation:
        raise NotPossible(
            "The room has accepted your meeting by now. To give it up, take it off the meeting in Outlook."
        )
    ended = Decision(tuple(end_reservation(ledger, booked.key, MeetingCancelled())), note="given_up")
    return await apply(conn, ledger, ended, patience, by=_organizer(choices.declined))


def _organizer(declined: Reservation) -> Actor:
    return Actor(kind=ActorKind.ORGANIZER, subject=declined.organizer_address, name=declined.organizer_name)
