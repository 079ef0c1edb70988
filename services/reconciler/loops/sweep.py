"""The loop that compares the rooms that are due, many at a time; a room that cannot be read stops no other."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from libs.common.db import AWAY, Pool
from libs.common.every import every
from libs.graph.clients import GraphClients
from libs.graph.errors import (
    AuthenticationFailed,
    Forbidden,
    GraphError,
    LoginUnreachable,
    NotFound,
    UnusableConnection,
)
from libs.graph.limiter import bulk
from libs.graph.remedies import tell
from services.reconciler.core.brake import would_cancel
from services.reconciler.core.pace import Pace
from services.reconciler.loops.compare import Comparer, Comparison
from services.reconciler.loops.conclude import Concluder, Conclusion
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
    """Sweep rooms, `at_a_time` side by side. Any number of replicas share the rooms."""

    pool: Pool
    clients: GraphClients
    comparer: Comparer
    concluder: Concluder
    pace: Pace
    holder: UUID
    at_a_time: int

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
                    for room in await rooms.claim_due(self.pool, self.holder, self.at_a_time - len(running)):
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

    async def prolong(self) -> None:
        """Prolong the claims on the rooms being compared, until cancelled."""
        await every(PROLONG_EVERY_S, partial(rooms.prolong, self.pool, self.holder), name="prolonging")

    async def _adopt(self) -> None:
        """Bring the list of rooms up to date, in case a message about a mapping was lost."""
        await rooms.forget_unmapped(self.pool)
        await rooms.adopt(self.pool)

    async def sweep(self, room: ClaimedRoom) -> None:
        """Compare one claimed room and release it; an error is recorded with the room."""
        started = time.perf_counter()
        facts: dict[str, object] = {"space_id": str(room.space_id), "connection_id": str(room.tenancy.connection_id)}
        outcome = "failed"
        try:
            async with asyncio.timeout(SWEEP_DEADLINE_S):
                facts |= await self._compare(room)
            outcome = str(facts.pop("outcome"))
        except (AuthenticationFailed, UnusableConnection) as error:
            outcome = "paused"
            await self._record_authentication_failure(room, error)
        except Exception as error:  # noqa: BLE001 - an error with one room must not stop the others
            is_unreachable = isinstance(error, Forbidden | NotFound)
            outcome = "unreachable" if is_unreachable else "failed"
            facts |= {"error": type(error).__name__, "reason": str(error)}
            await self._record_failure(room, error, is_unreachable=is_unreachable)
        finally:
            seconds = time.perf_counter() - started
            SWEEPS.labels(outcome).inc()
            SECONDS.observe(seconds)
            level = log.info if outcome in {"agrees", "differs", "unproved", "lost"} else log.warning
            level("room.swept", outcome=outcome, duration_ms=round(seconds * 1000, 1), **facts)

    async def _compare(self, room: ClaimedRoom) -> dict[str, object]:
        known = await drifts.open_of(self.pool, room.space_id)
        client = self.clients.of(room.tenancy)
        with bulk():
            seen = await self.comparer.compare(client, room, [each.name for each in known])
        concluded = await self.concluder.conclude(room, seen, known)
        if concluded is None:
            return {"outcome": "lost"}
        await pauses.end(self.pool, room.tenancy.connection_id)
        _measure(concluded, seen)
        return _facts(concluded, seen)

    async def _record_authentication_failure(
        self, room: ClaimedRoom, error: AuthenticationFailed | UnusableConnection
    ) -> None:
        problem = f"{tell(error)} Nothing is taken for changed meanwhile, and it is tried again by itself."
        with suppress(*AWAY):
            await rooms.record_failure(
                self.pool, room, self.holder, problem=problem, is_quarantined=False, pause=self.pace.usual
            )
            await self._pause(room, problem)

    async def _record_failure(self, room: ClaimedRoom, error: Exception, *, is_unreachable: bool) -> None:
        pause = self.pace.quarantined if is_unreachable else self.pace.after_comparison(room.watch_state)
        problem = _explain_unreachable(room, error) if is_unreachable else _explain_unread(error)
        with suppress(*AWAY):
            await rooms.record_failure(
                self.pool, room, self.holder, problem=problem, is_quarantined=is_unreachable, pause=pause
            )
            failing, of = await pauses.failing(self.pool, room.tenancy.connection_id)
            if isinstance(error, GraphError) and failing >= MOST_AT_LEAST and failing * 2 > of:
                await self._pause(
                    room,
                    f"{failing} of the {of} rooms of this connection cannot be read, the last one because of: {error}. "
                    "Nothing is taken for changed meanwhile, and it is tried again by itself. If Microsoft 365 is "
                    "well, check the permissions of the app registration and the scope of its access to mailboxes.",
                )

    async def _pause(self, room: ClaimedRoom, problem: str) -> None:
        times = await pauses.times(self.pool, room.tenancy.connection_id)
        await pauses.begin(self.pool, room.tenancy.connection_id, problem, self.pace.of_pause(times + 1))


async def _until_one_ends(running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Wait a moment, or until a sweep has ended; return those that have not."""
    if not running:
        await asyncio.sleep(LOOK_EVERY_S)
        return running
    _, pending = await asyncio.wait(running, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
    return pending


def _explain_unreachable(room: ClaimedRoom, error: Exception) -> str:
    return (
        f"The room mailbox {room.room_mailbox} cannot be reached: {error}. It was renamed or removed, or the app "
        "registration may not read it. Mend that or map the space anew; it is tried again now and then."
    )


def _explain_unread(error: Exception) -> str:
    if isinstance(error, LoginUnreachable):
        return f"The room calendar could not be read. {tell(error)}"
    return f"The room calendar could not be read: {type(error).__name__}: {error}. It is tried again in its turn."


def _measure(concluded: Conclusion, seen: Comparison) -> None:
    for each in concluded.reckoning.current:
        if each.is_new:
            FOUND.labels(each.kind.value).inc()
    for gone in concluded.reckoning.gone:
        HEALED.labels(gone.kind.value).observe((seen.observed_at - gone.found_at).total_seconds())


def _facts(concluded: Conclusion, seen: Comparison) -> dict[str, object]:
    reckoning = concluded.reckoning
    outcome = "braked" if concluded.braked is not None else "differs" if seen.drifts else "agrees"
    if outcome == "agrees" and not seen.proves_agreement:
        outcome = "unproved"
    return {
        "outcome": outcome,
        "events": seen.events,
        "expected": len(seen.expected),
        "looked_up": seen.looked_up,
        "unreadable": seen.unreadable,
        "drifts": len(reckoning.current),
        "found": sum(each.is_new for each in reckoning.current),
        "asked": len(reckoning.to_ask),
        "healed": len(reckoning.gone),
        "cancels": sum(map(would_cancel, seen.drifts)),
    }
