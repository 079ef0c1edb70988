"""Intents after outbound has dealt with them."""

from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import IntentSettled


async def settle(conn: Connection, settled: IntentSettled, state: Literal["written", "given_up"]) -> bool:
    """Note how an intent ended; False if a newer one has taken its place."""
    status = await conn.execute(
        """
        UPDATE intents SET state = $4, has_written = has_written OR $5, event_id = coalesce($7, event_id),
            settled_at = CASE WHEN $5 THEN $6 ELSE settled_at END,
            ical_uid = coalesce($8, ical_uid), etag = coalesce($9, etag), problem = $10, detail = $11
        WHERE space_id = $1 AND key = $2 AND generation = $3
        """,
        settled.space_id,
        settled.key,
        settled.generation,
        state,
        settled.has_written,
        settled.settled_at,
        settled.event_id,
        settled.ical_uid,
        settled.etag,
        settled.problem,
        settled.detail,
    )
    return bool(status.endswith(" 1"))


async def withdraw(conn: Connection, space_id: UUID, key: str) -> None:
    """Say that the newest intent under a key will not show by itself, so that the next look decides at once."""
    await conn.execute(
        "UPDATE intents SET state = 'given_up' WHERE space_id = $1 AND key = $2 AND state = 'issued'", space_id, key
    )
