"""The loop that looks after what is due: watches to subscribe or renew, and subscriptions to end.

So many are in hand at a time, and whichever is done makes room for the next: a room that Graph is slow about holds up
no other.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Gauge

from libs.common.db import Pool
from libs.common.every import every
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError, Refused
from services.ingest.loops.subscribe import Subscriber
from services.ingest.store import endings, watches
from services.ingest.store.endings import Ending

AT_A_TIME = 8
LEASE = timedelta(minutes=2)
"""How long a claimed watch is nobody else's; longer than any look after it takes."""

STATES = ("connecting", "active", "polling", "quarantined")
ROOMS = Gauge("roomsync_watched_rooms", "Watched rooms by how they are doing", ["state"])
OVERDUE = Gauge("roomsync_watches_overdue_seconds", "For how long the longest neglected watch has been due")

log = structlog.get_logger()


class WatchLoop:
    """Looks every `interval_s` seconds; any number of replicas share the work."""

    def __init__(self, pool: Pool, clients: GraphClients, subscriber: Subscriber, interval_s: float) -> None:
        self._pool = pool
        self._clients = clients
        self._subscriber = subscriber
        self._interval_s = interval_s
        self._in_hand: set[asyncio.Task[None]] = set()
        self._has_taken_up_terms = False

    async def run(self) -> None:
        """Look after what is due until cancelled; outlives a database that is away."""
        async with asyncio.TaskGroup() as hands:
            await every(self._interval_s, partial(self._look, hands), name="watches")

    async def _look(self, hands: asyncio.TaskGroup) -> None:
        """Start on all that is due; at the first look also on what was made under other terms."""
        if not self._has_taken_up_terms:
            await self._subscriber.take_up_terms()
            self._has_taken_up_terms = True
        while await self._start_on_due(hands):
            pass
        await self._measure()

    async def _start_on_due(self, hands: asyncio.TaskGroup) -> bool:
        """Start on what is due, as far as hands are free; False when there is nothing left to start on."""
        free = AT_A_TIME - len(self._in_hand)
        if free == 0:
            await asyncio.wait(self._in_hand, return_when=asyncio.FIRST_COMPLETED)
            return True
        jobs = await self._due(free)
        for space_id, job in jobs:
            task = hands.create_task(_guarded(space_id, job))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)
        return bool(jobs)

    async def _due(self, at_most: int) -> Sequence[tuple[UUID | None, Coroutine[Any, Any, None]]]:
        """Claim watches that are due and, if there are none, subscriptions to be ended."""
        due = await watches.claim_due(self._pool, LEASE, at_most)
        if due:
            return [(watch.space_id, self._subscriber.look_after(watch)) for watch in due]
        return [(None, self._end(ending)) for ending in await endings.claim(self._pool, LEASE, at_most)]

    async def _end(self, ending: Ending) -> None:
        """End a subscription, and forget it if nothing is left to be done about it."""
        try:
            await self._clients.of(ending.tenancy).unsubscribe(ending.subscription_id)
            log.info("subscription.ended")
        except Refused as error:
            log.info("subscription.ended_before", error=type(error).__name__)
        except GraphError as error:
            log.info("subscription.not_ended", error=type(error).__name__)
            return
        await endings.forget(self._pool, [ending.subscription_id])

    async def _measure(self) -> None:
        counted = await watches.count_by_state(self._pool)
        for state in STATES:
            ROOMS.labels(state).set(counted.get(state, 0))
        OVERDUE.set(await watches.overdue_s(self._pool))


async def _guarded(space_id: UUID | None, job: Coroutine[Any, Any, None]) -> None:
    """Do a job; one that fails comes again when its lease is over, and stops no other."""
    try:
        await job
    except Exception as error:
        log.exception("watch.failed", space_id=str(space_id) if space_id else None, error=type(error).__name__)
