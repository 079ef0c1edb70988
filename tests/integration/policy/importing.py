"""What the reconciler reads for imports, and what policy does about it in the background."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.contracts.values import Answer, Meeting
from services.policy.commands.apply import Patience
from services.policy.loops.imports import ImportLoop
from services.policy.loops.mailboxes import MailboxLoop

_READ = """
    INSERT INTO reconciler.import_readings (import_id, space_id, attempt, state, detail, began_at, events)
    SELECT import_id, space_id, attempt, $2, $3, clock_timestamp(), $4 FROM policy.import_rooms_v1
    WHERE is_wanted AND ($1::uuid IS NULL OR space_id = $1)
    ON CONFLICT (import_id, space_id) DO UPDATE SET
        attempt = excluded.attempt, state = excluded.state, detail = excluded.detail, events = excluded.events
"""

_EVENT = """
    INSERT INTO reconciler.import_events (import_id, space_id, ical_uid, rank, observed_at, starts_at, ends_at, meeting)
    SELECT import_id, space_id, $2, $3, $4, $6, $7, $5 FROM policy.import_rooms_v1 WHERE is_wanted AND space_id = $1
    ON CONFLICT (import_id, space_id, ical_uid) DO UPDATE SET
        observed_at = excluded.observed_at, meeting = excluded.meeting
"""


async def calendar_read(
    pool: Pool,
    space_id: UUID | None = None,
    events: Sequence[Meeting] = (),
    *,
    state: str = "read",
    detail: str | None = None,
) -> None:
    """Have the calendar of a space read for its import, or those of all spaces, which are empty then."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE NONE")
        await conn.execute(_READ, space_id, state, detail, len(events))
        for each in events:
            rank = 0 if each.answer is Answer.ACCEPTED or each.is_room_owned or each.is_unreadable else 1
            row = each.model_dump(mode="json")
            await conn.execute(_EVENT, space_id, each.ical_uid, rank, utc_now(), row, each.start, each.end)


async def see_to_mailboxes(pool: Pool, codec: Codec, patience: Patience) -> None:
    """Do what policy does in the background after mappings changed, whose calendars are empty."""
    await MailboxLoop(pool, codec, patience).once()
    await calendar_read(pool)
    await ImportLoop(pool, codec, patience).once()
    await MailboxLoop(pool, codec, patience).once()
