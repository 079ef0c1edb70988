"""Imports of rooms: which there are, how far each is, what became of each item, and to pause and resume them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, TypeAdapter
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.fields import Line
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.csv_text import MEDIA_TYPE, write_table
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.import_progress import progress_of
from services.policy.commands.import_report import COLUMNS, row_of
from services.policy.commands.room_imports import pause_import, read_import, resume_import
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import ROOMS
from services.policy.console.visitor import visitor_of
from services.policy.core.imports.item import OUTCOMES, ItemOutcome
from services.policy.core.mapping import consequences
from services.policy.core.policies.parameters import Moment
from services.policy.core.wording import state_reason
from services.policy.store import import_items, import_rooms, imports

router = APIRouter(prefix="/imports", include_in_schema=False)

ADDRESS = f"{ROOT}/imports"

_NO_ID = UUID(int=0)


class ShownImports(BaseModel):
    """Which imports, or rooms of one, an address shows."""

    cursor: Cursor | None = None


class ShownItems(ShownImports):
    """Which items an address shows; an outcome that is left empty by the form stands for all."""

    outcome: ItemOutcome | Literal[""] = ""


@router.get("", dependencies=serves(READERS))
async def list_imports(shown: Annotated[ShownImports, Query()], request: Request, context: Context) -> Response:
    """List imports, the newest first."""
    before = read_cursor(shown.cursor, TypeAdapter(Moment).validate_python) if shown.cursor else None
    async with context.reading() as conn:
        found = await imports.page(conn, before, PAGE + 1)
    page, has_more = split_page(found)
    more = cursor_at(page[-1].created_at.isoformat(), page[-1].id) if has_more else None
    facts = {
        "imports": [(each, progress_of(each)) for each in page],
        "may_map": visitor_of(request).caller.is_any_of(ADMINS),
        "first": ADDRESS,
        "next": address_of_list(ADDRESS, {}, more) if more else None,
        "is_first": before is None,
    }
    return show(request, "imports", facts, section=ROOMS)


@router.get("/{import_id}", dependencies=serves(READERS))
async def show_import(
    import_id: UUID, shown: Annotated[ShownImports, Query()], request: Request, context: Context
) -> Response:
    """Show an import with its rooms, by name; the page asks for itself again while it runs."""
    after = read_cursor(shown.cursor, TypeAdapter(Line).validate_python) if shown.cursor else None
    address = f"{ADDRESS}/{import_id}"
    async with context.reading() as conn:
        found = await read_import(conn, import_id)
        rooms, has_more = split_page(await import_rooms.page(conn, import_id, after, PAGE + 1))
    more = cursor_at(rooms[-1].space_name, rooms[-1].space_id) if has_more else None
    facts = {
        "import": found,
        "progress": progress_of(found),
        "rooms": rooms,
        "outcomes": OUTCOMES,
        "consequences": consequences,
        "may_map": visitor_of(request).caller.is_any_of(ADMINS),
        "here": address_of_list(address, {}, shown.cursor),
        "first": address,
        "next": address_of_list(address, {}, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "import", facts, section=ROOMS)


@router.get("/{import_id}/items", dependencies=serves(READERS))
async def list_items(
    import_id: UUID, shown: Annotated[ShownItems, Query()], request: Request, context: Context
) -> Response:
    """List what became of each event and reservation, in the order in which it was decided."""
    after, _ = read_cursor(shown.cursor, int) if shown.cursor else (0, _NO_ID)
    address, filters = f"{ADDRESS}/{import_id}/items", {"outcome": shown.outcome}
    async with context.reading() as conn:
        found = await read_import(conn, import_id)
        items = await import_items.page(conn, import_id, shown.outcome or None, None, after, PAGE + 1)
    page, has_more = split_page(items)
    more = cursor_at(str(page[-1].id), _NO_ID) if has_more else None
    facts = {
        "import": found,
        "items": [(each, [state_reason(why, each.place).message for why in each.reasons]) for each in page],
        "wanted": shown.outcome,
        "outcomes": OUTCOMES,
        "first": address_of_list(address, filters),
        "next": address_of_list(address, filters, more) if more else None,
        "is_first": not shown.cursor,
    }
    return show(request, "import_items", facts, section=ROOMS)


@router.get("/{import_id}/items.csv", dependencies=serves(READERS))
async def download_items(import_id: UUID, context: Context) -> Response:
    """Return the whole report as a file, as the API writes it."""
    async with context.reading() as conn:
        await read_import(conn, import_id)
        found = await import_items.page(conn, import_id, None, None, 0, None)
    headers = {"Content-Disposition": 'attachment; filename="import.csv"'}
    return Response(write_table(COLUMNS, map(row_of, found)), 200, headers, f"{MEDIA_TYPE}; charset=utf-8")


@router.post("/{import_id}/pause", dependencies=serves(ADMINS))
async def pause(import_id: UUID, context: Context) -> Response:
    """Have an import take no more events, and show it."""

    async def work(conn: Connection) -> tuple[None, tuple[Message, ...]]:
        await pause_import(conn, import_id)
        return None, ()

    await perform(context, work)
    return RedirectResponse(f"{ADDRESS}/{import_id}", 303)


@router.post("/{import_id}/resume", dependencies=serves(ADMINS))
async def resume(import_id: UUID, context: Context) -> Response:
    """Have an import go on and try again what failed, and show it."""

    async def work(conn: Connection) -> tuple[None, tuple[Message, ...]]:
        await resume_import(conn, import_id)
        return None, ()

    await perform(context, work)
    return RedirectResponse(f"{ADDRESS}/{import_id}", 303)
