"""The newest generation of each intent, and the answers that were sent."""

from collections.abc import Iterable

from libs.common.db import Connection
from libs.common.rows import listed
from libs.contracts.keys import KEY_COLUMNS, Key, MeetingKey, columns_of, key_of_row
from libs.contracts.messages import IntentSettled
from services.outbound.core.calls import TAKES_EFFECT
from services.outbound.core.first_write import Noted
from services.outbound.core.sent_answers import SentAnswer
from services.outbound.core.series_first import NO_SERIES_INTENT, SeriesIntent

_OF_KEY = """
    space_id = $1 AND (
        key_ical_uid = $2 AND key_original_date IS NOT DISTINCT FROM $3
        OR key_ical_uid IS NULL AND key_original_date IS NULL AND key_reservation_id = $4
    )
"""
"""The row of the key whose columns are the first four parameters; each branch names a column that an index is on."""

# Ordered, so that two consumers that note the same keys cannot deadlock.
_NOTE = f"""
    INSERT INTO intents AS known ({listed(KEY_COLUMNS)}, generation)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::date[], $4::uuid[], $5::int[]) ORDER BY 1, 2, 3, 4
    ON CONFLICT ({listed(KEY_COLUMNS)}) DO UPDATE SET
        generation = greatest(known.generation, excluded.generation),
        settlement = CASE WHEN excluded.generation > known.generation THEN NULL ELSE known.settlement END,
        noted_at = CASE WHEN excluded.generation > known.generation THEN excluded.noted_at ELSE known.noted_at END
    RETURNING {listed(KEY_COLUMNS)}, generation, xmax = 0 AS is_new
"""
"""Note generations. A row that was there is locked by this transaction, which shows as its `xmax`; a new one has none.

Source: https://www.postgresql.org/docs/current/ddl-system-columns.html
"""

_SENT = f"SELECT tried, awaited_until FROM intents WHERE {_OF_KEY} AND tried IS NOT NULL"

_OF_SERIES = """
    SELECT settlement IS NULL AS is_open, CASE WHEN awaited_until > clock_timestamp() THEN tried END AS awaited
    FROM intents WHERE space_id = $1 AND key_ical_uid = $2 AND key_original_date IS NULL AND key_reservation_id IS NULL
"""

_BEGIN = f"""
    UPDATE intents SET tried = $6,
        awaited_until = CASE WHEN $6::text IS NOT NULL THEN clock_timestamp() + $7::interval END
    WHERE {_OF_KEY} AND generation = $5
        AND ($6::text IS NULL OR tried IS DISTINCT FROM $6 OR awaited_until <= clock_timestamp())
"""

_HAS_NOT_TRIED = f"SELECT tried IS NULL FROM intents WHERE {_OF_KEY} AND generation = $5"

_NEWEST = f"SELECT generation FROM intents WHERE {_OF_KEY}"

_RECORD_NO_RESPONSE = f"""
    UPDATE intents SET awaited_until = clock_timestamp() + $5::interval WHERE {_OF_KEY} AND tried IS NOT NULL
"""

_RECORD_REFUSAL = f"UPDATE intents SET tried = NULL, awaited_until = NULL WHERE {_OF_KEY} AND tried = $5"

_SETTLE = f"UPDATE intents SET settlement = $6, problem = $7, settled_at = $8 WHERE {_OF_KEY} AND generation = $5"

_OLDEST_UNSETTLED_S = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(noted_at)), 0)::float8
    FROM intents WHERE settlement IS NULL
"""


async def note(conn: Connection, generations: Iterable[tuple[Key, int]]) -> dict[Key, Noted]:
    """Record generations; return what is known of each key: of any number of calls, one finds it new.

    The newest generation never decreases.
    """
    newest: dict[Key, int] = {}
    for key, generation in generations:
        newest[key] = max(generation, newest.get(key, 0))
    columns = [columns_of(key) for key in newest]
    rows = await conn.fetch(
        _NOTE,
        [each.space_id for each in columns],
        [each.ical_uid for each in columns],
        [each.original_date for each in columns],
        [each.reservation_id for each in columns],
        list(newest.values()),
    )
    return {key_of_row(row): Noted(row["generation"], row["is_new"]) for row in rows}


async def sent(conn: Connection, key: Key) -> SentAnswer | None:
    """Return the answer that was sent last under a key; None if none was, or another write came after it."""
    row = await conn.fetchrow(_SENT, *columns_of(key))
    return SentAnswer(row["tried"], row["awaited_until"]) if row is not None else None


async def of_series(conn: Connection, key: MeetingKey) -> SeriesIntent:
    """Return what is known of the intent of the series that a date belongs to, whichever process has it.

    An intent is known from when its message was taken until 30 days after it ended. It is open all that time, also
    while it waits for a mailbox.
    """
    row = await conn.fetchrow(_OF_SERIES, key.space_id, key.ical_uid)
    return SeriesIntent(row["is_open"], row["awaited"]) if row is not None else NO_SERIES_INTENT


async def begin(conn: Connection, key: Key, generation: int, answer: str | None) -> bool:
    """Claim a write before it is made. If this returns False, the write must not be made.

    False means that a newer generation has come, or that another attempt has sent this very answer and it may still
    appear. Of any number of concurrent calls for one answer, one gets True. Another write in between, such as a move
    back, ends the wait for an answer that was sent before it.
    """
    if answer is None and await conn.fetchval(_HAS_NOT_TRIED, *columns_of(key), generation):
        # There is no wait to end. To write that down would cost each of a thousand holds a commit.
        return True
    status = await conn.execute(_BEGIN, *columns_of(key), generation, answer, TAKES_EFFECT)
    return bool(status.endswith(" 1"))


async def newest(conn: Connection, key: Key) -> int:
    """Return the newest generation known of a key."""
    found: int = await conn.fetchval(_NEWEST, *columns_of(key))
    return found


async def record_no_response(conn: Connection, key: Key) -> None:
    """Record that the answer sent last got no response: await it again, because it may still take effect."""
    await conn.execute(_RECORD_NO_RESPONSE, *columns_of(key), TAKES_EFFECT)


async def record_refusal(conn: Connection, key: Key, answer: str) -> None:
    """Record that Graph did not accept an answer, so that it may be sent again at once."""
    await conn.execute(_RECORD_REFUSAL, *columns_of(key), answer)


async def settle(conn: Connection, settled: IntentSettled) -> None:
    """Record how the newest generation ended; the end of an older one is not recorded."""
    await conn.execute(
        _SETTLE,
        *columns_of(settled.key),
        settled.generation,
        settled.settlement,
        settled.problem,
        settled.settled_at,
    )


async def oldest_unsettled_s(conn: Connection) -> float:
    """Return the age in seconds of the oldest intent that has not ended; 0 when there is none."""
    age: float = await conn.fetchval(_OLDEST_UNSETTLED_S)
    return age
