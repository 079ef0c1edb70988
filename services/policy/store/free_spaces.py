"""Find spaces that could be booked instead of another."""

from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from libs.contracts.values import Window
from services.policy.core.alternatives import MOST_SPACES, FreeSpace

_ROWS = Rows(FreeSpace)

_FREE = """
    SELECT s.id AS space_id, s.name, s.capacity
    FROM spaces asked JOIN spaces s ON s.id <> asked.id
    WHERE asked.id = $1 AND s.deleted_at IS NULL AND s.capacity >= $4 AND NOT EXISTS (
        SELECT FROM space_parts p JOIN occupancies o USING (part_id)
        WHERE p.space_id = s.id AND o.during && tstzrange(
            $2::timestamptz - make_interval(mins => s.setup_minutes),
            $3::timestamptz + make_interval(mins => s.cleanup_minutes)
        )
    )
    ORDER BY coalesce(lower(s.building) = lower(asked.building), false) DESC,
        EXISTS (
            SELECT FROM space_group_members a JOIN space_group_members b USING (group_id)
            WHERE a.space_id = asked.id AND b.space_id = s.id
        ) DESC,
        s.capacity, s.name, s.id
    LIMIT $5
"""


async def find_free(conn: Db, space_id: UUID, window: Window, people: int) -> list[FreeSpace]:
    """Find at most `MOST_SPACES` other spaces for so many people that are free then, their own buffers included.

    Those of the same building come first, then those of a group that the space is in too; then the smallest.
    """
    rows = await conn.fetch(_FREE, space_id, window.start, window.end, max(people, 1), MOST_SPACES)
    return [_ROWS.read(row) for row in rows]
