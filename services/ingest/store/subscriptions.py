"""The subscriptions of the rooms, as an operator sees them and has them renewed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.common.rows import Rows


@dataclass(frozen=True, slots=True)
class ShownSubscription:
    """The subscription to a room's calendar; without an id there is none. `next_look_at`: ingest acts on it then."""

    space_id: UUID
    room_mailbox: str
    state: str
    subscription_id: str | None
    expires_at: datetime | None
    last_notified_at: datetime | None
    next_look_at: datetime
    failures: int
    detail: str | None


_ROWS = Rows(ShownSubscription)
_COLUMNS = """
    space_id, room_mailbox, state, subscription_id, expires_at, last_notified_at, due_at AS next_look_at, failures,
    detail
"""
_LIST = f"""
    SELECT {_COLUMNS} FROM watches WHERE $1::uuid[] IS NULL OR space_id = ANY($1)
    ORDER BY state = 'active', room_mailbox
"""
_MAKE_DUE = """
    UPDATE watches SET due_at = $2 WHERE $1::uuid[] IS NULL OR space_id = ANY($1) RETURNING space_id
"""


async def list_subscriptions(db: Pool | Connection, space_ids: Sequence[UUID] | None) -> list[ShownSubscription]:
    """Read the subscriptions of these spaces, of all for None, those that need attention first."""
    return [_ROWS.read(row) for row in await db.fetch(_LIST, space_ids)]


async def make_due(conn: Connection, space_ids: Sequence[UUID] | None, at: datetime) -> list[UUID]:
    """Have ingest renew these subscriptions now, or make them; all for None. Returns which spaces are watched.

    `at` is the database's time, which tells a later look whether ingest has acted.
    """
    return [row["space_id"] for row in await conn.fetch(_MAKE_DUE, space_ids, at)]
