"""Where the in-memory bus writes down what it has confirmed, so that a crash loses nothing.

One row per message and queue, from the moment it is published until it is acknowledged. What is found at the start is
delivered again, in the order in which it was published.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from libs.common.bus.port import Envelope, Parked
from libs.common.db import Pool
from libs.common.topology import Lane


class Journal(Protocol):
    """What the in-memory bus needs to remember."""

    async def add(self, deliveries: Sequence[tuple[str, Envelope]]) -> None: ...

    async def done(self, queue: str, message_id: UUID) -> None: ...

    async def climbed(self, queue: str, message_id: UUID, attempt: int, reason: str) -> None: ...

    async def park(self, parked: Parked) -> None: ...

    async def load(self) -> tuple[Sequence[tuple[str, Envelope]], Sequence[Parked]]:
        """Return what is unfinished, oldest first, and what is parked."""
        ...


class Forgetful:
    """Remembers nothing: for tests and simulations, where a crash ends everything."""

    async def add(self, deliveries: Sequence[tuple[str, Envelope]]) -> None:
        """Do nothing."""

    async def done(self, queue: str, message_id: UUID) -> None:
        """Do nothing."""

    async def climbed(self, queue: str, message_id: UUID, attempt: int, reason: str) -> None:
        """Do nothing."""

    async def park(self, parked: Parked) -> None:
        """Do nothing."""

    async def load(self) -> tuple[Sequence[tuple[str, Envelope]], Sequence[Parked]]:
        return [], []


class PostgresJournal:
    """Remembers in the schema `bus`, made by `libs/common/bus/migrations`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, deliveries: Sequence[tuple[str, Envelope]]) -> None:
        await self._pool.execute(
            "INSERT INTO deliveries (queue, message_id, envelope) "
            "SELECT * FROM unnest($1::text[], $2::uuid[], $3::jsonb[]) ON CONFLICT DO NOTHING",
            [queue for queue, _ in deliveries],
            [envelope.message_id for _, envelope in deliveries],
            [_to_row(envelope) for _, envelope in deliveries],
        )

    async def done(self, queue: str, message_id: UUID) -> None:
        await self._pool.execute("DELETE FROM deliveries WHERE queue = $1 AND message_id = $2", queue, message_id)

    async def climbed(self, queue: str, message_id: UUID, attempt: int, reason: str) -> None:
        await self._pool.execute(
            "UPDATE deliveries SET attempt = $3, reason = $4, parked_at = NULL WHERE queue = $1 AND message_id = $2",
            queue,
            message_id,
            attempt,
            reason,
        )

    async def park(self, parked: Parked) -> None:
        await self._pool.execute(
            "UPDATE deliveries SET reason = $3, parked_at = $4 WHERE queue = $1 AND message_id = $2",
            parked.queue,
            parked.envelope.message_id,
            parked.reason,
            parked.parked_at,
        )

    async def load(self) -> tuple[Sequence[tuple[str, Envelope]], Sequence[Parked]]:
        rows = await self._pool.fetch("SELECT * FROM deliveries ORDER BY seq")
        found = [(row, replace(_from_row(row["message_id"], row["envelope"]), attempt=row["attempt"])) for row in rows]
        waiting = [(row["queue"], envelope) for row, envelope in found if row["parked_at"] is None]
        parked = [
            Parked(envelope, row["queue"], row["reason"] or "", row["parked_at"])
            for row, envelope in found
            if row["parked_at"] is not None
        ]
        return waiting, parked


def _to_row(envelope: Envelope) -> dict[str, Any]:
    return {
        "type": envelope.type,
        "body": envelope.body.decode(errors="surrogateescape"),
        "shard": envelope.shard,
        "sent_at": envelope.sent_at.isoformat(),
        "correlation_id": envelope.correlation_id,
        "lane": envelope.lane.value,
        "traceparent": envelope.traceparent,
    }


def _from_row(message_id: UUID, row: dict[str, Any]) -> Envelope:
    return Envelope(
        message_id=message_id,
        type=row["type"],
        body=row["body"].encode(errors="surrogateescape"),
        shard=row["shard"],
        sent_at=datetime.fromisoformat(row["sent_at"]),
        correlation_id=row["correlation_id"],
        lane=Lane(row["lane"]),
        traceparent=row["traceparent"],
    )
