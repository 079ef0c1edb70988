"""Connections: which Microsoft tenants rooms are in, and as which application we reach them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from libs.common.db import Connection as Db
from services.policy.api.access import ADMINS, READERS, serves
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Body, Deleted, Line, MomentOut, left_out, matching
from services.policy.api.openapi import refuses
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import connections as commands
from services.policy.commands.connections import (
    ConnectionChange,
    ConnectionFields,
    ConnectionRequest,
    SavedConnection,
)
from services.policy.commands.errors import UnknownConnection
from services.policy.core.policies.parameters import Domain
from services.policy.store import connections

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=JsonRoute)

Cloud = Literal["global", "us_gov", "us_dod", "china", "simulator"]
RefusedEdit = Literal["decline", "propose_original"]
TenantId = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?",
        "A tenant is named by its id or by a domain it has verified",
    ),
]
ClientId = Annotated[
    str,
    matching(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "An application is named by its id, a UUID"),
]
CredentialName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_-]{1,16})?",
        "The name of a secret that was given to the services: letters, digits, - and _; never the secret itself",
    ),
    Field(description="The name of a secret that was given to the services; never the secret itself."),
]

OwnDomains = Annotated[
    list[Domain],
    Field(max_length=1000, description="Mail domains of the tenant; organizers of other domains are external."),
]


class NewConnection(Body):
    """A tenant to connect."""

    name: Line
    cloud: Cloud = "global"
    tenant_id: TenantId
    client_id: ClientId
    credential: CredentialName
    edits_organizer_events: Annotated[bool, Field(strict=True)] = False
    refused_edit: RefusedEdit = "propose_original"
    own_domains: OwnDomains = Field([], validate_default=False)

    def request(self) -> ConnectionRequest:
        """Return what is asked of the ledger."""
        return ConnectionRequest(**self.model_dump())


class ConnectionPatch(Body):
    """What to change of a connection; what is left out stays."""

    name: Line = left_out()
    cloud: Cloud = left_out()
    tenant_id: TenantId = left_out()
    client_id: ClientId = left_out()
    credential: CredentialName = left_out()
    edits_organizer_events: Annotated[bool, Field(strict=True)] = left_out()
    refused_edit: RefusedEdit = left_out()
    own_domains: OwnDomains = left_out()

    def change(self, connection_id: UUID, expected_version: int | None) -> ConnectionChange:
        """Return what is asked of the ledger: to set the fields that were sent."""
        fields = cast("ConnectionFields", self.model_dump(exclude_unset=True))
        return ConnectionChange(connection_id, fields, expected_version)


class ConnectionOut(BaseModel):
    """A connected tenant."""

    id: UUID
    name: str
    cloud: Cloud
    tenant_id: str
    client_id: str
    credential: str
    edits_organizer_events: bool
    refused_edit: RefusedEdit
    own_domains: list[str]
    version: int
    created_at: MomentOut


class ConnectionList(BaseModel):
    """All connections, by name."""

    items: list[ConnectionOut]


@router.post("", status_code=201, response_model=ConnectionOut, dependencies=serves(ADMINS), responses=refuses(409))
async def create_connection(request: Request, body: NewConnection, context: Context, claim: Claimed) -> Response:
    """Connect a tenant."""

    async def work(conn: Db) -> Done:
        saved = await commands.connect_tenant(conn, body.request(), context.clock())
        return _answer(saved, 201, {"Location": f"/v1/connections/{saved.connection.id}"})

    return await perform(request, context, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_connections(context: Context) -> ConnectionList:
    """List the connected tenants."""
    async with context.reading() as conn:
        return ConnectionList(items=[ConnectionOut(**asdict(each)) for each in await connections.every(conn)])


@router.get("/{connection_id}", response_model=ConnectionOut, dependencies=serves(READERS))
async def read_connection(connection_id: UUID, context: Context, known: Known) -> Response:
    """Read one connected tenant."""
    async with context.reading() as conn:
        found = await connections.read(conn, connection_id)
    if found is None:
        raise UnknownConnection(connection_id)
    return answer_reader(ConnectionOut(**asdict(found)), known)


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
        return _answer(await commands.change_connection(conn, change, context.clock()), 200)

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


def _answer(saved: SavedConnection, status: int, headers: Mapping[str, str] | None = None) -> Done:
    shown = ConnectionOut(**asdict(saved.connection))
    tagged = {"ETag": etag(shown), **(headers or {})}
    return Done(status, shown.model_dump(mode="json"), tagged, tuple(saved.messages))
