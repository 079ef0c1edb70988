"""Spaces, read very many at a time."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed
from services.policy.store.spaces import SpaceRow

_ROWS = Rows(SpaceRow)
_COLUMNS = columns(SpaceRow)

_OF_IDS = f"SELECT {listed(_COLUMNS)} FROM spaces WHERE id = ANY($1) AND deleted_at IS NULL"
_HOLDERS = f"SELECT {listed(_COLUMNS)} FROM spaces WHERE room_mailbox = ANY($1)"


async def of_ids(conn: Db, space_ids: Sequence[UUID]) -> dict[UUID, SpaceRow]:
    """Read those of the spaces that there are."""
    found = [_ROWS.read(row) for row in await conn.fetch(_OF_IDS, list(space_ids))]
    return {each.id: each for each in found}


async def holders(conn: Db, room_mailboxes: Sequence[str]) -> dict[str | None, SpaceRow]:
    """Find the spaces that are mapped to these mailboxes, given in lower case; they may be closing."""
    found = [_ROWS.read(row) for row in await conn.fetch(_HOLDERS, list(room_mailboxes))]
    return {each.room_mailbox: each for each in found}
