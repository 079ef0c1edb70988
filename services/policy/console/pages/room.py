"""One space: its facts, its mapping and findings, its first sync, and what may be done about them."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.checks import NOTHING_TO_TRY, TRIED_NOW, check_space
from services.policy.commands.import_progress import progress_of
from services.policy.commands.listed_spaces import read_listed
from services.policy.commands.room_imports import ImportRequest, begin_import
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import ROOMS
from services.policy.console.visitor import visitor_of
from services.policy.core.mapping import consequences
from services.policy.store import connections, import_rooms, imports, space_groups

router = APIRouter(prefix="/rooms", include_in_schema=False)


@router.get("/{space_id}", dependencies=serves(READERS))
async def show_room(
    space_id: UUID, request: Request, context: Context, tried: Literal["now"] | None = None
) -> Response:
    """Show a space; whoever may map it gets forms that say what each does in Outlook."""
    async with context.reading() as conn:
        room = await read_listed(conn, space_id)
        connection_id, import_id = room.space.connection_id, room.beside.import_id
        running = await imports.read(conn, import_id) if import_id is not None else None
        groups = {each.id: each.name for each in await space_groups.every(conn)}
        facts = {
            "room": room,
            "groups": [groups[each] for each in room.watched.groups if each in groups],
            "connection": await connections.read(conn, connection_id) if connection_id is not None else None,
            "import": running,
            "progress": progress_of(running) if running is not None else None,
            "part": await import_rooms.read(conn, import_id, space_id) if import_id is not None else None,
            "consequences": consequences,
            "tried": TRIED_NOW if tried is not None and room.space.room_mailbox is not None else None,
            "may_map": visitor_of(request).caller.is_any_of(ADMINS),
        }
    return show(request, "room", facts, section=ROOMS)


@router.post("/{space_id}/check", dependencies=serves(ADMINS))
async def try_now(space_id: UUID, context: Context) -> Response:
    """Have the mailbox tried now, and show the space, whose state shows the result."""

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        asked = await check_space(conn, space_id)
        if asked is None:
            raise HTTPException(409, NOTHING_TO_TRY)
        return None, [asked]

    await perform(context, work)
    return RedirectResponse(f"{ROOMS.address}/{space_id}?tried=now", 303)


@router.post("/{space_id}/import", dependencies=serves(ADMINS))
async def import_room(space_id: UUID, request: Request, context: Context) -> Response:
    """Begin an import of the room, or a rehearsal of one, and show it."""
    is_rehearsal = (await read_form(request)).text("rehearsal") == "yes"
    by = visitor_of(request).caller.actor

    async def work(conn: Connection) -> tuple[UUID, Sequence[Message]]:
        return await begin_import(conn, ImportRequest(is_rehearsal=is_rehearsal, space_ids=[space_id]), by), ()

    return RedirectResponse(f"{ROOT}/imports/{await perform(context, work)}", 303)
