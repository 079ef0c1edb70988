"""Intents after outbound has dealt with them."""

from typing import Literal

from libs.common.db import Connection
from libs.contracts.keys import Key, columns_of
from libs.contracts.messages import IntentSettled
from services.policy.store.keys import OF_KEY


async def settle(conn: Connection, settled: IntentSettled, state: Literal["written", "given_up"]) -> bool:
    """Note how an intent ended; False if a newer one has taken its place.

    Of one that was overtaken counts that it was written, and where: what was observed before says nothing any more.
    """
    is_newest: bool | None = await conn.fetchval(
        f"""
        UPDATE intents SET
            has_written = has_written OR $7,
            settled_at = CASE WHEN $7 THEN greatest(settled_at, $8) ELSE settled_at END,
            event_id = CASE WHEN generation = $5 THEN coalesce($9, event_id) ELSE coalesce(event_id, $9) END,
            ical_uid = CASE WHEN generation = $5 THEN coalesce($10, ical_uid) ELSE coalesce(ical_uid, $10) END,
            state = CASE WHEN generation = $5 THEN $6 ELSE state END,
            etag = CASE WHEN generation = $5 THEN coalesce($11, etag) ELSE etag END,
            problem = CASE WHEN generation = $5 THEN $12 ELSE problem END,
            detail = CASE WHEN generation = $5 THEN $13 ELSE detail END,
            awaited_until = CASE WHEN generation = $5 THEN $14 ELSE awaited_until END
        WHERE {OF_KEY} AND generation >= $5
        RETURNING generation = $5
        """,
        *columns_of(settled.key),
        settled.generation,
        state,
        settled.has_written,
        settled.settled_at,
        settled.event_id,
        settled.ical_uid,
        settled.etag,
        settled.problem,
        settled.detail,
        settled.awaited_until,
    )
    return is_newest is True


async def withdraw(conn: Connection, key: Key, generation: int) -> None:
    """Say that an intent will not show by itself, so that the next look decides at once; nothing if it is overtaken."""
    await conn.execute(
        f"""
        UPDATE intents SET awaited_until = NULL
        WHERE {OF_KEY} AND generation = $5 AND state = 'issued'
        """,
        *columns_of(key),
        generation,
    )
