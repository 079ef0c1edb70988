"""The loop that works on what is due: watches to subscribe or renew, and subscriptions to end.

It runs up to `AT_A_TIME` jobs at a time and starts the next as soon as one ends, so that a slow answer of Graph about
one room delays no other.
"""

import asyncio
import math
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Gauge

from libs.common.db import AWAY, Pool
from libs.common.every import every
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError, Refused
from services.ingest.loops.subscribe import Subscriber
from services.ingest.store import endings, watches
from services.ingest.store.endings import Ending

AT_A_TIME = 8
LEASE = timedelta(minutes=2)
"""How long no other replica gets a claimed watch; longer than any job takes."""

STATES = ("connecting", "active", "polling", "quarantined", "refused")
ROOMS = Gauge("roomsync_watched_rooms", "Watched rooms by how they are doing", ["state"])
EXPIRY = Gauge(
    "roomsync_subscription_earliest_expiry_timestamp_seconds",
    "When the subscription expires that is the first to, in seconds since 1970; NaN without any",
)
OVERDUE = Gauge("roomsync_watches_overdue_seconds", "For how long the longest neglected watch has been due")

log = structlog.get_logger()


class WatchLoop:
    """Look for due work every `interval_s` seconds; any number of replicas share the work."""

    def __init__(self, pool: Pool, clients: GraphClients, subscriber: Subscriber, interval_s: float) -> None:
        self._pool = pool
        self._clients = clients
        self._subscriber = subscriber
        self._interval_s = interval_s
        self._running: set[asyncio.Task[None]] = set()
        self._interrupted: set[UUID] = set()
        self._has_made_old_terms_due = False

    async def run(self) -> None:
        """Work on what is due, until cancelled; keep trying while the database is away."""
        async with asyncio.TaskGroup() as jobs:
            await every(self._interval_s, partial(self._look, jobs), name="watches")

    async def _look(self, jobs: asyncio.TaskGroup) -> None:
        """Start every job that is due; the first time also for subscriptions made under other terms."""
        if not self._has_made_old_terms_due:
            await self._subscriber.make_old_terms_due()
            self._has_made_old_terms_due = True
        if self._interrupted:
            await watches.release(self._pool, list(self._interrupted))
            self._interrupted.clear()
        while await self._start_due(jobs):
            pass
        await self._measure()

    async def _start_due(self, jobs: asyncio.TaskGroup) -> bool:
        """Start due jobs up to `AT_A_TIME`, or wait for one to end; False when no more are due."""
        free = AT_A_TIME - len(self._running)
        if free == 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return True
        due = await self._claim_due(free)
        for space_id, job in due:
            task = jobs.create_task(self._run_job(space_id, job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(due)

    async def _claim_due(self, at_most: int) -> Sequence[tuple[UUID | None, Coroutine[Any, Any, None]]]:
        """Claim watches that are due and, if there are none, subscriptions to be ended."""
        due = await watches.claim_due(self._pool, LEASE, at_most)
        if due:
            return [(watch.space_id, self._subscriber.update(watch)) for watch in due]
        return [(None, self._end(ending)) for ending in await endings.claim(self._pool, LEASE, at_most)]

    async def _end(self, ending: Ending) -> None:
        """End a subscription, and forget it unless it has to be tried again."""
        try:
            await self._clients.of(ending.tenancy).unsubscribe(ending.subscription_id)
            log.info("subscription.ended")
        except Refused as error:
            log.info("subscription.ended_before", error=type(error).__name__)
        except GraphError as error:
            log.info("subscription.not_ended", error=type(error).__name__)
            return
        await endings.forget(self._pool, [ending.subscription_id])

    async def _run_job(self, space_id: UUID | None, job: Coroutine[Any, Any, None]) -> None:
        """Run a job, which stops no other if it fails.

        Its watch is due again when its lease is over; if the database was away, as soon as that is back.
        """
        try:
            await job
        except AWAY as error:
            log.warning("watch.interrupted", space_id=str(space_id) if space_id else None, error=type(error).__name__)
            if space_id is not None:
                self._interrupted.add(space_id)
        except Exception as error:
            log.exception("watch.failed", space_id=str(space_id) if space_id else None, error=type(error).__name__)

    async def _measure(self) -> None:
        counted = await watches.count_by_state(self._pool)
        for state in STATES:
            ROOMS.labels(state).set(counted.get(state, 0))
        OVERDUE.set(await watches.overdue_s(self._pool))
        earliest = await watches.earliest_expiry(self._pool)
        EXPIRY.set(math.nan if earliest is None else earliest)
