"""The newest generation of each intent, and the answers that were sent."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import IntentSettled

Key = tuple[UUID, str]


async def note(conn: Connection, generations: Iterable[tuple[UUID, str, int]]) -> dict[Key, int]:
    """Take note of generations and return the newest known of each key; it never goes down."""
    newest: dict[Key, int] = {}
    for space_id, key, generation in generations:
        newest[space_id, key] = max(generation, newest.get((space_id, key), 0))
    # Sorted, so that two consumers which note the same keys never wait for each other in a circle.
    keys = sorted(newest)
    rows = await conn.fetch(
        """
        INSERT INTO intents AS known (space_id, key, generation)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[])
        ON CONFLICT (space_id, key) DO UPDATE SET
            generation = greatest(known.generation, excluded.generation),
            settlement = CASE WHEN excluded.generation > known.generation THEN NULL ELSE known.settlement END,
            noted_at = CASE WHEN excluded.generation > known.generation THEN excluded.noted_at ELSE known.noted_at END
        RETURNING space_id, key, generation
        """,
        [space_id for space_id, _ in keys],
        [key for _, key in keys],
        [newest[each] for each in keys],
    )
    return {(row["space_id"], row["key"]): row["generation"] for row in rows}


async def is_awaited(conn: Connection, space_id: UUID, key: str, answer: str, within: timedelta) -> bool:
    """Whether this answer was sent less than `within` ago, and no other one since."""
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM intents
            WHERE space_id = $1 AND key = $2 AND tried = $3 AND tried_at > clock_timestamp() - $4::interval
        )
        """,
        space_id,
        key,
        answer,
        within,
    )
    return found


async def begin(
    conn: Connection, space_id: UUID, key: str, generation: int, answer: str | None, within: timedelta
) -> bool:
    """Record, before a write, that it is about to be made.

    False, and then it must not be made, if a newer generation has come since, or if whoever asked first within `within`
    is sending this very answer: of any number of askers at once, one gets True. Another write in between, such as a
    move back, ends the wait for an answer that was sent before it.
    """
    status = await conn.execute(
        """
        UPDATE intents SET tried = $4, tried_at = CASE WHEN $4::text IS NOT NULL THEN clock_timestamp() END
        WHERE space_id = $1 AND key = $2 AND generation = $3
            AND ($4::text IS NULL OR tried IS DISTINCT FROM $4 OR tried_at <= clock_timestamp() - $5::interval)
        """,
        space_id,
        key,
        generation,
        answer,
        within,
    )
    return bool(status.endswith(" 1"))


async def newest(conn: Connection, space_id: UUID, key: str) -> int:
    """Return the newest generation known of a key."""
    found: int = await conn.fetchval("SELECT generation FROM intents WHERE space_id = $1 AND key = $2", space_id, key)
    return found


async def may_still_appear(conn: Connection, space_id: UUID, key: str) -> None:
    """Record that nobody knows what became of the answer sent last: it may take effect from now on."""
    await conn.execute(
        "UPDATE intents SET tried_at = clock_timestamp() WHERE space_id = $1 AND key = $2 AND tried IS NOT NULL",
        space_id,
        key,
    )


async def was_refused(conn: Connection, space_id: UUID, key: str, answer: str) -> None:
    """Record that an answer was certainly not taken, so that it may be sent again at once."""
    await conn.execute(
        "UPDATE intents SET tried = NULL, tried_at = NULL WHERE space_id = $1 AND key = $2 AND tried = $3",
        space_id,
        key,
        answer,
    )


async def settle(conn: Connection, settled: IntentSettled) -> None:
    """Record how the newest generation ended; an older one leaves no trace."""
    await conn.execute(
        """
        UPDATE intents SET settlement = $4, problem = $5, settled_at = $6
        WHERE space_id = $1 AND key = $2 AND generation = $3
        """,
        settled.space_id,
        settled.key,
        settled.generation,
        settled.settlement,
        settled.problem,
        settled.settled_at,
    )


async def oldest_unsettled_s(conn: Connection) -> float:
    """Return the age in seconds of the oldest intent that has not ended; 0 when there is none."""
    age: float = await conn.fetchval(
        """
        SELECT coalesce(extract(epoch FROM clock_timestamp() - min(noted_at)), 0)::float8
        FROM intents WHERE settlement IS NULL
        """
    )
    return age
