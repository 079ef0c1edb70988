"""What several questions compete for, and which compete with each other, through the parts that their spaces share.

The time that a question competes for is a range of its own, `competes_for`, as nothing is occupied by what it is about.
"""

from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from libs.contracts.values import Window

IS_COMPETED_FOR = """
    EXISTS (
        SELECT FROM space_parts own JOIN space_parts shared USING (part_id)
        JOIN approvals a ON a.space_id = shared.space_id
        WHERE own.space_id = $1 AND a.competes_for IS NOT NULL
    )
"""
"""Tell whether a question competes for any time of any part of the space $1."""

RIVALS = """
    array(
        SELECT DISTINCT rival.reservation_id
        FROM (
            SELECT range_agg(tstzrange(
                (each ->> 'start')::timestamptz - make_interval(mins => s.setup_minutes),
                (each ->> 'end')::timestamptz + make_interval(mins => s.cleanup_minutes)
            )) AS times
            FROM jsonb_array_elements(CASE a.asked -> 'dates'
                WHEN '[]' THEN jsonb_build_array(a.asked -> 'window') ELSE a.asked -> 'dates'
            END) AS each
        ) asked
        JOIN space_parts own ON own.space_id = a.space_id
        JOIN space_parts shared USING (part_id)
        JOIN approvals rival ON rival.space_id = shared.space_id AND rival.competes_for && asked.times
        WHERE a.state = 'pending' AND rival.id <> a.id
    )
"""
"""Find what competes for some of the time that the pending question `a` asks for in the space `s`."""

_CROWDED_OUT = """
    SELECT DISTINCT a.id, a.space_id, a.reservation_id, a.asked -> 'window' AS window
    FROM occupancies o JOIN space_parts p USING (part_id)
    JOIN approvals a ON a.space_id = p.space_id AND a.competes_for && o.during
    WHERE o.reservation_id = ANY($1) AND o.purpose = 'reserved' AND a.reservation_id <> o.reservation_id
    ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class CompetingQuestion:
    """A pending question that competes for this time, and which reservation it is about."""

    id: UUID
    space_id: UUID
    reservation_id: UUID
    window: Window


_ROWS = Rows(CompetingQuestion)


async def crowded_out(conn: Db, reservation_ids: list[UUID]) -> list[CompetingQuestion]:
    """Return what competes for time that these reservations occupy."""
    return [_ROWS.read(row) for row in await conn.fetch(_CROWDED_OUT, reservation_ids)]
