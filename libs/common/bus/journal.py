"""The journal in which the in-memory bus records what it has confirmed, so that a crash loses nothing.

It has one row per message and queue, from the publication until the acknowledgement. The messages found at the start
are delivered again, in the order in which they were published.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import asyncpg

from libs.common.bus.port import Envelope, Parked
from libs.common.db import Pool, check
from libs.common.topology import Lane


class Journal(Protocol):
    """The record that the in-memory bus keeps: each method records what the bus does."""

    async def add(self, deliveries: Sequence[tuple[str, Envelope]]) -> None: ...

    async def finish(self, queue: str, message_id: UUID) -> None: ...

    async def retry(self, queue: str, message_id: UUID, attempt: int, reason: str) -> None: ...

    async def park(self, parked: Parked) -> None: ...

    async def load(self) -> tuple[Sequence[tuple[str, Envelope]], Sequence[Parked]]:
        """Return the unfinished deliveries, oldest first, and the parked messages."""
        ...

    async def check(self) -> None:
        """Return if it could write now; raise the error if not."""
        ...


class NoJournal:
    """A journal that records nothing: for tests and simulations, where a crash ends everything."""

    async def add(self, deliveries: Sequence[tuple[str, Envelope]]) -> None:
        """Do nothing."""

    async def finish(self, queue: str, message_id: UUID) -> None:
        """Do nothing."""

    async def retry(self, queue: str, message_id: UUID, attempt: int, reason: str) -> None:
        """Do nothing."""

    async def park(self, parked: Parked) -> None:
        """Do nothing."""

    async def load(self) -> tuple[Sequence[tuple[str, Envelope]], Sequence[Parked]]:
        return [], []

    async def check(self) -> None:
        """Do nothing."""


class PostgresJournal:
    """A journal in the schema `bus`, which `libs/common/bus/migrations` creates."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, deliveries: Sequence[tuple[str, Envelope]]) -> None:
        await self._pool.execute(
            "INSERT INTO deliveries (queue, message_id, envelope, body) "
            "SELECT * FROM unnest($1::text[], $2::uuid[], $3::jsonb[], $4::bytea[]) ON CONFLICT DO NOTHING",
            [queue for queue, _ in deliveries],
            [envelope.message_id for _, envelope in deliveries],
            [_to_row(envelope) for _, envelope in deliveries],
            [envelope.body for _, envelope in deliveries],
        )

    async def finish(self, queue: str, message_id: UUID) -> None:
        await self._pool.execute("DELETE FROM deliveries WHERE queue = $1 AND message_id = $2", queue, message_id)

    async def retry(self, queue: str, message_id: UUID, attempt: int, reason: str) -> None:
        await self._pool.execute(
            "UPDATE deliveries SET attempt = $3, reason = $4, parked_at = NULL WHERE queue = $1 AND message_id = $2",
            queue,
            message_id,
            attempt,
            _as_text(reason),
        )

    async def park(self, parked: Parked) -> None:
        await self._pool.execute(
            "UPDATE deliveries SET reason = $3, parked_at = $4 WHERE queue = $1 AND message_id = $2",
            parked.queue,
            parked.envelope.message_id,
            _as_text(parked.reason),
            parked.parked_at,
        )

    async def load(self) -> tuple[Sequence[tuple[str, Envelope]], Sequence[Parked]]:
        rows = await self._pool.fetch("SELECT * FROM deliveries ORDER BY seq")
        found = [(row, _from_row(row)) for row in rows]
        waiting = [(row["queue"], envelope) for row, envelope in found if row["parked_at"] is None]
        parked = [
            Parked(envelope, row["queue"], row["reason"] or "", row["parked_at"])
            for row, envelope in found
            if row["parked_at"] is not None
        ]
        return waiting, parked

    async def check(self) -> None:
        await check(self._pool)


def _as_text(reason: str) -> str:
    """Replace in a reason what PostgreSQL cannot store: NUL, and half a surrogate pair."""
    return reason.replace("\x00", " ").encode(errors="replace").decode()


def _to_row(envelope: Envelope) -> dict[str, str | int | None]:
    return {
        "type": envelope.type,
        "shard": envelope.shard,
        "sent_at": envelope.sent_at.isoformat(),
        "correlation_id": envelope.correlation_id,
        "lane": envelope.lane.value,
        "traceparent": envelope.traceparent,
        "reply_to": envelope.reply_to,
        "wakes": envelope.wakes,
        "began_at": envelope.began_at.isoformat() if envelope.began_at else None,
    }


def _from_row(row: asyncpg.Record) -> Envelope:
    facts = row["envelope"]
    return Envelope(
        message_id=row["message_id"],
        type=facts["type"],
        body=row["body"],
        shard=facts["shard"],
        sent_at=datetime.fromisoformat(facts["sent_at"]),
        correlation_id=facts["correlation_id"],
        lane=Lane(facts["lane"]),
        traceparent=facts["traceparent"],
        attempt=row["attempt"],
        wakes=facts.get("wakes", 0),
        reply_to=facts.get("reply_to"),  # older rows have none
        began_at=datetime.fromisoformat(facts["began_at"]) if facts.get("began_at") else None,
    )
