"""Subscriptions that we no longer need, until Graph has ended them or they have expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.cloud import TENANCY_COLUMNS, Tenancy, tenancy_of


@dataclass(frozen=True, slots=True)
class Ending:
    """A subscription to end, and the tenant it is in."""

    subscription_id: str
    tenancy: Tenancy


_LEAVE_TO_END = """
INSERT INTO endings (subscription_id, connection_id, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def leave_to_end(conn: Connection, connection_id: UUID, subscription_id: str, expires_at: datetime) -> None:
    """Record that a subscription is to be ended."""
    await conn.execute(_LEAVE_TO_END, subscription_id, connection_id, expires_at)


_CLAIM = f"""
WITH due AS (
    SELECT subscription_id FROM endings WHERE due_at <= clock_timestamp()
    ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE endings e SET due_at = clock_timestamp() + $1::interval FROM due
    WHERE e.subscription_id = due.subscription_id RETURNING e.subscription_id, e.connection_id
)
SELECT subscription_id, {TENANCY_COLUMNS} FROM claimed JOIN policy.connections_v1 USING (connection_id)
"""


async def claim(db: Pool | Connection, lease: timedelta, at_most: int) -> list[Ending]:
    """Claim subscriptions to end; each is due again after the lease unless it is forgotten."""
    return [Ending(row["subscription_id"], tenancy_of(row)) for row in await db.fetch(_CLAIM, lease, at_most)]


_IS_TO_END = "SELECT EXISTS (SELECT FROM endings WHERE subscription_id = $1)"


async def is_to_end(db: Pool | Connection, subscription_id: str) -> bool:
    """Whether this is a subscription of ours that is to be ended."""
    found: bool = await db.fetchval(_IS_TO_END, subscription_id)
    return found


_FORGET = "DELETE FROM endings WHERE subscription_id = ANY($1) OR expires_at <= clock_timestamp()"


async def forget(db: Pool | Connection, subscription_ids: Sequence[str]) -> None:
    """Forget these subscriptions, which were ended, and all that have expired."""
    await db.execute(_FORGET, subscription_ids)
