"""The outbound service put together: the only place that reads its settings and knows every part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from prometheus_client import Gauge

from libs.common.bus.port import Bus
from libs.common.db import Connection
from libs.common.foundation import open_foundation
from libs.common.retention import forget_old
from libs.common.runtime import Service
from libs.common.topology import Lane
from libs.contracts.messages import IntentIssued, RetryRequested
from libs.graph.clients import open_clients
from libs.graph.types import SeriesLimits
from services.access import retry_requested
from services.bus import codec
from services.outbound.handlers.access import on_retry_requested
from services.outbound.handlers.intents import IntentHandlers
from services.outbound.settings import OutboundSettings
from services.outbound.store import intents
from services.outbound.store.retention import RETENTIONS
from services.role import ServiceRole

AGE = Gauge("roomsync_intents_oldest_unsettled_seconds", "Age of the oldest intent that has not ended")

REQUESTS_SHARE = 0.3
"""The part of a mailbox's requests in ten minutes that each lane may make; two replicas may serve the two lanes."""


@asynccontextmanager
async def open_service(settings: OutboundSettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database, Graph and the queues; close them in order."""
    async with open_foundation("outbound", settings, bus, codec(settings)) as outbound:
        waker = outbound.waker(retry_requested, settings.graph_retry_interval_s)
        series = SeriesLimits(settings.series_ahead, settings.series_occurrences)
        for lane in Lane:
            # Each with limits of its own: a batch of the bulk lane has its mailbox's turn for a second or two.
            clients = await outbound.open(open_clients(settings, share=REQUESTS_SHARE, on_success=waker.worked))
            handlers = IntentHandlers(outbound.pool, clients, lane, series)
            await outbound.handle_at_least_once("outbound", {IntentIssued: handlers.on_intent_issued}, [lane], waker)
        await outbound.handle_in_transaction("outbound-access", {RetryRequested: on_retry_requested})
        yield outbound.service(
            {
                "health": outbound.probes(settings.outbound_host, settings.outbound_port),
                "relay": outbound.relay(),
                "waking": waker.run,
                "ages": outbound.measure(_measure),
                "tidy": outbound.tidy(partial(forget_old, retentions=RETENTIONS)),
            }
        )


async def _measure(conn: Connection) -> None:
    """Measure the age of the oldest unsettled intent."""
    AGE.set(await intents.oldest_unsettled_s(conn))


ROLE = ServiceRole("outbound", OutboundSettings, open_service)
