"""Publish the outbox to the bus.

One relay at a time works per schema: it holds an advisory lock on a connection of its own, on which it also listens for
the wake-up that `outbox.add` sends. Another one stands by and takes over when that connection ends. Rows of a lane are
published in their order, many at a time, and deleted once the bus has confirmed them; the bulk lane's follow when there
are none of the live lane, and so few at a time that these need not wait for long. When the bus fails, the relay goes
back to the oldest row that is still there. A row that no queue takes stays and is tried again, but delays no other row.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog
from prometheus_client import Gauge

from libs.common import outbox
from libs.common.bus.port import Bus, BusError, Envelope, Unroutable
from libs.common.db import OwnConnection, own_connection
from libs.common.every import every
from libs.common.topology import Lane

DEPTH = Gauge("roomsync_outbox_rows", "Messages owed to the bus", ["schema"])
AGE = Gauge("roomsync_outbox_oldest_seconds", "Age of the oldest message owed to the bus", ["schema"])

BATCHES = {Lane.LIVE: 200, Lane.BULK: 20}
MEASURE_EVERY_S = 1.0
POLL_S = 1.0
STAND_BY_S = 0.5
QUERY_TIMEOUT_S = 30
PAUSE_AFTER_FAILURE_S = 0.5

log = structlog.get_logger()


class Relay:
    """Publish one schema's outbox."""

    def __init__(self, url: str, schema: str, bus: Bus) -> None:
        self._url = url
        self._schema = schema
        self._bus = bus
        self._wake = asyncio.Event()
        self._measured_at = float("-inf")

    async def run(self) -> None:
        """Publish what is unsent, until cancelled; keep trying while the database or the broker is away."""
        await every(PAUSE_AFTER_FAILURE_S, self._run_connected, name=f"relay of {self._schema}")

    async def _run_connected(self) -> None:
        """Publish what is unsent until the connection is lost."""
        async with own_connection(self._url, schema=self._schema, answers_within_s=QUERY_TIMEOUT_S) as conn:
            await self._acquire_lock(conn)
            await conn.add_listener(f"{outbox.CHANNEL}_{self._schema}", self._on_notify)
            while True:
                self._wake.clear()
                await self._drain(conn)
                # Not `asyncio.wait_for`: in Python 3.11 it loses a cancellation that comes just as the wait ends.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._wake.wait()

    async def _acquire_lock(self, conn: OwnConnection) -> None:
        # Polls for the lock instead of waiting in the database: a statement that waits keeps its snapshot, so that
        # vacuum could not remove the rows that are deleted meanwhile.
        lock = f"relay {self._schema}"
        while True:
            if await conn.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", lock):
                return
            await asyncio.sleep(STAND_BY_S)

    def _on_notify(self, *_: object) -> None:
        self._wake.set()

    async def _drain(self, conn: OwnConnection) -> None:
        after = dict.fromkeys(Lane, 0)
        while rows := await _next(conn, after):
            unroutable: set[UUID] = set()
            try:
                await self._bus.publish([envelope for _, envelope in rows])
            except Unroutable as error:
                log.error("relay.unroutable", schema=self._schema, rows=len(error.envelopes), error=str(error))  # noqa: TRY400
                unroutable = {envelope.message_id for envelope in error.envelopes}
                row_id, last = rows[-1]
                after[last.lane] = row_id
            except BusError as error:
                log.warning("relay.waiting", schema=self._schema, owed=len(rows), error=str(error))
                await self._measure(conn)
                await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
                continue
            await outbox.settle(conn, [row_id for row_id, each in rows if each.message_id not in unroutable])
        await self._measure(conn)

    async def _measure(self, conn: OwnConnection) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._measured_at + MEASURE_EVERY_S:
            return
        self._measured_at = now
        depth, age = await outbox.backlog(conn)
        DEPTH.labels(self._schema).set(depth)
        AGE.labels(self._schema).set(age)


async def _next(conn: OwnConnection, after: Mapping[Lane, int]) -> Sequence[tuple[int, Envelope]]:
    """Return the next rows to publish, all of one lane, beyond those that no queue takes."""
    for lane, at_most in BATCHES.items():
        if rows := await outbox.oldest(conn, lane, after=after[lane], at_most=at_most):
            return rows
    return ()
