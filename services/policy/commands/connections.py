"""Connect tenants, and change how they are reached."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict
from uuid import UUID, uuid4

from libs.common.db import Connection as Db
from libs.contracts.message import Message
from libs.contracts.messages import SpaceMapped
from services.policy.commands.mailboxes import enter_mailboxes, leave_mailboxes
from services.policy.commands.room_imports import CONNECTION_GONE, end_imports_of, import_mapped
from services.policy.commands.space_errors import ConnectionNameTaken, ConnectionStillLeaving, ConnectionStillMapped
from services.policy.commands.unknown import UnknownConnection
from services.policy.commands.versions import check_version
from services.policy.core.place import ConflictDetail
from services.policy.store import connections, import_rooms, left_holds, slices, spaces
from services.policy.store.connections import ConnectionRow


@dataclass(frozen=True, slots=True)
class ConnectionRequest:
    """A tenant to connect. `credential` names a secret of the deployment and is never the secret; so may a second."""

    name: str
    cloud: str
    tenant_id: str
    client_id: str
    credential: str
    second_credential: str | None = None
    edits_organizer_events: bool = False
    refused_edit: str = "propose_original"
    own_domains: Sequence[str] = ()
    conflict_detail: ConflictDetail = "organizer"


class ConnectionFields(TypedDict, total=False):
    """Fields of a connection to set; a field that is left out stays as it is."""

    name: str
    cloud: str
    tenant_id: str
    client_id: str
    credential: str
    second_credential: str | None
    edits_organizer_events: bool
    refused_edit: str
    own_domains: list[str]
    conflict_detail: ConflictDetail


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """What to change of a connection; without `expected_version`, at whichever version it is."""

    connection_id: UUID
    fields: ConnectionFields
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class SavedConnection:
    """The connection as it is now, and the messages to send."""

    connection: ConnectionRow
    messages: Sequence[Message] = ()


async def connect_tenant(conn: Db, request: ConnectionRequest, now: datetime) -> SavedConnection:
    """Connect a tenant. Raises `ConnectionNameTaken`."""
    new = ConnectionRow(
        id=uuid4(),
        name=request.name,
        cloud=request.cloud,
        tenant_id=request.tenant_id,
        client_id=request.client_id,
        credential=request.credential,
        second_credential=request.second_credential,
        edits_organizer_events=request.edits_organizer_events,
        refused_edit=request.refused_edit,
        own_domains=list(request.own_domains),
        conflict_detail=request.conflict_detail,
        version=1,
        created_at=now,
    )
    await _check_name(conn, new)
    await connections.add(conn, new)
    return SavedConnection(new)


async def change_connection(conn: Db, change: ConnectionChange, now: datetime) -> SavedConnection:
    """Change a connection. If its cloud, tenant, application or credentials change, its rooms are announced again.

    In another tenant its rooms are other mailboxes: those of the tenant before are left, as by unmapping, and those of
    the new one are filled, as by mapping.

    Raises `UnknownConnection`, `StaleVersion`, `ConnectionNameTaken`.
    """
    before = await connections.lock(conn, change.connection_id)
    if before is None:
        raise UnknownConnection(change.connection_id)
    check_version(change.expected_version, before.version)
    after = replace(before, **change.fields)
    if after == before:
        return SavedConnection(before)
    await _check_name(conn, after)
    after = replace(after, version=before.version + 1)
    if _tenant(after) == _tenant(before):
        await connections.save(conn, after)
    else:
        await _change_tenant(conn, before, after, now)
    reaches_differently = _reach(after) != _reach(before)
    return SavedConnection(after, await _announce_mappings(conn, after.id) if reaches_differently else ())


async def delete_connection(conn: Db, connection_id: UUID, expected_version: int | None) -> None:
    """Delete a connection through which no space is mapped. Holds that could not be taken out are given up.

    Raises `UnknownConnection`, `StaleVersion`, and every `StillNeeded` of a connection.
    """
    found = await connections.lock(conn, connection_id)
    if found is None:
        raise UnknownConnection(connection_id)
    check_version(expected_version, found.version)
    holding = await spaces.mapped_through(conn, connection_id)
    mapped = [each for each in holding if each.deleted_at is None]
    if mapped:
        raise ConnectionStillMapped(len(mapped), mapped[0].id, mapped[0].name)
    leaving = len(holding) + await left_holds.still_asked_through(conn, connection_id)
    if leaving:
        raise ConnectionStillLeaving(leaving)
    await left_holds.forget_through(conn, connection_id)
    await import_rooms.end_through(conn, connection_id, CONNECTION_GONE)
    await connections.delete(conn, connection_id)


async def _check_name(conn: Db, wanted: ConnectionRow) -> None:
    holder = await connections.named(conn, wanted.name)
    if holder is not None and holder.id != wanted.id:
        raise ConnectionNameTaken(holder.id)


async def _change_tenant(conn: Db, before: ConnectionRow, after: ConnectionRow, now: datetime) -> None:
    """Save a connection that leads to another tenant, and have its rooms leave their mailboxes for those there."""
    await slices.lock_spaces(conn, [each.id for each in await spaces.mapped_through(conn, before.id)])
    mapped = [each.id for each in await spaces.mapped_through(conn, before.id)]
    await end_imports_of(conn, mapped)
    await leave_mailboxes(conn, mapped, through=await left_holds.leave_tenant(conn, before))
    await connections.save(conn, after)
    await spaces.map_anew(conn, mapped, now)
    await enter_mailboxes(conn, mapped, is_other_tenant=True)
    await import_mapped(conn, mapped)


def _tenant(connection: ConnectionRow) -> tuple[str, str]:
    return connection.cloud, connection.tenant_id


def _reach(connection: ConnectionRow) -> tuple[str, ...]:
    return connection.cloud, connection.tenant_id, connection.client_id, *connection.credentials


async def _announce_mappings(conn: Db, connection_id: UUID) -> list[Message]:
    """Return the messages that announce again every space that is mapped through a connection."""
    return [
        SpaceMapped(space_id=each.id, connection_id=connection_id, room_mailbox=each.room_mailbox)
        for each in await spaces.mapped_through(conn, connection_id)
        if each.room_mailbox is not None
    ]
