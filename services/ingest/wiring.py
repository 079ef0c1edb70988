"""The ingest service put together: the only place that reads its settings and knows every part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from libs.common.bus.port import Bus
from libs.common.clock import utc_now
from libs.common.foundation import open_foundation
from libs.common.retention import forget_old
from libs.common.runtime import Service, http_task
from libs.common.topology import Lane
from libs.contracts.messages import (
    LifecycleNotified,
    LookRequested,
    OutlookNotified,
    RetryRequested,
    SpaceMapped,
    SpaceUnmapped,
)
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.types import SeriesLimits
from services.access import retry_requested
from services.bus import codec
from services.ingest.core.forgeries import Forgeries
from services.ingest.handlers import rooms as handlers
from services.ingest.handlers.gathering import gathering_holds
from services.ingest.handlers.looks import LookHandlers
from services.ingest.handlers.reader import Reader
from services.ingest.loops.discover import discover_rooms
from services.ingest.loops.doubt import doubt_subscriptions
from services.ingest.loops.follow_mappings import follow_mappings
from services.ingest.loops.forgeries import store_forgeries
from services.ingest.loops.look_again import look_again
from services.ingest.loops.owed_sweeps import ask_for_owed_sweeps
from services.ingest.loops.subscribe import Subscriber, Terms
from services.ingest.loops.watching import WatchLoop
from services.ingest.settings import IngestSettings
from services.ingest.store.retention import RETENTIONS
from services.ingest.web.app import Webhook, create_app
from services.role import ServiceRole

REQUESTS_SHARE = 0.3
"""The part of a mailbox's requests in ten minutes that ingest may make."""

SERIES_AT_A_TIME = 2
"""How many series are read side by side: each keeps the process busy, which also receives notifications."""


@asynccontextmanager
async def open_service(settings: IngestSettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database, Graph and the queues; close them in order."""
    async with open_foundation("ingest", settings, bus, codec(settings)) as ingest:
        waker = ingest.waker(retry_requested, settings.graph_retry_interval_s)
        clients = await ingest.open(open_clients(settings, ProcessLimits(REQUESTS_SHARE), on_success=waker.worked))
        limits = SeriesLimits(settings.series_ahead, settings.series_occurrences)
        grace_s, reads = settings.absence_grace_s, settings.reads_at_a_time
        reader = Reader(ingest.pool, clients, Lane.LIVE, grace_s, reads, limits)
        reader_of_series = Reader(ingest.pool, clients, Lane.BULK, grace_s, SERIES_AT_A_TIME, limits)
        looks = LookHandlers(ingest.pool, clients, grace_s, reads, limits)
        await ingest.handle_at_least_once(
            "ingest",
            {OutlookNotified: reader.on_outlook_notified, LookRequested: looks.on_look_requested},
            lanes={Lane.LIVE},
            waker=waker,
        )
        await ingest.handle_at_least_once(
            "ingest",
            {OutlookNotified: reader_of_series.on_outlook_notified},
            lanes={Lane.BULK},
            waker=waker,
            gathering=gathering_holds(ingest.codec),
        )
        await ingest.handle_in_transaction(
            "ingest-rooms",
            {
                SpaceMapped: handlers.on_space_mapped,
                SpaceUnmapped: handlers.on_space_mapped,
                LifecycleNotified: handlers.on_lifecycle_notified,
                RetryRequested: handlers.on_retry_requested,
            },
        )
        terms = Terms(settings.public_origin, settings.secrets, settings.subscription_lifetime_min)
        subscriber = Subscriber(ingest.pool, clients, ingest.codec, terms, settings.admission, waker)
        tally = Forgeries()
        webhook = Webhook(bus, ingest.codec, settings.secrets, utc_now, tally)
        yield ingest.service(
            {
                "webhook": http_task(
                    create_app(webhook, ingest.checks),
                    host=settings.ingest_host,
                    port=settings.ingest_port,
                    certfile=str(settings.ingest_cert_file) if settings.ingest_cert_file else None,
                    keyfile=str(settings.ingest_key_file) if settings.ingest_key_file else None,
                ),
                "probes": ingest.probes(settings.ingest_probes_host, settings.ingest_probes_port),
                "relay": ingest.relay(),
                "waking": waker.run,
                "watches": WatchLoop(ingest.pool, clients, subscriber, settings.watch_interval_s).run,
                "mappings": partial(follow_mappings, ingest.pool),
                "look again": partial(look_again, ingest.pool, ingest.codec, settings.watch_interval_s),
                "owed sweeps": partial(ask_for_owed_sweeps, ingest.pool, ingest.codec, settings.watch_interval_s),
                "forgeries": partial(store_forgeries, ingest.pool, tally),
                "discovery": partial(discover_rooms, ingest.pool, clients, settings.discovery_interval),
                "doubts": partial(doubt_subscriptions, ingest.pool),
                "tidy": ingest.tidy(partial(forget_old, retentions=RETENTIONS)),
            }
        )


ROLE = ServiceRole("ingest", IngestSettings, open_service)
