"""What the looks that policy asks for found missing, and since when, until nobody waits for the look any more.

A look that comes again, to whatever process, has to know what it missed before. Nothing here is forgotten when a look
is concluded: if its answer is lost on the way, the next delivery comes to the same conclusion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool


@dataclass(frozen=True, slots=True)
class LookedFor:
    """A meeting that a look has looked for, and whether it was missing."""

    look_id: UUID
    ical_uid: str
    is_missing: bool


_NOTE = """
WITH looked AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS looked (look_id, ical_uid, is_missing)
), found AS (
    DELETE FROM look_misses m USING looked
    WHERE m.look_id = looked.look_id AND m.ical_uid = looked.ical_uid AND NOT looked.is_missing
)
INSERT INTO look_misses AS known (look_id, ical_uid, first_missed_at)
SELECT DISTINCT look_id, ical_uid, $4::timestamptz FROM looked WHERE is_missing
ON CONFLICT (look_id, ical_uid) DO UPDATE
    SET first_missed_at = least(known.first_missed_at, excluded.first_missed_at)
RETURNING look_id, ical_uid, first_missed_at
"""


async def note(
    db: Pool | Connection, looked: Sequence[LookedFor], looked_at: datetime
) -> dict[tuple[UUID, str], datetime]:
    """Note what was missing at `looked_at`, and return since when, by look and iCalUId.

    A meeting is missed from the first look on that did not find it; one that is found is missed no longer. Idempotent.
    """
    if not looked:
        return {}
    rows = await db.fetch(
        _NOTE,
        [each.look_id for each in looked],
        [each.ical_uid for each in looked],
        [each.is_missing for each in looked],
        looked_at,
    )
    return {(row["look_id"], row["ical_uid"]): row["first_missed_at"] for row in rows}
