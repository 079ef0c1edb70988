"""The loop that reads room calendars for imports, in the bulk lane, so that live work keeps its pace.

A room that cannot be read stops no other. What Microsoft asks us to try later, or does not answer, is tried again; a
mailbox that is closed to us fails its room at once. What was read is rows, so a process that dies costs one reading.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from libs.common.correlation import correlated
from libs.common.db import AWAY, Pool
from libs.graph.admission import AdmissionRules, admit
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import Forbidden, NotFound
from libs.graph.examine import examine
from libs.graph.limiter import bulk
from libs.graph.types import SeriesLimits
from services.reconciler.loops.explain import explain_failed_import, explain_retried_import
from services.reconciler.loops.import_reading import CalendarReader
from services.reconciler.store import import_readings
from services.reconciler.store.import_readings import ClaimedReading

LOOK_EVERY_S = 0.25
PROLONG_EVERY_S = 5.0
FORGET_EVERY_S = 30.0
GIVES_UP_AFTER = timedelta(minutes=15)
"""For how long a calendar is tried that does not answer; then its room fails, and resuming the import tries again."""

LONGEST_PAUSE_S = 60.0

READINGS = Counter("roomsync_import_readings_total", "Room calendars read for imports", ["outcome"])
EVENTS = Counter("roomsync_import_events_total", "Events read for imports")

log = structlog.get_logger()


class NotWanted(Exception):
    """The import was paused, or the room is mapped otherwise by now: stop reading, and record nothing."""


class NotAdmitted(Exception):
    """The mailbox is no room: nothing is read from it. The message tells an administrator what to do."""


@dataclass(frozen=True, slots=True)
class ImportReader:
    """Read calendars, `at_a_time` side by side. Any number of replicas share them."""

    pool: Pool
    clients: GraphClients
    look_ahead: timedelta
    limits: SeriesLimits
    admission: AdmissionRules
    holder: UUID
    at_a_time: int

    async def run(self) -> None:
        """Read what imports want read, until cancelled; keep trying while the database is away."""
        running: set[asyncio.Task[None]] = set()
        forgot_at = float("-inf")
        try:
            while True:
                try:
                    if time.monotonic() - forgot_at > FORGET_EVERY_S:
                        await import_readings.forget(self.pool)
                        forgot_at = time.monotonic()
                    for reading in await self.claim(self.at_a_time - len(running)):
                        running.add(asyncio.create_task(self.read(reading), name=f"import {reading.space_id}"))
                except AWAY as error:
                    log.warning("imports.waiting", error=type(error).__name__)
                await asyncio.sleep(LOOK_EVERY_S)
                running = {each for each in running if not each.done()}
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            with suppress(*AWAY):
                await import_readings.release(self.pool, self.holder)

    async def claim(self, at_most: int) -> list[ClaimedReading]:
        """Claim the next calendars to read."""
        await import_readings.adopt(self.pool)
        return await import_readings.claim(self.pool, self.holder, at_most) if at_most > 0 else []

    async def read(self, reading: ClaimedReading) -> None:
        """Read one claimed calendar; an error is recorded with its room."""
        started, outcome, events = time.perf_counter(), "interrupted", 0
        with correlated(f"import-{reading.import_id}"):
            try:
                if reading.is_refused:
                    await self._fail(reading, reading.refused or f"{reading.room_mailbox} is not admitted as a room.")
                    outcome = "refused"
                    return
                events = await self._read_while_claimed(reading)
                outcome = "read"
            except NotAdmitted as error:
                outcome = "refused"
                await self._fail(reading, str(error))
            except NotWanted:
                outcome = "stopped"
                await self._let_go(reading)
            except AWAY:
                await self._let_go(reading)
            except Exception as error:  # noqa: BLE001 - an error with one room must not stop the others
                outcome = "failed"
                await self._record_failure(reading, error)
            finally:
                READINGS.labels(outcome).inc()
                level = log.info if outcome in {"read", "stopped"} else log.warning
                level(
                    "room.import_read",
                    outcome=outcome,
                    import_id=str(reading.import_id),
                    space_id=str(reading.space_id),
                    room_mailbox=reading.room_mailbox,
                    events=events,
                    duration_ms=round((time.perf_counter() - started) * 1000, 1),
                )

    async def _read_while_claimed(self, reading: ClaimedReading) -> int:
        """Read a calendar, and prolong the claim on it meanwhile. Raises `NotWanted` once it is not to be read."""
        work = asyncio.create_task(self._read(reading))
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=PROLONG_EVERY_S)
                if not work.done() and not await import_readings.prolong(self.pool, reading, self.holder):
                    raise NotWanted
            return work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _read(self, reading: ClaimedReading) -> int:
        """Write down every event of a calendar; return how many there are. Raises `NotAdmitted`, and Graph's errors."""
        client = self.clients.of(reading.tenancy)
        if not reading.is_mapped:
            await self._check_is_room(client, reading)
        reader = CalendarReader(self.pool, client, reading, self.look_ahead, self.limits)
        events = 0
        with bulk():
            async for rows in reader.read():
                if rows and not await import_readings.keep(self.pool, reading, self.holder, rows):
                    raise NotWanted
                events += len(rows)
                EVENTS.inc(len(rows))
            await import_readings.finish(self.pool, reading, self.holder, await reader.count_past())
        return events

    async def _check_is_room(self, client: GraphClient, reading: ClaimedReading) -> None:
        """Check a mailbox that is only supposed to be mapped as ingest would once it is: people's are never read."""
        examined = await examine(client, reading.room_mailbox)
        admission = admit(reading.room_mailbox, examined.purpose, self.admission)
        if not admission.is_admitted:
            raise NotAdmitted(admission.detail or f"{reading.room_mailbox} is not admitted as a room.")

    async def _record_failure(self, reading: ClaimedReading, error: Exception) -> None:
        """Fail a room that is closed to us, or that was tried for long enough; any other is tried again soon."""
        is_closed = isinstance(error, Forbidden | NotFound)
        if is_closed or reading.has_failed_for(GIVES_UP_AFTER):
            await self._fail(reading, explain_failed_import(reading.room_mailbox, error))
            return
        pause = timedelta(seconds=min(LONGEST_PAUSE_S, 2.0**reading.failures))
        detail = explain_retried_import(error)
        with suppress(*AWAY):
            await import_readings.fail(self.pool, reading, self.holder, state="waiting", detail=detail, pause=pause)

    async def _fail(self, reading: ClaimedReading, detail: str) -> None:
        with suppress(*AWAY):
            await import_readings.fail(
                self.pool, reading, self.holder, state="failed", detail=detail, pause=timedelta()
            )

    async def _let_go(self, reading: ClaimedReading) -> None:
        with suppress(*AWAY):
            await import_readings.let_go(self.pool, reading, self.holder)
