"""What a long past costs: an absence, a cancellation and a sweep's expectations, in an old room and in an empty one.

Both rooms are in a database of their own, and take turns in one run; every decision is made by policy's own code in a
transaction that is undone, so that each finds the same. The two services that read here are not otherwise at work.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from uuid import UUID

import asyncpg

from deploy.local.own import own_database
from libs.common.clock import utc_now
from libs.common.db import Connection, Pool, open_pool
from libs.common.migrate import migrate
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Answer, Meeting, Observation, Person
from services.policy.commands.apply import Patience
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationRequest,
    Reserved,
    cancel_reservation,
    create_reservation,
)
from services.policy.core.actors import SYSTEM
from services.policy.handlers.observations import ObservationHandlers
from services.reconciler.store import expectations
from services.schemas import SCHEMAS
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.mapped_room import map_room
from tests.support.history import write_past

BOOKINGS = 20_000
TURNS = 100
AT_MOST = 1.5
PATIENCE = Patience(intents=timedelta(minutes=1))

Operation = Callable[[Connection], Awaitable[object]]


class _Undo(Exception):
    """Undoes what was measured."""


@dataclass(frozen=True, slots=True)
class _MeasuredRoom:
    """A room with a meeting and a reservation to come, whatever its past."""

    space_id: UUID
    mailbox: str
    invited: Meeting
    reservation_id: UUID

    def observed(self, meeting: Meeting | None, now: datetime) -> MeetingObserved:
        observation = Observation(
            space_id=self.space_id,
            room_mailbox=self.mailbox,
            ical_uid=self.invited.ical_uid,
            observed_at=now,
            meeting=meeting,
        )
        return MeetingObserved(space_id=self.space_id, observation=observation)


async def measure(ground: Ground) -> list[Line]:
    """Compare both rooms. Raises Incorrect if a long past makes anything more than `AT_MOST` times as expensive."""
    ground.say(f"Giving a room a past of {BOOKINGS:,} bookings.")
    lines = await compare(ground.stack.servers.postgres_url)
    if missed := [line for line in lines if not line.is_met]:
        slow = "; ".join(f"{line.what}: {line.reached:.2f} times ({line.note})" for line in missed)
        raise Incorrect(f"A past of {BOOKINGS:,} bookings makes a room slower. {slow}")
    return lines


async def compare(postgres_url: str) -> list[Line]:
    """Measure each operation in both rooms in turn."""
    async with own_database(postgres_url) as url, AsyncExitStack() as opened:
        await migrate(url, SCHEMAS)
        policy = await open_pool(url, schema="policy", max_size=1)
        opened.push_async_callback(policy.close)
        reconciler = await open_pool(url, schema="reconciler", max_size=1)
        opened.push_async_callback(reconciler.close)
        admin = await asyncpg.connect(url)
        opened.push_async_callback(admin.close)
        empty, old, neighbour = [await _room(policy) for _ in range(3)]
        for room in (old, neighbour):
            await write_past(admin, room.space_id, BOOKINGS, utc_now())
        now: datetime = await policy.fetchval("SELECT clock_timestamp()")
        return [
            await _line("an absence", policy, _absence, empty, old, now),
            await _line("a cancellation", policy, _cancellation, empty, old, now),
            await _line("a sweep's expectations", reconciler, _expectations, empty, old, now),
        ]


async def _line(
    what: str,
    pool: Pool,
    operation: Callable[[_MeasuredRoom, datetime], Operation],
    empty: _MeasuredRoom,
    old: _MeasuredRoom,
    now: datetime,
) -> Line:
    seconds: Mapping[UUID, list[float]] = {empty.space_id: [], old.space_id: []}
    async with pool.acquire() as conn:
        for turn in range(TURNS + 10):
            for room in (empty, old):
                took = await _time(conn, operation(room, now))
                if turn >= 10:
                    seconds[room.space_id].append(took)
    without, with_past = (median(seconds[room.space_id]) * 1000 for room in (empty, old))
    return Line(
        "history",
        f"{what} in a room with {BOOKINGS:,} past bookings, beside an empty room",
        with_past / without,
        "times",
        Target("below", AT_MOST),
        note=f"median of {TURNS}, in turn: {with_past:.2f} ms and {without:.2f} ms",
    )


async def _time(conn: Connection, operation: Operation) -> float:
    began = perf_counter()
    try:
        async with conn.transaction():
            await operation(conn)
            took = perf_counter() - began
            raise _Undo
    except _Undo:
        return took


def _absence(room: _MeasuredRoom, now: datetime) -> Operation:
    return lambda conn: ObservationHandlers(PATIENCE).on_meeting_observed(conn, room.observed(None, now))


def _cancellation(room: _MeasuredRoom, _: datetime) -> Operation:
    return lambda conn: cancel_reservation(
        conn, room.reservation_id, wanted=CancellationRequest(), expected_version=None, patience=PATIENCE, by=SYSTEM
    )


def _expectations(room: _MeasuredRoom, _: datetime) -> Operation:
    return lambda conn: expectations.of_room(conn, room.space_id)


async def _room(pool: Pool) -> _MeasuredRoom:
    """Make a mapped space with an accepted meeting and a held reservation in the days to come."""
    start = utc_now().replace(microsecond=0) + timedelta(days=3)
    async with pool.acquire() as conn, conn.transaction():
        space_id, mailbox = await map_room(conn)
        invited = Meeting(
            event_id=f"event-{space_id}",
            ical_uid=f"uid-{space_id}",
            start=start,
            end=start + timedelta(hours=1),
            subject="Planning",
            organizer=Person(address="ada@contoso.example", name="Ada"),
            answer=Answer.NOT_RESPONDED,
        )
        asked = ReservationRequest(space_id, start + timedelta(hours=2), start + timedelta(hours=3), "Board")
        result = await create_reservation(conn, asked, PATIENCE, by=SYSTEM)
        if not isinstance(result, Reserved):
            raise Incorrect(f"a free room was refused: {result}")
        room = _MeasuredRoom(space_id, mailbox, invited, result.reservation.id)
        now: datetime = await conn.fetchval("SELECT clock_timestamp()")
        await ObservationHandlers(PATIENCE).on_meeting_observed(conn, room.observed(invited, now))
    return room
