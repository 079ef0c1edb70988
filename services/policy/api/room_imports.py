"""Imports of rooms, and rehearsals: begin them, see how far they are and what became of each item, pause and resume."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from services.policy.api.access import actor_of, serves
from services.policy.api.csv_files import AS_FILE, asks_for_csv, check_is_not_paged, write_csv
from services.policy.api.openapi import refuses
from services.policy.api.paging import cursor_at, place_of
from services.policy.api.problems import invalid
from services.policy.api.room_import_bodies import (
    ImportedRoomList,
    ImportItemList,
    ImportPage,
    ItemFilter,
    NewImport,
    RoomImportList,
    RoomImportOut,
    show_import,
    show_item,
    show_room,
)
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.import_report import COLUMNS, row_of
from services.policy.commands.room_imports import begin_import, pause_import, read_import, resume_import
from services.policy.core.policies.parameters import Moment
from services.policy.store import import_items, import_rooms, imports

router = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=JsonRoute)

_NO_ID = UUID(int=0)


@router.post(
    "", status_code=202, response_model=RoomImportOut, dependencies=serves(ADMINS), responses=refuses(404, 409)
)
async def start_import(request: Request, body: NewImport, context: Context, claim: Claimed) -> Response:
    """Begin an import of rooms that are mapped, or a rehearsal, which changes nothing and may suppose mappings.

    Both sides are compared from now on: what is accepted in Outlook is taken over without a mail, what waits for an
    answer there is decided, what is reserved here is held there, and where both have something, both keep it.
    """
    by = actor_of(request)
    if body.mappings and not body.rehearsal:
        raise invalid("mappings", "goes with a rehearsal", "rehearsal: true, or map the spaces, which imports them")

    async def work(conn: Db) -> Done:
        import_id = await begin_import(conn, body.request(), by)
        shown = show_import(await read_import(conn, import_id))
        return Done(202, shown.model_dump(mode="json"), {"Location": f"/v1/imports/{import_id}"})

    return await perform(request, context, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_imports(page: Annotated[ImportPage, Query()], context: Context) -> RoomImportList:
    """List the imports, the newest first."""
    before = place_of(page.cursor, TypeAdapter(Moment).validate_python)
    async with context.reading() as conn:
        found = await imports.page(conn, before, page.limit + 1)
    shown = found[: page.limit]
    more = cursor_at(shown[-1].created_at.isoformat(), shown[-1].id) if len(found) > page.limit else None
    return RoomImportList(items=[show_import(each) for each in shown], next=more)


@router.get("/{import_id}", dependencies=serves(READERS))
async def read_one_import(import_id: UUID, context: Context) -> RoomImportOut:
    """Read one import, and how far it is."""
    async with context.reading() as conn:
        return show_import(await read_import(conn, import_id))


@router.get("/{import_id}/rooms", dependencies=serves(READERS))
async def list_rooms(import_id: UUID, page: Annotated[ImportPage, Query()], context: Context) -> ImportedRoomList:
    """List the rooms of an import by name, with how far each is and what is in its way."""
    after = place_of(page.cursor, TypeAdapter(str).validate_python)
    async with context.reading() as conn:
        await read_import(conn, import_id)
        found = await import_rooms.page(conn, import_id, after, page.limit + 1)
    shown = found[: page.limit]
    more = cursor_at(shown[-1].space_name, shown[-1].space_id) if len(found) > page.limit else None
    return ImportedRoomList(items=[show_room(each) for each in shown], next=more)


@router.get("/{import_id}/items", response_model=ImportItemList, dependencies=serves(READERS), responses=AS_FILE)
async def list_items(
    request: Request, response: Response, import_id: UUID, wanted: Annotated[ItemFilter, Query()], context: Context
) -> ImportItemList | Response:
    """List what became of each event and reservation. With `Accept: text/csv`, all of them are one file."""
    as_file = asks_for_csv(request)
    if as_file:
        check_is_not_paged(wanted.model_fields_set)
    after, _ = place_of(wanted.cursor, int) or (0, _NO_ID)
    async with context.reading() as conn:
        await read_import(conn, import_id)
        limit = None if as_file else wanted.limit + 1
        found = await import_items.page(conn, import_id, wanted.outcome, wanted.space_id, after, limit)
    if as_file:
        return write_csv("import.csv", COLUMNS, map(row_of, found))
    response.headers["Vary"] = "Accept"
    shown = found[: wanted.limit]
    more = cursor_at(str(shown[-1].id), _NO_ID) if len(found) > wanted.limit else None
    return ImportItemList(items=[show_item(each) for each in shown], next=more)


@router.post(
    "/{import_id}/pause", response_model=RoomImportOut, dependencies=serves(ADMINS), responses=refuses(404, 409)
)
async def pause(request: Request, import_id: UUID, context: Context, claim: Claimed) -> Response:
    """Have an import take no more events until it is resumed. What is under way ends first, within seconds."""

    async def work(conn: Db) -> Done:
        return Done(200, show_import(await pause_import(conn, import_id)).model_dump(mode="json"))

    return await perform(request, context, work, claim)


@router.post(
    "/{import_id}/resume", response_model=RoomImportOut, dependencies=serves(ADMINS), responses=refuses(404, 409)
)
async def resume(request: Request, import_id: UUID, context: Context, claim: Claimed) -> Response:
    """Have a paused import go on, and try the rooms again that failed."""

    async def work(conn: Db) -> Done:
        return Done(200, show_import(await resume_import(conn, import_id)).model_dump(mode="json"))

    return await perform(request, context, work, claim)
