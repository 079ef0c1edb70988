"""Watches: which rooms are watched, through which subscription, and when each is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.cloud import Tenancy

State = Literal["connecting", "active", "polling", "quarantined"]


@dataclass(frozen=True, slots=True)
class Watch:
    """One watched room with the way to it, as it stood at `now` of the database's clock."""

    space_id: UUID
    room_mailbox: str
    tenancy: Tenancy
    subscription_id: str | None
    generation: int
    lifetime_min: int | None
    state: State
    expires_at: datetime | None
    failures: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """A subscription to be ended, and the way to it."""

    subscription_id: str
    tenancy: Tenancy


def _tenancy(row: Any) -> Tenancy:  # noqa: ANN401 - asyncpg's records are untyped
    return Tenancy(row["connection_id"], row["cloud"], row["tenant_id"], row["client_id"], row["credential"])


async def end_stale(conn: Connection, space_id: UUID) -> None:
    """Stop watching a room that the space is not mapped to any more; its subscription is left to be ended."""
    await conn.execute(
        """
        WITH stale AS (
            DELETE FROM watches w WHERE space_id = $1 AND NOT EXISTS (
                SELECT FROM policy.mapped_spaces_v1 m
                WHERE m.space_id = w.space_id AND m.room_mailbox = w.room_mailbox AND m.connection_id = w.connection_id
            )
            RETURNING *
        )
        INSERT INTO endings (subscription_id, connection_id, expires_at)
        SELECT subscription_id, connection_id, expires_at FROM stale WHERE subscription_id IS NOT NULL
        ON CONFLICT DO NOTHING
        """,
        space_id,
    )


async def begin(conn: Connection, space_id: UUID) -> None:
    """Watch the room that the space is mapped to, if it is mapped; one that is watched already is due at once."""
    await conn.execute(
        """
        INSERT INTO watches (space_id, room_mailbox, connection_id)
        SELECT space_id, room_mailbox, connection_id FROM policy.mapped_spaces_v1 WHERE space_id = $1
        ON CONFLICT (space_id) DO UPDATE SET due_at = clock_timestamp(), failures = 0
        """,
        space_id,
    )


async def renew_now(conn: Connection, space_id: UUID, generation: int) -> None:
    """Make a subscription due for renewal; one of an older generation is nobody's concern."""
    await conn.execute(
        "UPDATE watches SET due_at = clock_timestamp() WHERE space_id = $1 AND generation = $2", space_id, generation
    )


async def lose(conn: Connection, space_id: UUID, generation: int) -> bool:
    """Forget a subscription that Graph has removed, so that a new one is made; False if it was an older one."""
    status = await conn.execute(
        """
        UPDATE watches SET subscription_id = NULL, expires_at = NULL, state = 'connecting', due_at = clock_timestamp(),
            detail = 'Graph removed the subscription; a new one is being made.'
        WHERE space_id = $1 AND generation = $2
        """,
        space_id,
        generation,
    )
    return bool(status.endswith(" 1"))


async def claim_due(db: Pool | Connection, lease: timedelta, at_most: int) -> list[Watch]:
    """Take watches that are due, longest due first; nobody else gets them until the lease is over."""
    rows = await db.fetch(
        """
        WITH due AS (
            SELECT space_id FROM watches WHERE due_at <= clock_timestamp()
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE watches w SET due_at = clock_timestamp() + $1::interval FROM due
            WHERE w.space_id = due.space_id RETURNING w.*
        )
        SELECT claimed.*, c.cloud, c.tenant_id, c.client_id, c.credential, clock_timestamp() AS now
        FROM claimed JOIN policy.connections_v1 c USING (connection_id)
        """,
        lease,
        at_most,
    )
    return [
        Watch(
            space_id=row["space_id"],
            room_mailbox=row["room_mailbox"],
            tenancy=_tenancy(row),
            subscription_id=row["subscription_id"],
            generation=row["generation"],
            lifetime_min=row["lifetime_min"],
            state=row["state"],
            expires_at=row["expires_at"],
            failures=row["failures"],
            now=row["now"],
        )
        for row in rows
    ]


async def subscribed(conn: Connection, watch: Watch, subscription_id: str, expires_at: datetime, due: datetime) -> bool:
    """Note a new subscription of the next generation; False if the room is not watched in this way any more."""
    status = await conn.execute(
        """
        UPDATE watches SET subscription_id = $3, expires_at = $4, due_at = $5, generation = generation + 1,
            state = 'active', detail = NULL, failures = 0, lifetime_min = $6
        WHERE space_id = $1 AND generation = $2 AND room_mailbox = $7 AND connection_id = $8
        """,
        watch.space_id,
        watch.generation,
        subscription_id,
        expires_at,
        due,
        watch.lifetime_min,
        watch.room_mailbox,
        watch.tenancy.connection_id,
    )
    return bool(status.endswith(" 1"))


async def renewed(conn: Connection, watch: Watch, expires_at: datetime, due: datetime) -> None:
    """Note that a subscription lives longer."""
    await conn.execute(
        """
        UPDATE watches SET expires_at = $3, due_at = $4, state = 'active', detail = NULL, failures = 0
        WHERE space_id = $1 AND subscription_id = $2
        """,
        watch.space_id,
        watch.subscription_id,
        expires_at,
        due,
    )


async def failed(conn: Connection, watch: Watch, state: State, detail: str, due: datetime) -> None:
    """Note that a room could not be subscribed or renewed, with the sentence that says why."""
    await conn.execute(
        """
        UPDATE watches SET state = $3, detail = $4, due_at = $5, failures = failures + 1
        WHERE space_id = $1 AND generation = $2
        """,
        watch.space_id,
        watch.generation,
        state,
        detail,
        due,
    )


async def forget_subscription(conn: Connection, watch: Watch) -> None:
    """Forget a subscription that is gone or has expired."""
    await conn.execute(
        "UPDATE watches SET subscription_id = NULL, expires_at = NULL WHERE space_id = $1 AND generation = $2",
        watch.space_id,
        watch.generation,
    )


async def leave_to_end(conn: Connection, connection_id: UUID, subscription_id: str, expires_at: datetime) -> None:
    """Leave a subscription that nobody needs to be ended."""
    await conn.execute(
        "INSERT INTO endings (subscription_id, connection_id, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        subscription_id,
        connection_id,
        expires_at,
    )


async def claim_endings(db: Pool | Connection, lease: timedelta, at_most: int) -> list[Ending]:
    """Take subscriptions that are to be ended; each comes again after the lease unless it is forgotten."""
    rows = await db.fetch(
        """
        WITH due AS (
            SELECT subscription_id FROM endings WHERE due_at <= clock_timestamp()
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE endings e SET due_at = clock_timestamp() + $1::interval FROM due
            WHERE e.subscription_id = due.subscription_id RETURNING e.*
        )
        SELECT claimed.*, c.cloud, c.tenant_id, c.client_id, c.credential
        FROM claimed JOIN policy.connections_v1 c USING (connection_id)
        """,
        lease,
        at_most,
    )
    return [Ending(row["subscription_id"], _tenancy(row)) for row in rows]


async def forget_endings(db: Pool | Connection, subscription_ids: Sequence[str]) -> None:
    """Forget endings that were carried out, and those that time has carried out."""
    await db.execute(
        "DELETE FROM endings WHERE subscription_id = ANY($1) OR expires_at <= clock_timestamp()", subscription_ids
    )


async def count_by_state(db: Pool | Connection) -> dict[str, int]:
    """Count the watched rooms by their state."""
    rows = await db.fetch("SELECT state, count(*) AS rooms FROM watches GROUP BY state")
    return {row["state"]: row["rooms"] for row in rows}


async def overdue_s(db: Pool | Connection) -> float:
    """Return for how many seconds the longest neglected watch has been due."""
    found: float = await db.fetchval(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)::float8 FROM watches "
        "WHERE due_at <= clock_timestamp()"
    )
    return found
