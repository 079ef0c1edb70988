"""The events of rooms as the reconciler read them for imports: its view, a few rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows
from libs.contracts.values import Meeting


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """An event to decide about, and its place among those of its room; `problem` says why it could not be read."""

    seq: int
    rank: int
    ical_uid: str
    observed_at: datetime
    meeting: Meeting | None
    problem: str | None


_ROWS = Rows(ReadEvent)

_NEXT = """
    SELECT seq, rank, ical_uid, observed_at, meeting, problem FROM reconciler.import_events_v1
    WHERE import_id = $1 AND space_id = $2 AND rank = $3 AND seq > $4
    ORDER BY seq LIMIT $5
"""


_TOUCHING = """
    SELECT seq, rank, ical_uid, observed_at, meeting, problem FROM reconciler.import_events_v1
    WHERE import_id = $1 AND space_id = $2 AND (rank, seq) <= ($3, $4) AND starts_at < $6 AND ends_at > $5
    ORDER BY rank, seq
"""


async def next_to_decide(
    conn: Connection, import_id: UUID, space_id: UUID, after: tuple[int, int], at_most: int
) -> list[ReadEvent]:
    """Return the next events of the rank of `after`, which is (rank, seq)."""
    return [_ROWS.read(row) for row in await conn.fetch(_NEXT, import_id, space_id, *after, at_most)]


async def touching(
    conn: Connection, import_id: UUID, space_id: UUID, until: tuple[int, int], events: Sequence[ReadEvent]
) -> list[ReadEvent]:
    """Return the events up to `until`, which is (rank, seq), that are at the times of others, or between those."""
    meetings = [each.meeting for each in events if each.meeting is not None]
    if not meetings:
        return []
    start, end = min(each.start for each in meetings), max(each.end for each in meetings)
    rows = await conn.fetch(_TOUCHING, import_id, space_id, *until, start, end)
    return [_ROWS.read(row) for row in rows]
