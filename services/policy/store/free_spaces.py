"""Find spaces that could be booked instead of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from libs.contracts.values import Window
from services.policy.core.alternatives import FreeSpace
from services.policy.core.policies.policy import Policy
from services.policy.store.policies import concerning_of, policies_in

_ROWS = Rows(FreeSpace)

CONSIDERED = 12
"""How many free spaces are judged by their policies, to find a few that may be booked."""

_FREE = f"""
    WITH free AS (
        SELECT s.id AS space_id, s.name, s.capacity, s.time_zone, row_number() OVER (
            ORDER BY coalesce(lower(s.building) = lower(asked.building), false) DESC,
                EXISTS (
                    SELECT FROM space_group_members a JOIN space_group_members b USING (group_id)
                    WHERE a.space_id = asked.id AND b.space_id = s.id
                ) DESC,
                s.capacity, s.name, s.id
        ) AS place
        FROM spaces asked JOIN spaces s ON s.id <> asked.id
        WHERE asked.id = $1 AND s.deleted_at IS NULL AND s.capacity >= $4 AND NOT EXISTS (
            SELECT FROM space_parts p JOIN occupancies o USING (part_id)
            WHERE p.space_id = s.id AND o.during && tstzrange(
                $2::timestamptz - make_interval(mins => s.setup_minutes),
                $3::timestamptz + make_interval(mins => s.cleanup_minutes)
            )
        )
        ORDER BY place LIMIT $5
    )
    SELECT f.*, ({concerning_of("f.space_id")}) AS policies FROM free f ORDER BY f.place
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A free space, with what is needed to judge whether it may be booked."""

    space: FreeSpace
    time_zone: str
    policies: Sequence[Policy]


async def find_free(conn: Db, space_id: UUID, window: Window, people: int) -> list[Candidate]:
    """Find at most `CONSIDERED` other spaces for so many people that are free then, their own buffers included.

    Those of the same building come first, then those of a group that the space is in too; then the smallest.
    """
    rows = await conn.fetch(_FREE, space_id, window.start, window.end, max(people, 1), CONSIDERED)
    return [Candidate(_ROWS.read(row), row["time_zone"], policies_in(row["policies"])) for row in rows]
