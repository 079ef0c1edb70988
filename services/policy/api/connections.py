"""Connections: which Microsoft tenants rooms are in, and as which application we reach them."""

from dataclasses import asdict, replace
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from libs.common.db import Connection as Db
from services.policy.api.access import ADMINS, READERS, serves
from services.policy.api.etag import ExpectedVersion, etag, stale
from services.policy.api.fields import Body, Line, MomentOut, left_out, spelled
from services.policy.api.problems import CONFLICT, FieldProblem, Problem, not_found
from services.policy.api.route import JsonRoute
from services.policy.api.work import AtDesk, Claimed, Done, perform
from services.policy.store import connections, spaces
from services.policy.store.connections import Connection

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=JsonRoute)

Cloud = Literal["global", "us_gov", "us_dod", "china", "simulator"]
RefusedEdit = Literal["decline", "propose_original"]
TenantId = Annotated[
    str,
    spelled(
        r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?",
        "A tenant is named by its id or by a domain it has verified",
    ),
]
ClientId = Annotated[
    str,
    spelled(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "An application is named by its id, a UUID"),
]
CredentialName = Annotated[
    str,
    spelled(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_-]{1,16})?",
        "The name of a secret that was given to the services: letters, digits, - and _; never the secret itself",
    ),
    Field(description="The name of a secret that was given to the services; never the secret itself."),
]


class NewConnection(Body):
    """A tenant to connect."""

    name: Line
    cloud: Cloud = "global"
    tenant_id: TenantId
    client_id: ClientId
    credential: CredentialName
    edits_organizer_events: Annotated[bool, Field(strict=True)] = False
    refused_edit: RefusedEdit = "decline"


class ConnectionPatch(Body):
    """What to change of a connection; what is left out stays."""

    name: Line = left_out()
    cloud: Cloud = left_out()
    tenant_id: TenantId = left_out()
    client_id: ClientId = left_out()
    credential: CredentialName = left_out()
    edits_organizer_events: Annotated[bool, Field(strict=True)] = left_out()
    refused_edit: RefusedEdit = left_out()


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
    version: int
    created_at: MomentOut


class ConnectionList(BaseModel):
    """All connections, by name."""

    items: list[ConnectionOut]


@router.post("", status_code=201, response_model=ConnectionOut, dependencies=serves(ADMINS))
async def create_connection(request: Request, body: NewConnection, desk: AtDesk, claim: Claimed) -> Response:
    """Connect a tenant."""

    async def work(conn: Db) -> Done:
        await _check_name(conn, body.name, None)
        new = Connection(id=uuid4(), version=1, created_at=desk.clock(), **body.model_dump())
        await connections.add(conn, new)
        return Done(201, _body(new), {"ETag": etag(1), "Location": f"/v1/connections/{new.id}"})

    return await perform(request, desk, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_connections(desk: AtDesk) -> ConnectionList:
    """List the connected tenants."""
    async with desk.reading() as conn:
        return ConnectionList(items=[ConnectionOut(**asdict(each)) for each in await connections.every(conn)])


@router.get("/{connection_id}", dependencies=serves(READERS))
async def read_connection(connection_id: UUID, desk: AtDesk, response: Response) -> ConnectionOut:
    """Read one connected tenant."""
    async with desk.reading() as conn:
        found = await connections.read(conn, connection_id)
    if found is None:
        raise not_found("connection", "path.connection_id")
    response.headers["ETag"] = etag(found.version)
    return ConnectionOut(**asdict(found))


@router.patch("/{connection_id}", response_model=ConnectionOut, dependencies=serves(ADMINS))
async def change_connection(
    request: Request,
    connection_id: UUID,
    body: ConnectionPatch,
    desk: AtDesk,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Change a connection. Rooms reached through it are looked at anew where the tenant or application changes."""

    async def work(conn: Db) -> Done:
        before = await connections.locked(conn, connection_id)
        if before is None:
            raise not_found("connection", "path.connection_id")
        if expected not in (None, before.version):
            raise stale(before.version)
        after = replace(before, **body.model_dump(exclude_unset=True))
        if after == before:
            return Done(200, _body(before), {"ETag": etag(before.version)})
        await _check_name(conn, after.name, after.id)
        after = replace(after, version=before.version + 1)
        await connections.save(conn, after)
        told = await spaces.mapped_through(conn, after.id) if _reach(after) != _reach(before) else []
        return Done(200, _body(after), {"ETag": etag(after.version)}, tuple(told))

    return await perform(request, desk, work, claim)


async def _check_name(conn: Db, name: str, own_id: UUID | None) -> None:
    holder = await connections.named(conn, name)
    if holder is not None and holder.id != own_id:
        raise Problem(
            CONFLICT,
            f"Another connection has this name ({holder.id}). Choose another name, or change that connection.",
            errors=[FieldProblem(field="name", problem="is taken", expected="a name no other connection has")],
        )


def _reach(connection: Connection) -> tuple[str, str, str, str]:
    return connection.cloud, connection.tenant_id, connection.client_id, connection.credential


def _body(connection: Connection) -> dict[str, Any]:
    return ConnectionOut(**asdict(connection)).model_dump(mode="json")
