"""Map spaces to room mailboxes, one to one: which mailbox, through which connection."""

from dataclasses import replace
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.messages import SpaceMapped, SpaceUnmapped
from services.policy.commands.space_errors import (
    ConnectionNotNamed,
    MailboxMappedElsewhere,
    MailboxStillClosing,
    NoTenantConnected,
    NothingToConnect,
)
from services.policy.commands.unknown import UnknownConnection
from services.policy.store import connections, spaces
from services.policy.store.spaces import SpaceRow


class MappingFields(TypedDict, total=False):
    """What to set of a mapping; a field that is left out stays as it is. None as the mailbox unmaps the space.

    `connection` is an id or a name; without it, the space's own connection is used, or the only one there is.
    """

    room_mailbox: str | None
    connection: str


async def change_mapping(conn: Connection, space: SpaceRow, mapping: MappingFields, now: datetime) -> SpaceRow:
    """Return the space with this mapping; unchanged if it has this mapping already.

    Raises `MailboxMappedElsewhere`, `MailboxStillClosing`, `UnknownConnection`, and every `InvalidMapping`.
    """
    mailbox = mapping.get("room_mailbox", space.room_mailbox)
    if mailbox is not None:
        return await _map(conn, space, mailbox, mapping.get("connection"), now) if mapping else space
    if "connection" in mapping:
        raise NothingToConnect
    return replace(space, room_mailbox=None, connection_id=None, mapped_at=None)


async def _map(conn: Connection, space: SpaceRow, room_mailbox: str, named: str | None, now: datetime) -> SpaceRow:
    check_is_free(await spaces.holder(conn, room_mailbox), space.id)
    connection_id = await choose_connection(conn, named, space.connection_id)
    if (space.room_mailbox, space.connection_id) == (room_mailbox, connection_id):
        return space
    return replace(space, room_mailbox=room_mailbox, connection_id=connection_id, mapped_at=now)


def check_is_free(holder: SpaceRow | None, space_id: UUID) -> None:
    """Raise `MailboxMappedElsewhere` or `MailboxStillClosing` if a mailbox is another space's, which is its holder."""
    if holder is not None and holder.deleted_at is not None:
        raise MailboxStillClosing(holder.id, holder.name)
    if holder is not None and holder.id != space_id:
        raise MailboxMappedElsewhere(holder.id, holder.name)


def announce_mapping(before: SpaceRow | None, after: SpaceRow) -> list[Message]:
    """Return the messages that tell what changed in the mapping. A space that changes its mailbox is unmapped first."""
    messages: list[Message] = []
    old = before.room_mailbox if before is not None else None
    if old is not None and old != after.room_mailbox:
        messages.append(SpaceUnmapped(space_id=after.id, room_mailbox=old))
    if after.room_mailbox is None or after.connection_id is None:
        return messages
    if before is None or (before.room_mailbox, before.connection_id) != (after.room_mailbox, after.connection_id):
        mapped = SpaceMapped(space_id=after.id, connection_id=after.connection_id, room_mailbox=after.room_mailbox)
        messages.append(mapped)
    return messages


async def are_in_one_tenant(conn: Connection, one: UUID, other: UUID) -> bool:
    """Whether two connections lead to the same tenant."""
    if one == other:
        return True
    found = [await connections.read(conn, each) for each in (one, other)]
    tenants = {(each.cloud, each.tenant_id) for each in found if each is not None}
    return len(tenants) == 1


async def find_connection(conn: Connection, named: str) -> UUID:
    """Return the id of the connection of this name or id. Raises `UnknownConnection`."""
    found = await connections.named(conn, named) or await _connection_of_id(conn, named)
    if found is None:
        raise UnknownConnection(named)
    return found.id


async def choose_connection(conn: Connection, named: str | None, current: UUID | None) -> UUID:
    """Return the connection that is named, else the space's own, else the only one that there is.

    Raises `UnknownConnection`, `NoTenantConnected` and `ConnectionNotNamed`.
    """
    if named is not None:
        return await find_connection(conn, named)
    if current is not None:
        return current
    match await connections.every(conn):
        case [only]:
            return only.id
        case []:
            raise NoTenantConnected
        case _:
            raise ConnectionNotNamed


async def _connection_of_id(conn: Connection, text: str) -> connections.ConnectionRow | None:
    try:
        connection_id = UUID(text)
    except ValueError:
        return None
    return await connections.read(conn, connection_id)
