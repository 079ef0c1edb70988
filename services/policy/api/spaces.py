"""Spaces: add them, change them, map them to room mailboxes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from libs.common.db import Connection as Db
from services.policy.api.access import ADMINS, READERS, serves
from services.policy.api.etag import ExpectedVersion, etag, stale
from services.policy.api.fields import Line
from services.policy.api.mapping import mapped, news, unmapped
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.problems import Problem, invalid, not_found
from services.policy.api.route import JsonRoute
from services.policy.api.space_bodies import NewSpace, SpaceList, SpaceOut, SpacePatch, space_out
from services.policy.api.work import AtDesk, Claimed, Done, perform
from services.policy.commands.mapping import on_space_mapped
from services.policy.store import spaces
from services.policy.store.slices import lock_space
from services.policy.store.spaces import Space, WatchedSpace

router = APIRouter(prefix="/v1/spaces", tags=["spaces"], route_class=JsonRoute)


class SpacePage(BaseModel):
    """Which spaces to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor | None = None


@router.post("", status_code=201, response_model=SpaceOut, dependencies=serves(ADMINS))
async def create_space(request: Request, body: NewSpace, desk: AtDesk, claim: Claimed) -> Response:
    """Add a space, and map it if a room mailbox is given."""
    if body.connection is not None and body.room_mailbox is None:
        raise _nothing_to_connect()

    async def work(conn: Db) -> Done:
        now = desk.clock()
        plain = body.model_dump(exclude={"room_mailbox", "connection", "parts"})
        space = Space(
            id=uuid4(), connection_id=None, room_mailbox=None, mapped_at=None, version=1, created_at=now, **plain
        )
        if body.room_mailbox is not None:
            space = await mapped(conn, space, body.room_mailbox, body.connection, now)
        parts = await _parts(conn, body.parts)
        await spaces.add(conn, space)
        await spaces.add_parts(conn, space.id, parts or [space.id])
        headers = {"ETag": etag(1), "Location": f"/v1/spaces/{space.id}"}
        return Done(201, await _body(conn, space.id), headers, tuple(news(None, space)))

    return await perform(request, desk, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_spaces(page: Annotated[SpacePage, Query()], desk: AtDesk) -> SpaceList:
    """List spaces by name."""
    after = place_of(page.cursor, TypeAdapter(Line).validate_python)
    async with desk.reading() as conn:
        found = await spaces.page(conn, after, page.limit + 1)
    shown = found[: page.limit]
    more = cursor_at(shown[-1].space.name, shown[-1].space.id) if len(found) > page.limit else None
    return SpaceList(items=[space_out(each) for each in shown], next=more)


@router.get("/{space_id}", dependencies=serves(READERS))
async def read_space(space_id: UUID, desk: AtDesk, response: Response) -> SpaceOut:
    """Read one space, and how its mapping is doing."""
    async with desk.reading() as conn:
        found = await _found(conn, space_id)
    response.headers["ETag"] = etag(found.space.version)
    return space_out(found)


@router.patch("/{space_id}", response_model=SpaceOut, dependencies=serves(ADMINS))
async def change_space(
    request: Request, space_id: UUID, body: SpacePatch, desk: AtDesk, expected: ExpectedVersion, claim: Claimed
) -> Response:
    """Change a space, map it to a room mailbox, or unmap it. Reservations stay as they are in any case."""

    async def work(conn: Db) -> Done:
        await lock_space(conn, space_id)
        before = await spaces.locked(conn, space_id)
        if before is None:
            raise not_found("space", "path.space_id")
        if expected not in (None, before.version):
            raise stale(before.version)
        after = await _changed(conn, before, body, desk)
        if after == before:
            return Done(200, await _body(conn, space_id), {"ETag": etag(before.version)})
        after = replace(after, version=before.version + 1)
        await spaces.save(conn, after)
        told = [*news(before, after)]
        if after.mapped_at != before.mapped_at and after.room_mailbox is not None:
            told += await on_space_mapped(conn, space_id, desk.patience)
        return Done(200, await _body(conn, space_id), {"ETag": etag(after.version)}, tuple(told))

    return await perform(request, desk, work, claim)


async def _changed(conn: Db, before: Space, body: SpacePatch, desk: AtDesk) -> Space:
    """Apply the change to a space, which another transaction cannot change meanwhile."""
    plain = body.model_dump(exclude_unset=True, exclude={"room_mailbox", "connection"})
    after = replace(before, **plain)
    is_unmapping = "room_mailbox" in body.model_fields_set and body.room_mailbox is None
    mailbox = None if is_unmapping else (body.room_mailbox or before.room_mailbox)
    if mailbox is None:
        if body.connection is not None:
            raise _nothing_to_connect()
        return unmapped(after)
    if {"room_mailbox", "connection"} & body.model_fields_set:
        return await mapped(conn, after, mailbox, body.connection, desk.clock())
    return after


async def _parts(conn: Db, part_ids: Sequence[UUID]) -> list[UUID]:
    """Resolve spaces to the undivided ones they are made of, each once. Raises Problem if one is unknown."""
    known = await spaces.parts_of(conn, list(part_ids))
    unknown = [each for each in part_ids if each not in known]
    if unknown:
        raise not_found("space", f"parts.{list(part_ids).index(unknown[0])}")
    return sorted({part for parts in known.values() for part in parts})


async def _found(conn: Db, space_id: UUID) -> WatchedSpace:
    found = await spaces.read(conn, space_id)
    if found is None:
        raise not_found("space", "path.space_id")
    return found


async def _body(conn: Db, space_id: UUID) -> dict[str, Any]:
    return space_out(await _found(conn, space_id)).model_dump(mode="json")


def _nothing_to_connect() -> Problem:
    return invalid("connection", "goes with a room mailbox", "room_mailbox beside it, or neither")
