"""The page on which the organizer of a declined meeting books something instead, or waits for the time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Window
from services.policy.api.pages.page import Page
from services.policy.api.problems import Problem
from services.policy.commands.booking_instead import (
    Choices,
    NoLongerFree,
    NotPossible,
    WayOut,
    book_instead,
    find_choices,
    give_up_booked,
    wait_instead,
    wait_no_longer,
)
from services.policy.commands.refusals import CONFLICT, INVALID
from services.policy.commands.work import RequestContext
from services.policy.core.links import Link
from services.policy.core.naming import cut
from services.policy.core.policies.phrases import say_people
from services.policy.core.times import say_window
from services.policy.store.reading import ShownReservation

_GONE = (
    "Somebody else was faster, so that cannot be booked any more. Nothing was booked. Open the link again to see what "
    "can be booked now."
)


class InsteadPage:
    """Show what can be booked now; book it in the name of the organizer whom the link was sent to."""

    async def show(self, conn: Connection, link: Link) -> Page:
        """Return what can be booked, or what was booked by this link."""
        return _page(await find_choices(conn, link.about), link)

    async def act(
        self, conn: Connection, link: Link, form: Mapping[str, str], context: RequestContext
    ) -> Sequence[Message]:
        """Book, wait, or give either up."""
        try:
            return await _act(conn, link, form.get("action", ""), context)
        except NoLongerFree as error:
            raise Problem(CONFLICT, _GONE) from error
        except NotPossible as error:
            raise Problem(CONFLICT, str(error)) from error


async def _act(conn: Connection, link: Link, action: str, context: RequestContext) -> Sequence[Message]:
    match action:
        case "wait":
            await wait_instead(conn, link.about)
            return []
        case "leave":
            return await wait_no_longer(conn, link.about, context.patience)
        case "cancel":
            return await give_up_booked(conn, link.about, context.patience)
        case _:
            return await book_instead(conn, link.about, _read_way(action), context.patience)


def _write_way(way: WayOut) -> str:
    return f"book {way.space_id} {way.window.start.isoformat()} {way.window.end.isoformat()}"


def _read_way(action: str) -> tuple[UUID, Window]:
    """Return what a button books. Raises `Problem` if it is none of the page's."""
    try:
        verb, space_id, start, end = action.split(" ")
        if verb != "book":
            raise ValueError(verb)
        return UUID(space_id), Window(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
    except ValueError as error:
        raise Problem(INVALID, "Choose something on the page of this link. Nothing was booked.") from error


def _page(found: Choices, link: Link) -> Page:
    zone, room = found.place.time_zone, found.place.called
    booked = found.booked
    is_kept = booked is not None and booked.is_live and booked.kept_without_invitation
    facts = {
        "headline": f"{room} could not be booked" if booked is None else "Booked instead",
        "room": room,
        "asked": say_window(found.declined.window, zone),
        "title": None if found.declined.is_private else cut(found.declined.title),
        "booked": None
        if booked is None
        else f"{cut(booked.space_name)}, {say_window(booked.window, booked.time_zone)}",
        "outcome": "" if booked is None else _say_what_is_booked(booked),
        "next_step": _say_next_step(found, booked) if booked is not None and is_kept else None,
        "may_cancel": is_kept,
        "holds": found.meeting_holds and found.waiting is None,
        "ways": [(_write_way(each), _say_way(each, found)) for each in found.ways],
        "may_wait": found.may_wait and found.waiting is None,
        "waits": found.waiting is not None,
        "person": link.person,
    }
    return Page("instead", facts)


def _say_way(way: WayOut, found: Choices) -> str:
    when = say_window(way.window, found.place.time_zone)
    return f"{cut(way.space_name)} (for {say_people(way.capacity)}), {when}"


def _say_what_is_booked(booked: ShownReservation) -> str:
    match booked.status:
        case "confirmed":
            return "It is booked for you."
        case "pending":
            return "It is held for you, and waits for the approval of an administrator."
        case "declined":
            return "An administrator did not approve it, so it is not booked."
        case "cancelled":
            return "It was booked for you, and has been given up since."


def _say_next_step(found: Choices, booked: ShownReservation) -> str:
    """Say how the meeting in Outlook gets what is booked for it."""
    room, other = found.place.called, cut(booked.space_name)
    if booked.space_id != found.declined.space_id:
        return (
            f"Your meeting in Outlook still lists {room}, which declined. Open the meeting, add {other}, remove {room} "
            f"and send the update: {other} then accepts. Until you do, it is kept for you by a booking in your name."
        )
    if booked.window != found.declined.window:
        return (
            f"Your meeting in Outlook is still at the old time. Move it to the new time and send the update: {room} "
            "then accepts. Until you do, it is kept for you by a booking in your name."
        )
    return (
        f"Your meeting in Outlook still shows that {room} declined. Open the meeting and send an update: {room} then "
        "accepts. Until you do, it is kept for you by a booking in your name."
    )
