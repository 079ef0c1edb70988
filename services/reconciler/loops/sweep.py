"""The loop that compares the rooms that are due, many at a time; a room that cannot be read stops no other."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid4

import structlog
from prometheus_client import Counter, Histogram

from libs.common.correlation import correlated
from libs.common.db import AWAY, Pool
from libs.common.every import every
from libs.common.waiting import Remote
from libs.common.waker import Waker
from libs.graph.clients import GraphClients
from libs.graph.errors import ConnectionLost, Forbidden, GraphError, NotFound
from libs.graph.limiter import bulk
from libs.graph.reach import OutOfReach, out_of_reach
from services.reconciler.core.brake import would_cancel
from services.reconciler.core.pace import Pace
from services.reconciler.loops.compare import Comparer, Comparison
from services.reconciler.loops.conclude import Concluder, Conclusion
from services.reconciler.loops.explain import explain, explain_most_failing
from services.reconciler.store import drifts, pauses, rooms
from services.reconciler.store.rooms import ClaimedRoom

LOOK_EVERY_S = 1.0
ADOPT_EVERY_S = 30.0
PROLONG_EVERY_S = 10.0
SWEEP_DEADLINE_S = 600.0
MOST_AT_LEAST = 3
"""A connection is not paused for fewer failing rooms than this."""

SWEEPS = Counter("roomsync_sweeps_total", "Comparisons of a room calendar with the ledger", ["outcome"])
SECONDS = Histogram("roomsync_sweep_seconds", "Time to compare one room calendar with the ledger")
FOUND = Counter("roomsync_drifts_found_total", "Drifts found", ["kind"])
HEALED = Histogram(
    "roomsync_drift_seconds_to_heal",
    "Time from a drift's being found to its being gone",
    ["kind"],
    buckets=(5, 15, 60, 150, 300, 600, 1800, 7200, 86400),
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Sweep rooms, `at_a_time` side by side. Any number of replicas share the rooms.

    `in_hand` are the rooms that are being compared; `interrupted` those whose result could not be recorded because the
    database was away, which are released when it is back.
    """

    pool: Pool
    clients: GraphClients
    waker: Waker
    comparer: Comparer
    concluder: Concluder
    pace: Pace
    holder: UUID
    at_a_time: int
    in_hand: set[UUID] = field(default_factory=set)
    interrupted: set[UUID] = field(default_factory=set)

    async def run(self) -> None:
        """Compare rooms as they become due, until cancelled; keep trying while the database is away."""
        running: set[asyncio.Task[None]] = set()
        adopted_at = float("-inf")
        try:
            while True:
                try:
                    if time.monotonic() - adopted_at > ADOPT_EVERY_S:
                        await self._adopt()
                        adopted_at = time.monotonic()
                    for room in await self.claim(self.at_a_time - len(running)):
                        running.add(asyncio.create_task(self.sweep(room), name=f"sweep {room.space_id}"))
                except AWAY as error:
                    log.warning("sweeps.waiting", error=type(error).__name__)
                running = await _until_one_ends(running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            with suppress(*AWAY):
                await rooms.release(self.pool, self.holder)

    async def claim(self, at_most: int) -> list[ClaimedRoom]:
        """Claim rooms to compare: one of each paused connection that is to be tried, and then those that are due."""
        if self.interrupted:
            await rooms.let_go(self.pool, self.holder, self.interrupted)
            self.interrupted.clear()
        tried = await rooms.claim_one_of_each_paused(self.pool, self.holder, at_most, self.pace.quarantined)
        return tried + await rooms.claim_due(self.pool, self.holder, at_most - len(tried))

    async def prolong(self) -> None:
        """Prolong the claims on the rooms being compared, until cancelled."""
        await every(PROLONG_EVERY_S, partial(rooms.prolong, self.pool, self.holder, self.in_hand), name="prolonging")

    async def _adopt(self) -> None:
        """Bring the list of rooms up to date, in case a message about a mapping was lost."""
        await rooms.forget_unmapped(self.pool)
        await rooms.adopt(self.pool)

    async def sweep(self, room: ClaimedRoom) -> None:
        """Compare one claimed room and release it; an error is recorded with the room."""
        with correlated(f"sweep-{uuid4()}") as correlation_id:
            await self._sweep(room, correlation_id)

    async def _sweep(self, room: ClaimedRoom, correlation_id: str) -> None:
        started = time.perf_counter()
        facts: dict[str, object] = {
            "space_id": str(room.space_id),
            "room_mailbox": room.room_mailbox,
            "connection_id": str(room.tenancy.connection_id),
        }
        if room.asked_because is not None:
            facts["asked_because"] = room.asked_because
        outcome = "failed"
        self.in_hand.add(room.space_id)
        try:
            facts |= await self._compare_in_time(room, correlation_id)
            outcome = str(facts.pop("outcome"))
        except AWAY as error:
            outcome = "interrupted"
            facts |= {"error": type(error).__name__}
            self.interrupted.add(room.space_id)
        except Exception as error:  # noqa: BLE001 - an error with one room must not stop the others
            what = out_of_reach(error) if isinstance(error, GraphError) else None
            outcome = _outcome(error, what)
            facts |= {"error": type(error).__name__, "reason": str(error)}
            await self._record_failure(room, error, what)
        finally:
            self.in_hand.discard(room.space_id)
            seconds = time.perf_counter() - started
            SWEEPS.labels(outcome).inc()
            SECONDS.observe(seconds)
            level = log.info if outcome in {"agrees", "differs", "unproved", "lost"} else log.warning
            level("room.swept", outcome=outcome, duration_ms=round(seconds * 1000, 1), **facts)

    async def _compare_in_time(self, room: ClaimedRoom, correlation_id: str) -> dict[str, object]:
        try:
            async with asyncio.timeout(SWEEP_DEADLINE_S) as limit:
                return await self._compare(room, correlation_id)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ConnectionLost(f"the room was not read within {SWEEP_DEADLINE_S:g} s") from None

    async def _compare(self, room: ClaimedRoom, correlation_id: str) -> dict[str, object]:
        known = await drifts.open_of(self.pool, room.space_id)
        client = self.clients.of(room.tenancy)
        with bulk():
            seen = await self.comparer.compare(client, room, [each.name for each in known])
        concluded = await self.concluder.conclude(room, seen, known, correlation_id)
        if concluded is None:
            return {"outcome": "lost"}
        await pauses.end(self.pool, room.tenancy.connection_id)
        _measure(concluded, seen)
        return _facts(concluded, seen)

    async def _record_failure(self, room: ClaimedRoom, error: Exception, what: OutOfReach | None) -> None:
        """Record why a room could not be compared, and pause its connection if that cannot be reached.

        A room whose mailbox was not reached is tried again soon, and whatever succeeds there wakes what waits for it.
        """
        connection_id = room.tenancy.connection_id
        is_closed = isinstance(error, Forbidden | NotFound)
        failures = room.failures + 1 if is_closed else 0
        pause = self.pace.after_comparison(room.watch_state)
        if what is not None:
            self.waker.expect(Remote(connection_id, room.room_mailbox if what is OutOfReach.MAILBOX else None))
            pause = min(pause, self.pace.after_failure(room.failures + 1))
        try:
            await rooms.record_failure(
                self.pool, room, self.holder, problem=explain(room, error), failures=failures, pause=pause
            )
            if what is OutOfReach.CONNECTION:
                await pauses.begin(self.pool, connection_id, explain(room, error), self.pace.quarantined)
            elif isinstance(error, GraphError):
                await self._pause_if_most_fail(connection_id, error)
        except AWAY:
            self.interrupted.add(room.space_id)

    async def _pause_if_most_fail(self, connection_id: UUID, error: GraphError) -> None:
        failing, of = await pauses.failing(self.pool, connection_id)
        if failing >= MOST_AT_LEAST and failing * 2 > of:
            problem = explain_most_failing(failing, of, error)
            await pauses.begin(self.pool, connection_id, problem, self.pace.quarantined)


def _outcome(error: Exception, what: OutOfReach | None) -> str:
    if what is OutOfReach.CONNECTION:
        return "paused"
    return "unreachable" if isinstance(error, Forbidden | NotFound) else "failed"


async def _until_one_ends(running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Wait a moment, or until a sweep has ended; return those that have not."""
    if not running:
        await asyncio.sleep(LOOK_EVERY_S)
        return running
    _, pending = await asyncio.wait(running, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
    return pending


def _measure(concluded: Conclusion, seen: Comparison) -> None:
    for each in concluded.reckoning.current:
        if each.is_new:
            FOUND.labels(str(each.kind)).inc()
    for gone in concluded.reckoning.gone:
        HEALED.labels(str(gone.kind)).observe((seen.observed_at - gone.found_at).total_seconds())


def _facts(concluded: Conclusion, seen: Comparison) -> dict[str, object]:
    reckoning = concluded.reckoning
    outcome = "braked" if concluded.braked is not None else "differs" if seen.drifts else "agrees"
    if outcome == "agrees" and not seen.proves_agreement:
        outcome = "unproved"
    return {
        "outcome": outcome,
        "events": seen.events,
        "expected": len(seen.expected),
        "series_read": seen.series_read,
        "looked_up": seen.looked_up,
        "unreadable": seen.unreadable,
        "drifts": len(reckoning.current),
        "found": sum(each.is_new for each in reckoning.current),
        "asked": len(reckoning.to_ask),
        "healed": len(reckoning.gone),
        "cancels": sum(map(would_cancel, seen.drifts)),
    }
