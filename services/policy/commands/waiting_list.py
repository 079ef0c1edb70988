"""The waiting list of a space: join it, leave it, and take what one is offered.

Each runs inside the caller's transaction, by the database's clock, under the locks of the space. So of two who act on
one request at once, the second finds what the first has made of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor, Reason
from services.policy.commands.apply import Patience, apply
from services.policy.commands.unknown import UnknownSpace, UnknownWaitingRequest
from services.policy.commands.windows import check_distance, window_between
from services.policy.commands.words import note_failed, read_words
from services.policy.core.actors import SYSTEM
from services.policy.core.changes import NOTHING
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import is_conflict
from services.policy.core.ledger import Slice, Status
from services.policy.core.links import Link, LinkPurpose
from services.policy.core.place import Place
from services.policy.core.verdict import Refuse
from services.policy.core.waiting.ending import find_end
from services.policy.core.waiting.mails import tell_of_offer, write_offer
from services.policy.core.waiting.offering import give_back, offer, take
from services.policy.core.waiting.request import EndState, WaitingRequest, is_offer, may_be_approved
from services.policy.core.wording import state_reason
from services.policy.store import slices, waiting_requests

LOOK_AGAIN_AFTER = timedelta(minutes=1)
"""How long a request is left alone that policies kept from being offered what is free."""


@dataclass(frozen=True, slots=True)
class WaitingWish:
    """What somebody waits for. `ical_uid` is of the meeting in Outlook that was declined, if it is one."""

    space_id: UUID
    start: datetime
    end: datetime
    title: str
    organizer_address: str
    organizer_name: str | None = None
    people: int = 0
    is_private: bool = False
    ical_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """The request waits, or has waited before."""

    waiting: WaitingRequest


@dataclass(frozen=True, slots=True)
class NotJoined:
    """Nothing is waited for: the space has no waiting list, or only its rules speak against it, or nothing does."""

    why: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferTaken:
    """What was offered is booked, or waits for the approval of an administrator."""

    reservation_id: UUID
    messages: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class OfferNotTaken:
    """Nothing is booked: what became of the request, and the reasons if rules speak against it by now."""

    waiting: WaitingRequest
    reasons: tuple[Reason, ...] = ()
    messages: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """A request as its organizer is shown it, with what became of the reservation that holds its time.

    It `is_open` while it can be taken; `status` and `is_kept_without_invitation` are of the reservation, if any.
    """

    waiting: WaitingRequest
    place: Place
    is_open: bool
    status: Status | None = None
    is_kept_without_invitation: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """A request and its slice of the ledger, with what it holds, under the locks of its space."""

    waiting: WaitingRequest
    ledger: Slice


async def join(conn: Connection, wish: WaitingWish) -> Joined | NotJoined:
    """Wait for a time of a space that is taken, behind all who asked before. Who joins twice has one place.

    Raises `UnknownSpace` and `InvalidWindow`.
    """
    window = window_between(wish.start, wish.end)
    await slices.lock_space(conn, wish.space_id, wish.organizer_address)
    request_id = uuid4()
    try:
        ledger = await slices.of_reservation(conn, wish.space_id, request_id, window, wish.organizer_address)
    except slices.MissingSpace as error:
        raise UnknownSpace(wish.space_id) from error
    check_distance(window, ledger.now)
    waiting = WaitingRequest(
        id=request_id,
        space_id=wish.space_id,
        state="waiting",
        starts_at=window.start,
        ends_at=window.end,
        people=wish.people,
        title=wish.title,
        is_private=wish.is_private,
        organizer_address=wish.organizer_address,
        organizer_name=wish.organizer_name,
        ical_uid=wish.ical_uid,
        asked_at=ledger.now,
        look_at=ledger.now,
    )
    refusal = _find_refusal(waiting, ledger)
    return refusal if refusal is not None else Joined(await waiting_requests.add(conn, waiting))


def _find_refusal(waiting: WaitingRequest, ledger: Slice) -> NotJoined | None:
    """Say why nothing can be waited for; None if it can."""
    space = ledger.space
    if not space.waiting_list:
        return NotJoined("This space has no waiting list. Choose another time or another space.")
    if waiting.starts_at <= ledger.now:
        return NotJoined("That time has begun already. Choose a time to come.")
    verdict = evaluate(waiting.asks_for(), ledger)
    if not isinstance(verdict, Refuse):
        return NotJoined("That time is free. Book it instead of waiting for it.")
    rules = [each for each in verdict.reasons if not (is_conflict(each) or may_be_approved(each))]
    if rules:
        place = space.place
        why = "This space could not be booked like that even if it were free, so it cannot be waited for."
        return NotJoined(why, tuple(state_reason(each, place) for each in rules))
    return None


async def read_offer(conn: Connection, request_id: UUID) -> ShownOffer | None:
    """Return a request as it stands; None if there is none of that id, or its space was deleted."""
    waiting = await waiting_requests.read(conn, request_id)
    if waiting is None:
        return None
    held_by = waiting.offer_id or waiting.new_offer_id
    try:
        ledger = await slices.of_reservation(conn, waiting.space_id, held_by, None)
    except slices.MissingSpace:
        return None
    place, held = ledger.space.place, ledger.reservation
    if held is None:
        return ShownOffer(waiting, place, is_open=False)
    is_open = waiting.state == "offered" and is_offer(held) and ledger.now < (waiting.offered_until or ledger.now)
    return ShownOffer(waiting, place, is_open, held.status, held.kept_without_invitation and held.is_live)


async def take_offer(
    conn: Connection, request_id: UUID, patience: Patience, *, by: Actor
) -> OfferTaken | OfferNotTaken:
    """Book what is offered to a request; who takes it twice has one booking. Raises `UnknownWaitingRequest`."""
    known = await _lock(conn, request_id)
    known, messages = await _settle(conn, known, patience)
    waiting = known.waiting
    if waiting.state == "taken" and waiting.offer_id is not None:
        return OfferTaken(waiting.offer_id, messages)
    if waiting.state != "offered" or waiting.offer_id is None:
        return OfferNotTaken(waiting, messages=messages)
    decision, reasons = take(waiting, known.ledger)
    messages = [*messages, *await apply(conn, known.ledger, decision, patience, by=by)]
    ended = await _end(conn, known, "lapsed" if reasons else "taken")
    if reasons:
        place = known.ledger.space.place
        return OfferNotTaken(ended, tuple(state_reason(each, place) for each in reasons), messages)
    return OfferTaken(waiting.offer_id, messages)


async def withdraw(
    conn: Connection, request_id: UUID, patience: Patience, *, by: Actor
) -> tuple[WaitingRequest, Sequence[Message]]:
    """Leave the waiting list, and give back what is offered; one that has ended stays as it is.

    Raises `UnknownWaitingRequest`.
    """
    known = await _lock(conn, request_id)
    known, messages = await _settle(conn, known, patience)
    waiting = known.waiting
    if not waiting.is_live:
        return waiting, messages
    if waiting.state == "offered" and waiting.offered_until is not None:
        decision = give_back(known.ledger, "withdrawn", waiting.offered_until)
        messages = [*messages, *await apply(conn, known.ledger, decision, patience, by=by)]
    return await _end(conn, known, "withdrawn"), messages


async def advance(conn: Connection, request_id: UUID, patience: Patience) -> Sequence[Message]:
    """End a request that has come to its end, or offer it its time if that is free; nothing if neither is so."""
    known = await _lock(conn, request_id)
    known, messages = await _settle(conn, known, patience)
    waiting, ledger = known.waiting, known.ledger
    if waiting.state != "waiting" or not ledger.space.waiting_list:
        return messages
    offered = offer(waiting, ledger, timedelta(minutes=ledger.space.offer_minutes))
    if isinstance(offered, Refuse):
        if not any(is_conflict(each) for each in offered.reasons):
            await waiting_requests.postpone(conn, request_id, LOOK_AGAIN_AFTER)
        return messages
    decision, waiting = offered
    messages = [*messages, *await apply(conn, ledger, decision, patience, by=SYSTEM)]
    await waiting_requests.save(conn, waiting)
    return [*messages, await _mail(conn, waiting, ledger, patience)]


async def _mail(conn: Connection, waiting: WaitingRequest, ledger: Slice, patience: Patience) -> Message:
    """Write the mail about an offer, by the template of the space's connection."""
    words, url = await read_words(conn, ledger), _link_to(waiting, patience)
    said = words.say(tell_of_offer(waiting, ledger.space, url))
    await note_failed(conn, words)
    return write_offer(waiting, ledger.space, url, said)


def _link_to(waiting: WaitingRequest, patience: Patience) -> str | None:
    """Return the address of the page of an offer. It works until the start, so that it can tell what became of it."""
    if patience.links is None:
        return None
    link = Link(LinkPurpose.TAKE_OFFER, waiting.id, waiting.organizer_address, waiting.starts_at)
    return patience.links.url_of(link)


async def _lock(conn: Connection, request_id: UUID) -> _Known:
    """Read a request and its slice of the ledger under the locks of its space.

    Raises `UnknownWaitingRequest`, also if the space was deleted.
    """
    found = await waiting_requests.read(conn, request_id)
    if found is None:
        raise UnknownWaitingRequest(request_id)
    await slices.lock_space(conn, found.space_id, found.organizer_address)
    waiting = await waiting_requests.read(conn, request_id)
    if waiting is None:
        raise UnknownWaitingRequest(request_id)
    held_by, organizer = waiting.offer_id or waiting.new_offer_id, waiting.organizer_address
    try:
        ledger = await slices.of_reservation(conn, waiting.space_id, held_by, waiting.window, organizer)
    except slices.MissingSpace as error:
        raise UnknownWaitingRequest(request_id) from error
    return _Known(waiting, ledger)


async def _settle(conn: Connection, known: _Known, patience: Patience) -> tuple[_Known, Sequence[Message]]:
    """End the request if it has come to its end; return it as it stands then."""
    waiting, ledger = known.waiting, known.ledger
    if not waiting.is_live:
        return known, ()
    facts = await waiting_requests.facts(conn, waiting.id)
    became = find_end(waiting, facts, ledger.reservation, ledger.now)
    if became is None:
        return known, ()
    held, decision = ledger.live, NOTHING
    if became != "taken" and held is not None and is_offer(held):
        decision = give_back(ledger, became, waiting.offered_until or waiting.starts_at)
    messages = await apply(conn, ledger, decision, patience, by=SYSTEM)
    return replace(known, waiting=await _end(conn, known, became)), messages


async def _end(conn: Connection, known: _Known, became: EndState) -> WaitingRequest:
    ended = replace(known.waiting, state=became, ended_at=known.ledger.now)
    await waiting_requests.save(conn, ended)
    return ended
