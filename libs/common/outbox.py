"""The outbox: messages that are not published yet, written in the transaction that caused them.

`add` writes rows and wakes the relay when the transaction commits. One relay at a time publishes, per schema, in the
order of the rows of each lane; those of one shard key are in the order in which their transactions committed, because
these held the same lock. A row is deleted after the bus confirmed it, so a crash in between publishes it twice, which
the consumer's inbox makes harmless.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from libs.common.bus.port import Envelope
from libs.common.codec import BusMessage, Codec
from libs.common.db import Connection
from libs.common.topology import Lane

CHANNEL = "outbox"

_ADD = f"""
WITH owed AS (
    INSERT INTO outbox (
        message_id, type, body, shard, lane, is_open, correlation_id, traceparent, reply_to, address, began_at)
    SELECT * FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::boolean[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::timestamptz[])
    RETURNING id
)
SELECT pg_notify('{CHANNEL}_' || current_schema(), '') FROM owed LIMIT 1
"""


async def add(
    conn: Connection, codec: Codec, messages: Iterable[tuple[BusMessage, Lane]], *, correlation_id: str, now: datetime
) -> None:
    """Add these messages, to be published once the caller's transaction has committed."""
    await add_envelopes(
        conn,
        [
            codec.envelope(message, message_id=uuid4(), correlation_id=correlation_id, lane=lane, sent_at=now)
            for message, lane in messages
        ],
    )


async def add_envelopes(conn: Connection, rows: Sequence[Envelope]) -> None:
    """Add these envelopes, to be published once the caller's transaction has committed."""
    if rows:
        await conn.execute(
            _ADD,
            [row.message_id for row in rows],
            [row.type for row in rows],
            [row.body.decode() for row in rows],
            [row.shard for row in rows],
            [row.lane.value for row in rows],
            [row.is_open for row in rows],
            [row.correlation_id for row in rows],
            [row.traceparent for row in rows],
            [row.reply_to for row in rows],
            [row.address for row in rows],
            [row.began_at for row in rows],
        )


async def oldest(conn: Connection, lane: Lane, *, after: int, at_most: int) -> Sequence[tuple[int, Envelope]]:
    """Read the unsent envelopes of a lane beyond row `after`, oldest first."""
    rows = await conn.fetch(
        "SELECT * FROM outbox WHERE lane = $1 AND id > $2 ORDER BY id LIMIT $3", lane.value, after, at_most
    )
    return [
        (
            row["id"],
            Envelope(
                message_id=row["message_id"],
                type=row["type"],
                body=row["body"].encode(),
                shard=row["shard"],
                sent_at=row["added_at"],
                correlation_id=row["correlation_id"],
                lane=Lane(row["lane"]),
                traceparent=row["traceparent"],
                wakes=row["wakes"],
                is_open=row["is_open"],
                reply_to=row["reply_to"],
                address=row["address"],
                began_at=row["began_at"],
            ),
        )
        for row in rows
    ]


async def settle(conn: Connection, ids: Sequence[int]) -> None:
    """Delete rows that the bus has confirmed."""
    await conn.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", ids)


async def backlog(conn: Connection) -> tuple[int, float]:
    """Return how many rows are unsent and the age in seconds of the oldest (0 if there is none)."""
    row = await conn.fetchrow(
        "SELECT count(*) AS depth, "
        "coalesce(extract(epoch FROM clock_timestamp() - min(added_at)), 0)::float8 AS age FROM outbox"
    )
    return (row["depth"], row["age"]) if row else (0, 0.0)
