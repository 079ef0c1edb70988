"""The reconciler put together: the only place that reads its settings and knows every part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

from prometheus_client import Gauge

from libs.common.bus.port import Bus
from libs.common.db import Connection
from libs.common.foundation import open_foundation
from libs.common.retention import forget_old
from libs.common.runtime import Service
from libs.contracts.messages import (
    CancellationsConfirmed,
    ConflictFreed,
    RetryRequested,
    SpaceMapped,
    SpaceUnmapped,
    SweepRequested,
)
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.protocol import LONGEST_VIEW
from libs.graph.shared_turns import Turns
from libs.graph.types import SeriesLimits
from services.access import retry_requested
from services.bus import codec
from services.reconciler.handlers import rooms as handlers
from services.reconciler.loops.compare import Comparer
from services.reconciler.loops.conclude import Concluder
from services.reconciler.loops.credentials import CredentialChecks
from services.reconciler.loops.imports import ImportReader
from services.reconciler.loops.sweep import Sweeper
from services.reconciler.settings import ReconcilerSettings
from services.reconciler.store import rooms
from services.reconciler.store.retention import RETENTIONS
from services.role import ServiceRole

STATES = ("waiting", "agrees", "differs", "unproved", "braked", "failing", "quarantined", "paused")
AGE = Gauge("roomsync_rooms_oldest_unswept_seconds", "For how long the longest neglected room was not compared")
ROOMS = Gauge("roomsync_compared_rooms", "Mapped rooms by how their comparison is doing", ["state"])

REQUESTS_SHARE = 0.1
"""The part of a mailbox's requests in ten minutes that the reconciler may make."""

TURNS = Turns.SHARED
"""The turns of a mailbox that the reconciler has. Outbound's bulk lane uses them while the reconciler makes no call."""


@asynccontextmanager
async def open_service(settings: ReconcilerSettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database, Graph and the queues; close them in order."""
    async with open_foundation(
        "reconciler",
        settings,
        bus,
        codec(settings),
        connections_for_loops=(settings.sweeps_at_a_time + settings.imports_at_a_time) // 2 + 4,
    ) as reconciler:
        waker = reconciler.waker(retry_requested, settings.graph_retry_interval_s)
        locks = await reconciler.open_locks()
        limits = ProcessLimits(REQUESTS_SHARE, TURNS, locks.take)
        clients = await reconciler.open(open_clients(settings, limits, on_success=waker.worked))
        await reconciler.handle_in_transaction(
            "reconciler",
            {
                SpaceMapped: handlers.on_space_mapped,
                SpaceUnmapped: handlers.on_space_mapped,
                SweepRequested: handlers.on_sweep_requested,
                ConflictFreed: handlers.on_conflict_freed,
                CancellationsConfirmed: handlers.on_cancellations_confirmed,
                RetryRequested: handlers.on_retry_requested,
            },
        )
        pool, holder = reconciler.pool, uuid4()
        series = SeriesLimits(settings.series_ahead, settings.series_occurrences)
        sweeper = Sweeper(
            pool=pool,
            clients=clients,
            waker=waker,
            comparer=Comparer(pool, settings.look_ahead, series, timedelta(seconds=settings.drift_grace_s)),
            concluder=Concluder(pool, reconciler.codec, holder, settings.pace),
            pace=settings.pace,
            holder=holder,
            at_a_time=settings.sweeps_at_a_time,
        )
        checks = CredentialChecks(pool, clients, settings.credential_check_interval_s)
        imports = ImportReader(
            pool=pool,
            clients=clients,
            look_ahead=LONGEST_VIEW,
            limits=series,
            admission=settings.admission,
            holder=uuid4(),
            at_a_time=settings.imports_at_a_time,
        )
        yield reconciler.service(
            {
                "health": reconciler.probes(settings.reconciler_host, settings.reconciler_port),
                "relay": reconciler.relay(),
                "waking": waker.run,
                "sweeps": sweeper.run,
                "holds": sweeper.prolong,
                "credentials": checks.run,
                "imports": imports.run,
                "ages": reconciler.measure(_measure),
                "tidy": reconciler.tidy(partial(forget_old, retentions=RETENTIONS)),
            }
        )


async def _measure(conn: Connection) -> None:
    """Measure how the comparison of rooms is doing."""
    AGE.set(await rooms.oldest_unswept_s(conn))
    counted = await rooms.count_by_state(conn)
    for state in STATES:
        ROOMS.labels(state).set(counted.get(state, 0))


ROLE = ServiceRole("reconciler", ReconcilerSettings, open_service)
