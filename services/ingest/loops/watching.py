"""The loop that looks after what is due: watches to subscribe or renew, and subscriptions to end."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import structlog
from prometheus_client import Gauge

from libs.common.db import Pool
from libs.graph.clients import GraphClients
from libs.graph.errors import AuthenticationFailed, GraphError, Refused
from services.ingest.loops.subscribe import Subscriber
from services.ingest.store import rooms, watches
from services.ingest.store.watches import Ending, Watch

AT_A_TIME = 8
LEASE = timedelta(minutes=2)
"""How long a claimed watch is nobody else's; longer than any look after it takes."""

TIDY_EVERY_S = 3600.0
DATABASE_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
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

    async def run(self) -> None:
        """Look after what is due until cancelled; outlives a database that is away."""
        while True:
            try:
                await self._once()
            except DATABASE_AWAY as error:
                log.warning("watches.unknown", error=type(error).__name__)
            await asyncio.sleep(self._interval_s)

    async def tidy(self) -> None:
        """Forget old pointers, now and then, until cancelled."""
        while True:
            try:
                await rooms.forget_old(self._pool)
            except DATABASE_AWAY as error:
                log.warning("pointers.kept", error=type(error).__name__)
            await asyncio.sleep(TIDY_EVERY_S)

    async def _once(self) -> None:
        while due := await watches.claim_due(self._pool, LEASE, AT_A_TIME):
            results = await asyncio.gather(*map(self._subscriber.look_after, due), return_exceptions=True)
            _report(due, results)
        while endings := await watches.claim_endings(self._pool, LEASE, AT_A_TIME):
            ended = await asyncio.gather(*(self._end(ending) for ending in endings))
            await watches.forget_endings(self._pool, [each for each in ended if each is not None])
        await self._measure()

    async def _end(self, ending: Ending) -> str | None:
        """End a subscription; return its id if nothing is left to be done about it."""
        try:
            await self._clients.of(ending.tenancy).unsubscribe(ending.subscription_id)
        except Refused:
            return ending.subscription_id
        except (AuthenticationFailed, GraphError) as error:
            log.info("subscription.not_ended", error=type(error).__name__)
            return None
        log.info("subscription.ended")
        return ending.subscription_id

    async def _measure(self) -> None:
        counted = await watches.count_by_state(self._pool)
        for state in STATES:
            ROOMS.labels(state).set(counted.get(state, 0))
        OVERDUE.set(await watches.overdue_s(self._pool))


def _report(due: Sequence[Watch], results: Sequence[BaseException | None]) -> None:
    """Log what went wrong with single watches; each comes again when its lease is over, and stops no other."""
    for watch, error in zip(due, results, strict=True):
        if error is not None:
            log.error("watch.failed", space_id=str(watch.space_id), error=type(error).__name__, exc_info=error)
