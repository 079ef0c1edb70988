"""Conflicts of the first sync: the list, one with both sides beside each other, and to keep one of them."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, TypeAdapter
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.conflicts import KeptSide, read_conflict, resolve_conflict, what_cannot_be_kept
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.refusals import refuse
from services.policy.commands.undecidable import AlreadyResolved
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.forms import Form, read_form
from services.policy.console.listing import PAGE, Cursor, Part, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import ROOMS
from services.policy.console.visitor import visitor_of
from services.policy.core import keeping
from services.policy.core.explanations import Keep
from services.policy.core.policies.parameters import Moment
from services.policy.store import conflicts, spaces

router = APIRouter(prefix="/conflicts", include_in_schema=False)

ADDRESS = f"{ROOT}/conflicts"

_NOTHING_CHOSEN = "Choose which side is kept, by one of the two buttons. Nothing was changed."


class ShownConflicts(BaseModel):
    """Which conflicts an address shows: those of one space, or of spaces by a part of their names."""

    space: UUID | None = None
    name: Part = ""
    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def list_conflicts(shown: Annotated[ShownConflicts, Query()], request: Request, context: Context) -> Response:
    """List conflicts, the oldest first."""
    after = read_cursor(shown.cursor, TypeAdapter(Moment).validate_python) if shown.cursor else None
    async with context.reading() as conn:
        found = await conflicts.page(conn, shown.space, after, PAGE + 1, shown.name or None)
        page, has_more = split_page(found)
        places = await spaces.places(conn, {each.space_id for each in page})
        only = (await spaces.places(conn, [shown.space])).get(shown.space) if shown.space is not None else None
    filters = {"space": str(shown.space) if shown.space is not None else None, "name": shown.name}
    more = cursor_at(page[-1].since.isoformat(), page[-1].id) if has_more else None
    facts = {
        "conflicts": page,
        "places": places,
        "wanted": shown,
        "only": only,
        "may_map": visitor_of(request).caller.is_any_of(ADMINS),
        "first": address_of_list(ADDRESS, filters),
        "next": address_of_list(ADDRESS, filters, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "conflicts", facts, section=ROOMS)


@router.get("/{conflict_id}", dependencies=serves(READERS))
async def show_conflict(conflict_id: UUID, request: Request, context: Context) -> Response:
    """Show both sides of a conflict, with what keeping each does; of one that was resolved, who did."""
    async with context.reading() as conn:
        try:
            found = await read_conflict(conn, conflict_id)
        except AlreadyResolved as resolved:
            return show(request, "conflict_resolved", {"told": refuse(resolved).detail}, section=ROOMS)
        places = await spaces.places(conn, {found.space_id, found.reserved_space_id})
        refused = await what_cannot_be_kept(conn, found)
    facts = {
        "conflict": found,
        "place": places[found.space_id],
        "reserved": places[found.reserved_space_id],
        "refused": {side: refuse(why).detail for side, why in refused.items()},
        "keeping": keeping,
        "may_resolve": visitor_of(request).caller.is_any_of(ADMINS),
    }
    return show(request, "conflict", facts, section=ROOMS)


@router.post("/{conflict_id}/resolve", dependencies=serves(ADMINS))
async def resolve(conflict_id: UUID, request: Request, context: Context) -> Response:
    """Keep one side and give up the other, and show that; whoever is second learns who was first."""
    form = await read_form(request)
    kept, by = KeptSide(_read_side(form), form.text("comment")), visitor_of(request).caller.actor

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        return None, (await resolve_conflict(conn, conflict_id, kept, context.patience, by=by)).messages

    await perform(context, work)
    return RedirectResponse(f"{ADDRESS}/{conflict_id}", 303)


def _read_side(form: Form) -> Keep:
    match form.text("keep"):
        case "ledger":
            return "ledger"
        case "outlook":
            return "outlook"
        case _:
            raise HTTPException(422, _NOTHING_CHOSEN)
