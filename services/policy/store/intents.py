"""Intents after outbound has dealt with them."""

from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import IntentSettled


async def settle(conn: Connection, settled: IntentSettled, state: Literal["written", "given_up"]) -> bool:
    """Note how an intent ended; False if a newer one has taken its place.

    Of one that was overtaken counts that it was written, and where: what was observed before says nothing any more.
    """
    is_newest: bool | None = await conn.fetchval(
        """
        UPDATE intents SET
            has_written = has_written OR $5,
            settled_at = CASE WHEN $5 THEN greatest(settled_at, $6) ELSE settled_at END,
            event_id = CASE WHEN generation = $3 THEN coalesce($7, event_id) ELSE coalesce(event_id, $7) END,
            ical_uid = CASE WHEN generation = $3 THEN coalesce($8, ical_uid) ELSE coalesce(ical_uid, $8) END,
            state = CASE WHEN generation = $3 THEN $4 ELSE state END,
            etag = CASE WHEN generation = $3 THEN coalesce($9, etag) ELSE etag END,
            problem = CASE WHEN generation = $3 THEN $10 ELSE problem END,
            detail = CASE WHEN generation = $3 THEN $11 ELSE detail END
        WHERE space_id = $1 AND key = $2 AND generation >= $3
        RETURNING generation = $3
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
    return is_newest is True


async def withdraw(conn: Connection, space_id: UUID, key: str, generation: int) -> None:
    """Say that an intent will not show by itself, so that the next look decides at once; nothing if it is overtaken."""
    await conn.execute(
        "UPDATE intents SET deadline = least(deadline, clock_timestamp()) "
        "WHERE space_id = $1 AND key = $2 AND generation = $3 AND state = 'issued'",
        space_id,
        key,
        generation,
    )
