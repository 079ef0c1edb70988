"""The rooms to compare: which are due, and how their last comparison ended.

One process at a time claims a room. A claim expires by itself, so that a process that died keeps no room for long; a
process that is running prolongs its claims.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.cloud import Tenancy, tenancy_of
from libs.graph.mailbox_name import MailboxName

HELD_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ClaimedRoom:
    """A room claimed for a comparison: its mailbox, its tenant, and what is known from before.

    `mailbox` is how to name it to Graph; it knows its object id if ingest does.
    """

    space_id: UUID
    room_mailbox: str
    mailbox: MailboxName
    tenancy: Tenancy
    watch_state: str | None
    asked_because: str | None
    compared_at: datetime | None
    brake_confirmed: int | None
    failures: int
    was_failing: bool


@dataclass(frozen=True, slots=True)
class ComparedRoom:
    """The result of a complete comparison: when the reading began, whether it proved agreement, what was unreadable.

    `correlation_id` is that of the sweep.
    """

    observed_at: datetime
    agrees: bool
    unreadable: int
    correlation_id: str


_ADOPT = """
    INSERT INTO rooms AS known (space_id, room_mailbox, connection_id)
    SELECT space_id, room_mailbox, connection_id FROM policy.mapped_spaces_v1
    WHERE $1::uuid IS NULL OR space_id = $1
    ON CONFLICT (space_id) DO UPDATE SET
        room_mailbox = excluded.room_mailbox, connection_id = excluded.connection_id, since = excluded.since,
        due_at = excluded.due_at, holder = NULL, held_since = NULL, held_until = NULL, compared_at = NULL,
        agreed_at = NULL, unreadable = 0, unreadable_since = NULL, is_quarantined = false, failures = 0,
        failing_since = NULL, problem = NULL,
        braked_at = NULL, braked_cancels = NULL, brake_problem = NULL, brake_confirmed = NULL, confirmed_by = NULL
    WHERE (known.room_mailbox, known.connection_id) IS DISTINCT FROM (excluded.room_mailbox, excluded.connection_id)
"""

_FORGET_UNMAPPED = """
    WITH gone AS (
        DELETE FROM rooms r
        WHERE NOT EXISTS (SELECT FROM policy.mapped_spaces_v1 m WHERE m.space_id = r.space_id)
        RETURNING r.space_id
    )
    DELETE FROM drifts WHERE healed_at IS NULL AND space_id IN (SELECT space_id FROM gone)
"""

_ASK = "UPDATE rooms SET asked_at = clock_timestamp(), asked_because = $2 WHERE space_id = $1"

_IS_ADMITTED = """EXISTS (
    SELECT FROM ingest.watches_v1 w
    WHERE w.space_id = r.space_id AND w.room_mailbox = r.room_mailbox AND w.is_admitted
)"""
"""Whether ingest has admitted the mailbox of the room `r`."""

_CLAIM = """
    UPDATE rooms r SET holder = $1, held_since = clock_timestamp(), held_until = clock_timestamp() + $3::interval
    FROM turn JOIN policy.mapped_spaces_v1 m USING (space_id) JOIN ingest.watches_v1 w USING (space_id)
    WHERE r.space_id = turn.space_id AND r.room_mailbox = m.room_mailbox AND r.connection_id = m.connection_id
    RETURNING r.space_id, r.room_mailbox, w.object_id, m.connection_id, m.cloud, m.tenant_id, m.client_id,
        m.credentials, w.state AS watch_state, r.asked_because, r.compared_at, r.brake_confirmed, r.failures,
        r.failing_since IS NOT NULL AS was_failing
"""
"""Claim the rooms that a query `turn` has chosen and locked."""

_CLAIM_DUE = f"""
    WITH turn AS (
        SELECT space_id FROM rooms r
        WHERE (due_at <= clock_timestamp() OR asked_at IS NOT NULL) AND {_IS_ADMITTED}
            AND (held_until IS NULL OR held_until < clock_timestamp())
            AND NOT EXISTS (SELECT FROM pauses p WHERE p.connection_id = r.connection_id)
            AND (compared_at IS NOT NULL OR NOT EXISTS (
                SELECT FROM policy.first_imports_v1 i WHERE i.space_id = r.space_id
            ))
        ORDER BY asked_at IS NULL, is_quarantined, compared_at NULLS FIRST, due_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    {_CLAIM}
"""

_CLAIM_ONE_OF_EACH_PAUSED = f"""
    WITH due AS (
        UPDATE pauses SET until = clock_timestamp() + $4::interval
        WHERE connection_id IN (
            SELECT connection_id FROM pauses WHERE until <= clock_timestamp() LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        RETURNING connection_id
    ), turn AS (
        SELECT one.space_id FROM due CROSS JOIN LATERAL (
            SELECT space_id FROM rooms r
            WHERE r.connection_id = due.connection_id AND {_IS_ADMITTED}
                AND (held_until IS NULL OR held_until < clock_timestamp())
            ORDER BY due_at
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        ) AS one
    )
    {_CLAIM}
"""

_PROLONG = """
    UPDATE rooms SET held_until = clock_timestamp() + $2::interval WHERE holder = $1 AND space_id = ANY($3)
"""

_LET_GO = """
    UPDATE rooms SET holder = NULL, held_since = NULL, held_until = NULL WHERE holder = $1 AND space_id = ANY($2)
"""

_RELEASE = "UPDATE rooms SET holder = NULL, held_since = NULL, held_until = NULL WHERE holder = $1"

_RECORD_COMPARISON = """
    UPDATE rooms SET compared_at = $4, agreed_at = CASE WHEN $5 THEN $4 ELSE agreed_at END,
        agreed_correlation_id = CASE WHEN $5 THEN $8 ELSE agreed_correlation_id END,
        unreadable = $6, unreadable_since = CASE WHEN $6 > 0 THEN coalesce(unreadable_since, $4) END,
        is_quarantined = false, failures = 0, failing_since = NULL, problem = NULL,
        due_at = held_since + $7::interval,
        asked_because = CASE WHEN asked_at > held_since THEN asked_because END,
        asked_at = CASE WHEN asked_at > held_since THEN asked_at END,
        holder = NULL, held_since = NULL, held_until = NULL
    WHERE space_id = $1 AND holder = $2 AND room_mailbox = $3
"""

_RECORD_FAILURE = """
    UPDATE rooms SET failing_since = coalesce(failing_since, clock_timestamp()), problem = $3,
        failures = $4, is_quarantined = $4 > 1, due_at = clock_timestamp() + $5::interval,
        asked_because = CASE WHEN asked_at > held_since THEN asked_because END,
        asked_at = CASE WHEN asked_at > held_since THEN asked_at END,
        holder = NULL, held_since = NULL, held_until = NULL
    WHERE space_id = $1 AND holder = $2
"""

_OLDEST_UNSWEPT_S = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(compared_at, since))), 0)::float8
    FROM rooms r
    WHERE NOT is_quarantined AND NOT EXISTS (SELECT FROM pauses p WHERE p.connection_id = r.connection_id)
"""

_RETRY_NOW = """
    UPDATE rooms SET asked_at = clock_timestamp(), asked_because = $3
    WHERE connection_id = $1 AND ($2::text IS NULL OR lower(room_mailbox) = lower($2))
        AND (
            failing_since IS NOT NULL
            OR EXISTS (SELECT FROM drifts d WHERE d.space_id = rooms.space_id AND d.healed_at IS NULL AND d.asks > 1)
        )
"""

_COUNT_BY_STATE = "SELECT state, count(*) AS rooms FROM rooms_v1 GROUP BY state"

_OVERVIEW = """
    SELECT space_id, r.room_mailbox, v.state, v.agreed_at, v.compared_at, v.braked_cancels AS waiting_cancellations,
        v.detail
    FROM rooms r JOIN rooms_v1 v USING (space_id) ORDER BY v.state = 'agrees', r.room_mailbox
"""


async def adopt(db: Pool | Connection, space_id: UUID | None = None) -> None:
    """Insert a row for each mapped room, or for this one. A room that is mapped anew is reset, and due at once."""
    await db.execute(_ADOPT, space_id)


async def forget_unmapped(db: Pool | Connection) -> None:
    """Delete rooms that are no longer mapped, and their open drifts, whose end no sweep will see."""
    await db.execute(_FORGET_UNMAPPED)


async def ask(db: Pool | Connection, space_id: UUID, because: str) -> None:
    """Make a room the next to compare; a room that is being compared is compared again afterwards."""
    await db.execute(_ASK, space_id, because)


async def claim_due(db: Pool | Connection, holder: UUID, at_most: int) -> list[ClaimedRoom]:
    """Claim rooms that are due: first those that were asked for, then those not compared for the longest time.

    No room has two claims at a time. Rooms in quarantine come last; those of a connection that is paused wait, and so
    does a room whose mailbox ingest has not admitted, and one whose first import has not decided yet.
    """
    return [_room(row) for row in await db.fetch(_CLAIM_DUE, holder, at_most, HELD_FOR)]


async def claim_one_of_each_paused(
    db: Pool | Connection, holder: UUID, at_most: int, try_after: timedelta
) -> list[ClaimedRoom]:
    """Claim one room of each paused connection that is to be tried now; the next one is due after `try_after`."""
    rows = await db.fetch(_CLAIM_ONE_OF_EACH_PAUSED, holder, at_most, HELD_FOR, try_after)
    return [_room(row) for row in rows]


async def prolong(db: Pool | Connection, holder: UUID, space_ids: Collection[UUID]) -> None:
    """Prolong the claims of this process on the rooms that it is comparing."""
    await db.execute(_PROLONG, holder, HELD_FOR, space_ids)


async def let_go(db: Pool | Connection, holder: UUID, space_ids: Collection[UUID]) -> None:
    """Release rooms whose comparison was interrupted; they are as due as before."""
    await db.execute(_LET_GO, holder, space_ids)


async def retry_now(conn: Connection, connection_id: UUID, room_mailbox: str | None, because: str) -> int:
    """Make the rooms the next to compare that failed, or whose drifts policy was asked about in vain.

    It is the room of one mailbox, or without one every room of the connection. Returns how many.
    """
    status = await conn.execute(_RETRY_NOW, connection_id, room_mailbox, because)
    return int(status.rpartition(" ")[2])


async def release(db: Pool | Connection, holder: UUID) -> None:
    """Release every room that this process has claimed, so that others can claim them at once."""
    await db.execute(_RELEASE, holder)


async def record_comparison(
    conn: Connection, room: ClaimedRoom, holder: UUID, seen: ComparedRoom, pause: timedelta
) -> bool:
    """Record a complete comparison and release the room; False if `holder` no longer has the claim.

    Locks the row until the transaction ends, so that only one process writes the results of the comparison.
    """
    status = await conn.execute(
        _RECORD_COMPARISON,
        room.space_id,
        holder,
        room.room_mailbox,
        seen.observed_at,
        seen.agrees,
        seen.unreadable,
        pause,
        seen.correlation_id,
    )
    return bool(status.endswith(" 1"))


async def record_failure(
    db: Pool | Connection, room: ClaimedRoom, holder: UUID, *, problem: str, failures: int, pause: timedelta
) -> None:
    """Record why a comparison failed and release the room; nothing else that is known of it changes.

    `failures` is how often in a row the mailbox could not be reached; from the second time on it is in quarantine.
    """
    await db.execute(_RECORD_FAILURE, room.space_id, holder, problem, failures, pause)


async def oldest_unswept_s(db: Pool | Connection) -> float:
    """Return the longest time in seconds that a room was not compared; 0 for none.

    Rooms in quarantine and rooms of a paused connection do not count.
    """
    age: float = await db.fetchval(_OLDEST_UNSWEPT_S)
    return age


async def count_by_state(db: Pool | Connection) -> dict[str, int]:
    """Count rooms by state."""
    return {row["state"]: row["rooms"] for row in await db.fetch(_COUNT_BY_STATE)}


def _room(row: Any) -> ClaimedRoom:  # noqa: ANN401 - asyncpg's records are untyped
    return ClaimedRoom(
        space_id=row["space_id"],
        room_mailbox=row["room_mailbox"],
        mailbox=MailboxName(row["room_mailbox"], row["object_id"]),
        tenancy=tenancy_of(row),
        watch_state=row["watch_state"],
        asked_because=row["asked_because"],
        compared_at=row["compared_at"],
        brake_confirmed=row["brake_confirmed"],
        failures=row["failures"],
        was_failing=row["was_failing"],
    )


async def overview(db: Pool | Connection) -> list[dict[str, Any]]:
    """Return the state of every room, those that need attention first."""
    return [dict(row) for row in await db.fetch(_OVERVIEW)]
