"""The reconciler put together: the only place that reads its settings and knows every part."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import structlog
from prometheus_client import Gauge

from libs.common import inbox
from libs.common.bus.port import Bus
from libs.common.clock import utc_now
from libs.common.db import AWAY, Pool, open_pool
from libs.common.deliver import in_transaction
from libs.common.health import health_app, usual_checks
from libs.common.relay import Relay
from libs.common.runtime import Service, http_task
from libs.contracts.messages import SpaceMapped, SpaceUnmapped, SweepRequested
from libs.graph.clients import open_clients
from services.bus import codec, topology
from services.reconciler.handlers import rooms as handlers
from services.reconciler.loops.compare import Comparer
from services.reconciler.loops.conclude import Concluder
from services.reconciler.loops.sweep import Sweeper
from services.reconciler.settings import ReconcilerSettings
from services.reconciler.store import drifts, rooms

MEASURE_EVERY_S = 15
TIDY_EVERY_S = 3600
STATES = ("waiting", "agrees", "differs", "unproved", "braked", "failing", "quarantined", "paused")
AGE = Gauge("roomsync_rooms_oldest_unswept_seconds", "For how long the longest neglected room was not compared")
ROOMS = Gauge("roomsync_compared_rooms", "Mapped rooms by how their comparison is doing", ["state"])

log = structlog.get_logger()


@asynccontextmanager
async def open_service(settings: ReconcilerSettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database, Graph and the queues; close them in order."""
    url = settings.postgres_url.get_secret_value()
    async with AsyncExitStack() as stack:
        pool = await open_pool(url, schema="reconciler", max_size=settings.shards + settings.sweeps_at_a_time // 2 + 4)
        stack.push_async_callback(pool.close)
        clients = await stack.enter_async_context(open_clients(settings))
        codecs = codec(settings)
        handler = in_transaction(
            pool,
            codecs,
            "reconciler",
            {
                SpaceMapped: handlers.on_space_mapped,
                SpaceUnmapped: handlers.on_space_mapped,
                SweepRequested: handlers.on_sweep_requested,
            },
            utc_now,
        )
        for queue in topology(settings).queues_of("reconciler"):
            await stack.enter_async_context(bus.consume(queue, handler))
        holder = uuid4()
        sweeper = Sweeper(
            pool=pool,
            clients=clients,
            comparer=Comparer(pool, settings.look_ahead, timedelta(seconds=settings.drift_grace_s)),
            concluder=Concluder(pool, codecs, holder, settings.pace),
            pace=settings.pace,
            holder=holder,
            at_a_time=settings.sweeps_at_a_time,
        )

        yield Service(
            "reconciler",
            tasks={
                "health": http_task(
                    health_app("reconciler", usual_checks(pool, bus)),
                    host=settings.reconciler_host,
                    port=settings.reconciler_port,
                ),
                "relay": Relay(url, "reconciler", bus).run,
                "sweeps": sweeper.run,
                "holds": sweeper.prolong,
                "ages": lambda: _measure(pool),
                "tidy": lambda: _tidy(pool),
            },
        )


async def _measure(pool: Pool) -> None:
    """Keep the figures about rooms up to date."""
    while True:
        try:
            AGE.set(await rooms.oldest_unswept_s(pool))
            counted = await rooms.count_by_state(pool)
            for state in STATES:
                ROOMS.labels(state).set(counted.get(state, 0))
        except AWAY as error:
            log.warning("ages.unknown", error=type(error).__name__)
        await asyncio.sleep(MEASURE_EVERY_S)


async def _tidy(pool: Pool) -> None:
    """Forget what no promise needs any more."""
    while True:
        try:
            async with pool.acquire() as conn:
                await inbox.forget_old(conn)
            await drifts.forget_old(pool)
        except AWAY as error:
            log.warning("tidying.postponed", error=type(error).__name__)
        await asyncio.sleep(TIDY_EVERY_S)
