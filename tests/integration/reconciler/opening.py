"""Open what a sweep needs: its database, a simulated Microsoft 365, and policy and outbound behind it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from libs.common.bus.memory import MemoryBus
from libs.common.db import Pool, open_pool, prepare
from libs.common.waker import Waker
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.types import SeriesLimits
from services.access import retry_requested
from services.bus import codec, topology
from services.outbound.settings import OutboundSettings
from services.outbound.wiring import open_service as open_outbound
from services.policy.settings import PolicySettings
from services.policy.wiring import open_service as open_policy
from services.reconciler.loops.compare import Comparer
from services.reconciler.loops.conclude import Concluder
from services.reconciler.loops.sweep import Sweeper
from services.reconciler.settings import ReconcilerSettings
from tests.integration.reconciler.world import GRACE, INTERVAL_S, Json, World
from tests.support.simulator import Simulator


@asynccontextmanager
async def open_world(url: str, simulator: Simulator, secrets: Path) -> AsyncIterator[World]:
    """Open all services but ingest, on one in-memory bus."""
    (secrets / "simulator").write_text(simulator.client_secret)
    (secrets / "wrong").write_text("not the secret")
    reach: Json = {
        "postgres_url": url,
        "secrets_dir": secrets,
        "graph_simulator_url": simulator.base_url,
        "graph_simulator_login": simulator.authority.rsplit("/", 1)[0],
        "graph_ca_file": simulator.ca,
        "shards": 1,
    }
    settings = ReconcilerSettings(**reach, sweep_interval_s=INTERVAL_S)
    async with AsyncExitStack() as stack:
        pool = await open_pool(url, schema="reconciler")
        await stack.enter_async_context(_closing(pool))
        bus, codecs = MemoryBus(topology(settings)), codec(settings)
        waker = Waker("reconciler", pool, codecs, retry_requested, timedelta(seconds=10))
        await stack.enter_async_context(_running(waker.run()))
        clients = await stack.enter_async_context(open_clients(settings, ProcessLimits(0.5), on_success=waker.worked))
        await stack.enter_async_context(open_outbound(OutboundSettings(**reach), bus))
        issuer = "https://issuer.example.org"
        tokens: Json = {"api_audience": "api", "api_issuer": issuer, "api_jwks_url": f"{issuer}/keys"}
        policy = await stack.enter_async_context(open_policy(PolicySettings(**reach, **tokens), bus))
        await stack.enter_async_context(_running(policy.tasks["relay"]()))
        holder = uuid4()
        series = SeriesLimits(settings.series_ahead, settings.series_occurrences)
        sweeper = Sweeper(
            pool=pool,
            clients=clients,
            waker=waker,
            comparer=Comparer(pool, settings.look_ahead, series, GRACE),
            concluder=Concluder(pool, codecs, holder, settings.pace),
            pace=settings.pace,
            holder=holder,
            at_a_time=settings.sweeps_at_a_time,
        )
        admin = await _admin(url, stack)
        yield World(simulator, await simulator.outlook_token(), admin, sweeper, bus, settings)


async def _admin(url: str, stack: AsyncExitStack) -> Pool:
    """A pool with all rights: tests look into every schema."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4, init=prepare)
    await stack.enter_async_context(_closing(pool))
    return pool


@asynccontextmanager
async def _closing(*pools: Pool) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for pool in pools:
            await pool.close()


@asynccontextmanager
async def _running(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
