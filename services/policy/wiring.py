"""The policy service put together: the only place that reads its settings and knows every part."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from libs.common import inbox
from libs.common.bus.port import Bus
from libs.common.clock import utc_now
from libs.common.db import AWAY, Pool, open_pool
from libs.common.deliver import in_transaction
from libs.common.relay import Relay
from libs.common.runtime import Service, Task, http_task
from libs.contracts.messages import CorrectionRequested, IntentSettled, MeetingObserved
from services.bus import codec, topology
from services.policy.api.app import create_app
from services.policy.api.tokens import open_verifier
from services.policy.handlers.observations import ObservationHandlers
from services.policy.handlers.settlements import SettlementHandlers
from services.policy.loops.releases import ReleaseLoop
from services.policy.settings import PolicySettings
from services.policy.store import idempotency

TIDY_EVERY_S = 3600

log = structlog.get_logger()


@asynccontextmanager
async def open_service(settings: PolicySettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database and the queues; close them in order."""
    url = settings.postgres_url.get_secret_value()
    async with AsyncExitStack() as stack:
        pool = await open_pool(url, schema="policy", max_size=settings.shards + 4)
        stack.push_async_callback(pool.close)
        verifier = await stack.enter_async_context(open_verifier(settings, utc_now))
        codecs = codec(settings)
        observations = ObservationHandlers(settings.patience)
        settlements = SettlementHandlers(settings.patience)
        handler = in_transaction(
            pool,
            codecs,
            "policy",
            {
                MeetingObserved: observations.on_meeting_observed,
                CorrectionRequested: observations.on_correction_requested,
                IntentSettled: settlements.on_intent_settled,
            },
            utc_now,
        )
        for queue in topology(settings).queues_of("policy"):
            await stack.enter_async_context(bus.consume(queue, handler))
        checks = {"bus": bus.check}
        app = create_app(pool, codecs, verifier, utc_now, settings, patience=settings.patience, checks=checks)
        tasks: dict[str, Task] = {
            "api": http_task(app, host=settings.policy_host, port=settings.policy_port),
            "relay": Relay(url, "policy", bus).run,
            "tidy": lambda: _tidy(pool),
        }
        if settings.kept_for is not None:
            tasks["releases"] = ReleaseLoop(pool, codecs, settings.kept_for, settings.patience).run
        yield Service("policy", tasks)


async def _tidy(pool: Pool) -> None:
    """Forget what no promise needs any more."""
    while True:
        try:
            async with pool.acquire() as conn:
                await inbox.forget_old(conn)
                await idempotency.forget(conn, utc_now() - inbox.KEPT)
        except AWAY as error:
            log.warning("tidy.postponed", error=type(error).__name__)
        await asyncio.sleep(TIDY_EVERY_S)
