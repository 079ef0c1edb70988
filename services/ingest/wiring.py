"""The ingest service put together: the only place that reads its settings and knows every part."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from libs.common.bus.port import Bus, Handler
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool, open_pool
from libs.common.deliver import at_least_once, in_transaction
from libs.common.health import usual_checks
from libs.common.relay import Relay
from libs.common.runtime import Service, http_task
from libs.contracts.messages import LifecycleNotified, OutlookNotified, SpaceMapped, SpaceUnmapped
from libs.graph.clients import GraphClients, open_clients
from services.bus import codec, topology
from services.ingest.handlers import rooms
from services.ingest.handlers.reader import Reader
from services.ingest.loops.subscribe import Subscriber, Terms
from services.ingest.loops.watching import WatchLoop
from services.ingest.settings import IngestSettings
from services.ingest.web.app import Webhook, create_app


@asynccontextmanager
async def open_service(settings: IngestSettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database, Graph and the queues; close them in order."""
    url = settings.postgres_url.get_secret_value()
    async with AsyncExitStack() as stack:
        pool = await open_pool(url, schema="ingest", max_size=settings.shards + 4)
        stack.push_async_callback(pool.close)
        clients = await stack.enter_async_context(open_clients(settings))
        codecs = codec(settings)
        for consumer, handler in _handlers(settings, bus, codecs, pool, clients).items():
            for queue in topology(settings).queues_of(consumer):
                await stack.enter_async_context(bus.consume(queue, handler))

        terms = Terms(settings.public_origin, settings.secrets, settings.subscription_lifetime_min)
        loop = WatchLoop(pool, clients, Subscriber(pool, clients, codecs, terms), settings.watch_interval_s)
        webhook = Webhook(bus, codecs, settings.secrets, utc_now)
        yield Service(
            "ingest",
            tasks={
                "webhook": http_task(
                    create_app(webhook, usual_checks(pool, bus)),
                    host=settings.ingest_host,
                    port=settings.ingest_port,
                    certfile=str(settings.ingest_cert_file) if settings.ingest_cert_file else None,
                    keyfile=str(settings.ingest_key_file) if settings.ingest_key_file else None,
                ),
                "relay": Relay(url, "ingest", bus).run,
                "watches": loop.run,
                "tidy": loop.tidy,
            },
        )


def _handlers(
    settings: IngestSettings, bus: Bus, codecs: Codec, pool: Pool, clients: GraphClients
) -> Mapping[str, Handler]:
    """Return the handler of each consumer."""
    reader = Reader(pool, clients, settings.absence_grace_s, settings.reads_at_a_time)
    return {
        "ingest": at_least_once(bus, codecs, "ingest", {OutlookNotified: reader.on_outlook_notified}, utc_now),
        "ingest-rooms": in_transaction(
            pool,
            codecs,
            "ingest-rooms",
            {
                SpaceMapped: rooms.on_space_mapped,
                SpaceUnmapped: rooms.on_space_mapped,
                LifecycleNotified: rooms.on_lifecycle_notified,
            },
            utc_now,
        ),
    }
