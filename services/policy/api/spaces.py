"""Spaces: add them, change them, map them to room mailboxes."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.common.db import Connection as Db
from libs.contracts.message import Message
from services.policy.api.access import actor_of, serves
from services.policy.api.csv_files import AS_FILE, asks_for_csv, check_is_not_paged
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Deleted, Line
from services.policy.api.openapi import refuses
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.space_bodies import (
    ChangedSpaceOut,
    NewSpace,
    SpaceList,
    SpaceOut,
    SpacePatch,
    show_closer,
    show_space,
)
from services.policy.api.space_files import write_spaces
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import spaces as commands
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.closing import close_space, delete_unused_space
from services.policy.commands.mailboxes import Holds
from services.policy.commands.spaces import SavedSpace
from services.policy.commands.unknown import UnknownSpace
from services.policy.store import spaces
from services.policy.store.spaces import WatchedSpace

router = APIRouter(prefix="/v1/spaces", tags=["spaces"], route_class=JsonRoute)

HoldsLeft = Annotated[
    Holds,
    Query(
        description="What becomes of the events with which Roomsync blocks a mailbox that the space leaves: "
        "drop takes them out of Outlook, keep leaves them there."
    ),
]


class SpacePage(BaseModel):
    """Which spaces to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor | None = None


class Deletion(BaseModel):
    """How to delete a space."""

    model_config = ConfigDict(extra="forbid")

    confirm: Annotated[
        bool, Field(description="Cancel what is to come, and unmap the mailbox, as the answer without this says.")
    ] = False


@router.post("", status_code=201, response_model=SpaceOut, dependencies=serves(ADMINS), responses=refuses(404, 409))
async def create_space(request: Request, body: NewSpace, context: Context, claim: Claimed) -> Response:
    """Add a space, and map it if a room mailbox is given."""

    async def work(conn: Db) -> Done:
        saved = await commands.create_space(conn, body.request(), context.clock())
        return await _answer(conn, saved, 201, {"Location": f"/v1/spaces/{saved.space.id}"})

    return await perform(request, context, work, claim)


@router.get("", response_model=SpaceList, dependencies=serves(READERS), responses=AS_FILE)
async def list_spaces(
    request: Request, response: Response, page: Annotated[SpacePage, Query()], context: Context
) -> SpaceList | Response:
    """List spaces by name. With `Accept: text/csv`, all of them are one file that can be imported again."""
    if asks_for_csv(request):
        check_is_not_paged(page.model_fields_set)
        async with context.reading() as conn:
            return write_spaces(await spaces.page(conn, None, None))
    response.headers["Vary"] = "Accept"
    after = place_of(page.cursor, TypeAdapter(Line).validate_python)
    async with context.reading() as conn:
        found = await spaces.page(conn, after, page.limit + 1)
    shown = found[: page.limit]
    more = cursor_at(shown[-1].space.name, shown[-1].space.id) if len(found) > page.limit else None
    return SpaceList(items=[show_space(each) for each in shown], next=more)


@router.get("/{space_id}", response_model=SpaceOut, dependencies=serves(READERS))
async def read_space(space_id: UUID, context: Context, known: Known) -> Response:
    """Read one space, and how its mapping is doing."""
    async with context.reading() as conn:
        found = await _read_watched(conn, space_id)
    return answer_reader(show_space(found), known)


@router.patch("/{space_id}", response_model=ChangedSpaceOut, dependencies=serves(ADMINS), responses=refuses(409))
async def change_space(
    request: Request,
    space_id: UUID,
    body: SpacePatch,
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
    holds: HoldsLeft = "drop",
) -> Response:
    """Change a space, map it to a room mailbox, or unmap it. Reservations stay as they are in any case.

    A newly mapped mailbox shows them within seconds or minutes, as many as they are.
    """
    change = body.change(space_id, expected, holds)

    async def work(conn: Db) -> Done:
        return await _answer(conn, await commands.change_space(conn, change, context.clock()), 200)

    return await perform(request, context, work, claim)


@router.delete("/{space_id}", response_model=Deleted, dependencies=serves(ADMINS), responses=refuses(409))
async def delete_space(
    request: Request,
    space_id: UUID,
    query: Annotated[Deletion, Query()],
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Delete a space. Its past reservations can still be read.

    If something is to come in it, or it is mapped, nothing is done but to say what would happen, unless that is
    confirmed. Then what is to come is cancelled, organizers get a decline that says why, events of ours are taken out
    of the mailbox, and it is unmapped once that is done. A space that another one is made of is never deleted.
    """
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        messages: Sequence[Message] = ()
        if query.confirm:
            messages = await close_space(conn, space_id, expected, patience=context.patience, by=by)
        else:
            await delete_unused_space(conn, space_id, expected)
        return Done(200, Deleted(id=space_id).model_dump(mode="json"), {}, tuple(messages))

    return await perform(request, context, work, claim)


async def _answer(conn: Db, saved: SavedSpace, status: int, headers: Mapping[str, str] | None = None) -> Done:
    shown = show_space(await _read_watched(conn, saved.space.id))
    body = shown.model_dump(mode="json")
    if saved.closer is not None:
        body["closer_than_buffers"] = show_closer(saved.closer)
    return Done(status, body, {"ETag": etag(shown), **(headers or {})}, tuple(saved.messages))


async def _read_watched(conn: Db, space_id: UUID) -> WatchedSpace:
    found = await spaces.read(conn, space_id)
    if found is None:
        raise UnknownSpace(space_id)
    return found
