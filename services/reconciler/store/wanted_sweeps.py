"""Sweeps that somebody at the command line asks for and waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.common.rows import Rows

BECAUSE = "operator_asked"


@dataclass(frozen=True, slots=True)
class WantedSweep:
    """A room whose comparison is wanted, and how that goes.

    It is over when `is_compared`, when `is_failed`, or when nobody compares the room now because it `is_left_alone`:
    its connection is paused, or its mailbox is not admitted. `state` is that of `reconciler.rooms_v1`.
    """

    space_id: UUID
    room_mailbox: str
    state: str
    detail: str | None
    compared_at: datetime | None
    agreed_at: datetime | None
    is_compared: bool
    is_failed: bool
    is_left_alone: bool

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.is_compared or self.is_failed or self.is_left_alone


_WANT = """
    UPDATE rooms SET asked_at = $2, asked_because = $3
    WHERE $1::uuid[] IS NULL OR space_id = ANY($1) RETURNING space_id
"""

_FOLLOW = """
    SELECT r.space_id, r.room_mailbox, v.state, v.detail, r.compared_at, r.agreed_at,
        r.compared_at IS NOT NULL AND r.compared_at >= $2 AS is_compared,
        r.failing_since IS NOT NULL AND r.asked_at IS NULL AS is_failed,
        v.state = 'paused' OR NOT EXISTS (
            SELECT FROM ingest.watches_v1 w
            WHERE w.space_id = r.space_id AND w.room_mailbox = r.room_mailbox AND w.is_admitted
        ) AS is_left_alone
    FROM rooms r JOIN rooms_v1 v USING (space_id) WHERE r.space_id = ANY($1)
    ORDER BY v.state = 'agrees', r.room_mailbox
"""

_ROWS = Rows(WantedSweep)


async def want(conn: Connection, space_ids: Sequence[UUID] | None, at: datetime) -> list[UUID]:
    """Make rooms the next to compare, all of them for None; return which are known. `at` is the database's time."""
    return [row["space_id"] for row in await conn.fetch(_WANT, space_ids, at, BECAUSE)]


async def follow(db: Pool | Connection, space_ids: Sequence[UUID], since: datetime) -> list[WantedSweep]:
    """Read how the comparisons go that were wanted at this time, those that need attention first."""
    return [_ROWS.read(row) for row in await db.fetch(_FOLLOW, space_ids, since)]
