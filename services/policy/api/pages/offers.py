"""The page on which somebody on the waiting list takes a time that became free, or gives it back."""

from collections.abc import Mapping, Sequence

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor, ActorKind
from services.policy.api.pages.page import Page
from services.policy.api.problems import Problem
from services.policy.commands.refusals import INVALID
from services.policy.commands.unknown import UnknownWaitingRequest
from services.policy.commands.waiting_list import ShownOffer, read_offer, take_offer, withdraw
from services.policy.commands.work import RequestContext
from services.policy.core.links import Link
from services.policy.core.naming import cut
from services.policy.core.times import say_moment, say_window


class OfferPage:
    """Show what is offered; book it, or give it back, in the name of the person whom the link was sent to."""

    async def show(self, conn: Connection, link: Link) -> Page:
        """Return the offer, with its buttons while it stands, or what became of it."""
        found = await read_offer(conn, link.about)
        if found is None:
            raise UnknownWaitingRequest(link.about)
        return _page(found, link)

    async def act(
        self, conn: Connection, link: Link, form: Mapping[str, str], context: RequestContext
    ) -> Sequence[Message]:
        """Take the offer or give it back. One that has ended stays as it is, and the page then says so."""
        by = Actor(kind=ActorKind.ORGANIZER, subject=link.person)
        match form.get("action"):
            case "take":
                return (await take_offer(conn, link.about, context.patience, by=by)).messages
            case "leave":
                _, messages = await withdraw(conn, link.about, context.patience, by=by)
                return messages
            case _:
                raise Problem(INVALID, "Choose one of the buttons on the page of this link. Nothing was changed.")


def _page(found: ShownOffer, link: Link) -> Page:
    waiting, zone, room = found.waiting, found.place.time_zone, found.place.called
    until = say_moment(waiting.offered_until, zone) if waiting.offered_until is not None else ""
    facts = {
        "headline": f"{room} is free for you" if found.is_open else f"An offer of {room}",
        "room": room,
        "when": say_window(waiting.window, zone),
        "title": None if waiting.is_private else cut(waiting.title),
        "is_open": found.is_open,
        "until": until,
        "outcome": "" if found.is_open else _say_outcome(found),
        "next_step": _say_next_step(found),
        "person": link.person,
    }
    return Page("offer", facts)


def _say_outcome(found: ShownOffer) -> str:
    match found.waiting.state:
        case "taken" if found.status == "pending":
            return "You took this offer. The room is held for you, and waits for the approval of an administrator."
        case "taken" if found.status == "confirmed":
            return "You took this offer, and the room is booked for you."
        case "taken":
            return "You took this offer, and the booking has ended since."
        case "withdrawn":
            return "This offer was given back, so nothing is held for you any more."
        case "waiting":
            return "Nothing is offered to you yet. You get a mail when the time is free."
        case "offered" | "lapsed":
            return (
                "The time to take this offer is over, and the room may be offered to somebody else by now. If you "
                "still need a room, ask for one anew."
            )


def _say_next_step(found: ShownOffer) -> str | None:
    if found.waiting.state != "taken" or not found.is_kept_without_invitation:
        return None
    room = found.place.called
    return (
        f"Your meeting in Outlook still shows that {room} declined. Open the meeting and send an update: {room} then "
        "accepts. Until you do, it is kept for you by a booking in your name."
    )
