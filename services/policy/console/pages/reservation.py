"""One reservation: what is booked, why, how it stands on both sides, and what happened to it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from services.policy.commands.callers import BOOKERS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.shown_reservations import show_reservation
from services.policy.commands.timeline import entries_after, read_timeline
from services.policy.commands.unknown import UnknownReservation
from services.policy.console.access import Context, serves
from services.policy.console.listing import Cursor, split_page
from services.policy.console.page import show
from services.policy.console.sections import RESERVATIONS
from services.policy.console.visitor import visitor_of
from services.policy.core.policies.parameters import Moment
from services.policy.store import reading

router = APIRouter(prefix="/reservations", include_in_schema=False)


@router.get("/{reservation_id}", dependencies=serves(READERS))
async def show_one(
    reservation_id: UUID, request: Request, context: Context, cursor: Annotated[Cursor | None, Query()] = None
) -> Response:
    """Show a reservation with its timeline, oldest first, and to whoever may change it the ways to do so."""
    after = read_cursor(cursor, TypeAdapter(Moment).validate_python) if cursor else None
    async with context.reading() as conn:
        found = await reading.reservation(conn, reservation_id)
        if found is None:
            raise UnknownReservation(reservation_id)
        _, entries = await read_timeline(conn, reservation_id)
    page, has_more = split_page(entries if after is None else entries_after(entries, after))
    address = f"{RESERVATIONS.address}/{reservation_id}"
    facts = {
        "found": found,
        "reservation": show_reservation(found),
        "entries": page,
        "may_change": found.is_live
        and found.ends_at > context.clock()
        and visitor_of(request).caller.is_any_of(BOOKERS),
        "first": address,
        "next": f"{address}?cursor={cursor_at(page[-1].sorted_at.isoformat(), page[-1].id)}" if has_more else None,
        "is_first": after is None,
    }
    return show(request, "reservation", facts, section=RESERVATIONS)
