"""Map spaces to room mailboxes, one to one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.contracts.messages import Message, SpaceMapped, SpaceUnmapped
from services.policy.api.problems import CONFLICT, FieldProblem, Problem, invalid, not_found
from services.policy.store import connections, spaces
from services.policy.store.spaces import Space


async def mapped(conn: Db, space: Space, room_mailbox: str, connection: str | None, now: datetime) -> Space:
    """Return the space as mapped to the mailbox; as it was if it already is.

    `connection` is an id or a name; without one the space's own counts, or the only one there is. Raises Problem if
    another space has the mailbox, or if the connection is unknown or has to be named.
    """
    holder = await spaces.holder(conn, room_mailbox)
    if holder is not None and holder.id != space.id:
        raise Problem(
            CONFLICT,
            f"This mailbox is mapped to the space {holder.name} ({holder.id}). Unmap that one first, or take another "
            "mailbox: each space has a mailbox of its own.",
            errors=[
                FieldProblem(
                    field="room_mailbox",
                    problem=f"is mapped to the space {holder.id}",
                    expected="a mailbox no other space is mapped to",
                )
            ],
        )
    connection_id = await _connection_id(conn, connection, space.connection_id)
    if (space.room_mailbox, space.connection_id) == (room_mailbox, connection_id):
        return space
    return replace(space, room_mailbox=room_mailbox, connection_id=connection_id, mapped_at=now)


def unmapped(space: Space) -> Space:
    """Return the space as mapped to nothing."""
    return replace(space, room_mailbox=None, connection_id=None, mapped_at=None)


def news(before: Space | None, after: Space) -> Sequence[Message]:
    """Say what changed in the mapping. A space mapped elsewhere is unmapped first."""
    told: list[Message] = []
    old = before.room_mailbox if before is not None else None
    if old is not None and old != after.room_mailbox:
        told.append(SpaceUnmapped(space_id=after.id, room_mailbox=old))
    if after.room_mailbox is None or after.connection_id is None:
        return told
    if before is None or (before.room_mailbox, before.connection_id) != (after.room_mailbox, after.connection_id):
        told.append(SpaceMapped(space_id=after.id, connection_id=after.connection_id, room_mailbox=after.room_mailbox))
    return told


async def _connection_id(conn: Db, named: str | None, current: UUID | None) -> UUID:
    if named is not None:
        found = await connections.named(conn, named) or await _by_id(conn, named)
        if found is None:
            raise not_found("connection", "connection")
        return found.id
    if current is not None:
        return current
    match await connections.every(conn):
        case [only]:
            return only.id
        case []:
            raise invalid("room_mailbox", "cannot be reached yet", "Connect a tenant first: POST /v1/connections")
        case _:
            raise invalid("connection", "is missing", "There are several connections: name the mailbox's own")


async def _by_id(conn: Db, text: str) -> connections.Connection | None:
    try:
        connection_id = UUID(text)
    except ValueError:
        return None
    return await connections.read(conn, connection_id)
