"""The outbound service put together: the only place that reads its settings and knows every part."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import structlog
from prometheus_client import Gauge

from libs.common.bus.port import Bus
from libs.common.clock import utc_now
from libs.common.db import Pool, open_pool
from libs.common.deliver import at_least_once
from libs.common.health import health_app, usual_checks
from libs.common.runtime import Service, http_task
from libs.common.topology import Lane
from libs.contracts.messages import IntentIssued
from libs.graph.clients import open_clients
from services.bus import codec, topology
from services.outbound.handlers.intents import IntentHandlers
from services.outbound.settings import OutboundSettings
from services.outbound.store import intents

MEASURE_EVERY_S = 15
AGE = Gauge("roomsync_intents_oldest_unsettled_seconds", "Age of the oldest intent that has not ended")

log = structlog.get_logger()


@asynccontextmanager
async def open_service(settings: OutboundSettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database, Graph and the queues; close them in order."""
    async with AsyncExitStack() as stack:
        pool = await open_pool(
            settings.postgres_url.get_secret_value(), schema="outbound", max_size=settings.shards + 4
        )
        stack.push_async_callback(pool.close)
        clients = await stack.enter_async_context(open_clients(settings))
        codecs = codec(settings)
        handlers = {
            lane: at_least_once(
                bus, codecs, "outbound", {IntentIssued: IntentHandlers(pool, clients, lane).on_intent_issued}, utc_now
            )
            for lane in Lane
        }
        for queue in topology(settings).queues_of("outbound"):
            await stack.enter_async_context(bus.consume(queue, handlers[queue.lane]))

        app = health_app("outbound", usual_checks(pool, bus))
        yield Service(
            "outbound",
            tasks={
                "health": http_task(app, host=settings.outbound_host, port=settings.outbound_port),
                "ages": lambda: _measure(pool),
            },
        )


async def _measure(pool: Pool) -> None:
    """Keep the age of the oldest unsettled intent up to date."""
    while True:
        try:
            async with pool.acquire() as conn:
                AGE.set(await intents.oldest_unsettled_s(conn))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("ages.unknown", error=type(error).__name__)
        await asyncio.sleep(MEASURE_EVERY_S)
