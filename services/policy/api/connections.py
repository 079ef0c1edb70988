"""Connections: which Microsoft tenants rooms are in, and as which application we reach them."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.db import Connection as Db
from services.policy.api.access import serves
from services.policy.api.connection_bodies import (
    ConnectionList,
    ConnectionOut,
    ConnectionPatch,
    NewConnection,
    show_connection,
)
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Deleted
from services.policy.api.openapi import refuses
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import connections as commands
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.connections import SavedConnection
from services.policy.commands.unknown import UnknownConnection
from services.policy.store import connections, credentials

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=ConnectionOut, dependencies=serves(ADMINS), responses=refuses(409))
async def create_connection(request: Request, body: NewConnection, context: Context, claim: Claimed) -> Response:
    """Connect a tenant."""

    async def work(conn: Db) -> Done:
        saved = await commands.connect_tenant(conn, body.request(), context.clock())
        return await _answer(conn, saved, 201, {"Location": f"/v1/connections/{saved.connection.id}"})

    return await perform(request, context, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_connections(context: Context) -> ConnectionList:
    """List the connected tenants."""
    async with context.reading() as conn:
        states = await credentials.read(conn)
        return ConnectionList(items=[show_connection(each, states) for each in await connections.every(conn)])


@router.get("/{connection_id}", response_model=ConnectionOut, dependencies=serves(READERS))
async def read_connection(connection_id: UUID, context: Context, known: Known) -> Response:
    """Read one connected tenant."""
    async with context.reading() as conn:
        found = await connections.read(conn, connection_id)
        if found is None:
            raise UnknownConnection(connection_id)
        shown = show_connection(found, await credentials.read(conn, connection_id))
    return answer_reader(shown, known)


@router.patch("/{connection_id}", response_model=ConnectionOut, dependencies=serves(ADMINS), responses=refuses(409))
async def change_connection(
    request: Request,
    connection_id: UUID,
    body: ConnectionPatch,
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Change a connection. Rooms reached through it are looked at anew where the tenant or application changes."""
    change = body.change(connection_id, expected)

    async def work(conn: Db) -> Done:
        return await _answer(conn, await commands.change_connection(conn, change, context.clock()), 200)

    return await perform(request, context, work, claim)


@router.delete("/{connection_id}", response_model=Deleted, dependencies=serves(ADMINS), responses=refuses(409))
async def delete_connection(
    request: Request, connection_id: UUID, context: Context, expected: ExpectedVersion, claim: Claimed
) -> Response:
    """Delete a connection through which no space is mapped."""

    async def work(conn: Db) -> Done:
        await commands.delete_connection(conn, connection_id, expected)
        return Done(200, Deleted(id=connection_id).model_dump(mode="json"))

    return await perform(request, context, work, claim)


async def _answer(conn: Db, saved: SavedConnection, status: int, headers: Mapping[str, str] | None = None) -> Done:
    shown = show_connection(saved.connection, await credentials.read(conn, saved.connection.id))
    tagged = {"ETag": etag(shown), **(headers or {})}
    return Done(status, shown.model_dump(mode="json"), tagged, tuple(saved.messages))
