"""The reconciler on a real database and a simulated Microsoft 365, with policy and outbound behind it and no ingest.

Nobody is notified of anything here: whatever both sides agree about in the end, they agree about because of sweeps.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from libs.common import outbox
from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.db import Pool
from libs.common.topology import Lane
from libs.contracts.holds import transaction_id
from libs.contracts.keys import Key, key_of_row
from libs.contracts.message import Message
from libs.contracts.messages import CorrectionRequested, DriftKind
from libs.graph.vendor import RESERVATION_PROPERTY
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRequest,
    Reserved,
    cancel_reservation,
    change_reservation,
    create_reservation,
)
from services.reconciler.loops.sweep import Sweeper
from services.reconciler.settings import ReconcilerSettings
from services.reconciler.store import rooms
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.support.simulator import Simulator

Json = dict[str, Any]
T = TypeVar("T")
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
GRACE = timedelta(milliseconds=50)
INTERVAL_S = 300
WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Room:
    """A space and the mailbox it is mapped to."""

    space_id: UUID
    address: str


def at(hour: float, *, day: int = 0) -> datetime:
    return DAY + timedelta(days=day, hours=hour)


def daily(dates: int) -> Json:
    """The recurrence of a meeting on so many days in a row, from the day of the tests on."""
    return {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": f"{at(9):%Y-%m-%d}", "numberOfOccurrences": dates},
    }


def moment(when: datetime) -> Json:
    return {"dateTime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


class World:
    """What happens in Outlook and in the back office, and what a sweep makes of it."""

    def __init__(
        self,
        simulator: Simulator,
        outlook_token: str,
        database: Pool,
        sweeper: Sweeper,
        bus: MemoryBus,
        settings: ReconcilerSettings,
    ) -> None:
        self.simulator = simulator
        self.database = database
        self.sweeper = sweeper
        self.settings = settings
        self._bus = bus
        self._headers = {"Authorization": f"Bearer {outlook_token}", "Prefer": 'outlook.timezone="UTC"'}
        self.connection_id = uuid4()

    async def connect(self, credential: str = "simulator") -> None:
        await self.database.execute(
            "INSERT INTO policy.connections (id, name, cloud, tenant_id, client_id, credential) "
            "VALUES ($1, $2, 'simulator', $3, $4, $5)",
            self.connection_id,
            f"tenant {self.connection_id}",
            self.simulator.tenant_id,
            self.simulator.client_id,
            credential,
        )

    async def room(self, address: str | None = None) -> Room:
        """A space mapped to a room mailbox that ingest has admitted; the reconciler knows of it."""
        room = Room(uuid4(), address or await self.simulator.add_room("Room"))
        await self.map(room)
        await rooms.adopt(self.sweeper.pool, room.space_id)
        return room

    async def map(self, room: Room) -> None:
        """Map a new space to its room mailbox, which ingest admits; nobody has told the reconciler of it."""
        await self.database.execute(
            "INSERT INTO policy.spaces (id, name, capacity, time_zone, connection_id, room_mailbox, mapped_at) "
            "VALUES ($1, $2, 8, 'Europe/Berlin', $3, $4, now())",
            room.space_id,
            f"Room {room.space_id}",
            self.connection_id,
            room.address,
        )
        await self.database.execute("INSERT INTO policy.space_parts VALUES ($1, $1)", room.space_id)
        await self.admit(room)

    async def admit(self, room: Room, *, is_admitted: bool = True) -> None:
        """Record that ingest has looked at the mailbox of a room, and watches it."""
        await self.database.execute(
            "INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, is_admitted) "
            "VALUES ($1, $2, $3, 'active', $4) ON CONFLICT (space_id) "
            "DO UPDATE SET room_mailbox = excluded.room_mailbox, is_admitted = excluded.is_admitted",
            room.space_id,
            room.address,
            self.connection_id,
            is_admitted,
        )

    async def unmap(self, room: Room) -> None:
        await self.database.execute(
            "UPDATE policy.spaces SET room_mailbox = NULL, connection_id = NULL WHERE id = $1", room.space_id
        )

    async def close(self) -> None:
        """Leave no room behind for the next test's sweeps."""
        await self.database.execute(
            "UPDATE policy.spaces SET room_mailbox = NULL, connection_id = NULL WHERE connection_id = $1",
            self.connection_id,
        )
        await rooms.forget_unmapped(self.sweeper.pool)

    # --- Outlook

    async def graph(self, method: str, path: str, body: object = None) -> Any:
        async with self.simulator.http.request(
            method, f"{self.simulator.base_url}{path}", json=body, headers=self._headers
        ) as answer:
            content = await answer.json(content_type=None) if await answer.read() else None
            assert answer.status < 300, (method, path, answer.status, content)
            return content

    async def invite(self, room: Room, start: float = 9, end: float = 10, **more: Any) -> Json:
        """Somebody invites the room; the invitation is on its calendar when this returns."""
        organizer = await self.simulator.add_user("Ada")
        event: Json = await self.graph(
            "POST",
            f"/users/{organizer}/events",
            {
                "subject": "Planning",
                "start": moment(at(start)),
                "end": moment(at(end)),
                "attendees": [{"type": "resource", "emailAddress": {"address": room.address}}],
                **more,
            },
        )
        event["organizer_path"] = f"/users/{organizer}/events/{event['id']}"
        await self.eventually(lambda: self.copy(room, event))
        return event

    async def copies(self, room: Room, ical_uid: str) -> list[Json]:
        found: list[Json] = (await self.graph("GET", f"/users/{room.address}/events?$filter=iCalUId eq '{ical_uid}'"))[
            "value"
        ]
        return found

    async def copy(self, room: Room, event: Json) -> Json | None:
        return next(iter(await self.copies(room, event["iCalUId"])), None)

    async def put(self, room: Room, start: float = 9, end: float = 10, **more: Any) -> Json:
        """Put an event of the room's own onto its calendar; with `reservation` it has our property, as a copy has.

        With `generation` it is the hold that we made for the reservation in that generation.
        """
        reservation, generation = more.pop("reservation", None), more.pop("generation", None)
        body = {"subject": "Own", "start": moment(at(start)), "end": moment(at(end)), "showAs": "busy", **more}
        if reservation is not None:
            body["singleValueExtendedProperties"] = [{"id": RESERVATION_PROPERTY, "value": str(reservation)}]
        if generation is not None:
            body["transactionId"] = str(transaction_id(reservation, generation))
        created: Json = await self.graph("POST", f"/users/{room.address}/events", body)
        return created

    async def calls(self, room: Room) -> list[str]:
        """What was read of a room's mailbox so far: the last part of each path, ``events/`` for a single event."""
        parts = [call["path"].rsplit("/", 2)[1:] for call in await self.simulator.requests(room.address)]
        return ["events/" if parent == "events" else name for parent, name in parts]

    async def calendar(self, room: Room) -> list[Json]:
        """All that is on the room's calendar on the days of the tests."""
        query = f"startDateTime={at(0).isoformat()[:19]}Z&endDateTime={at(0, day=7).isoformat()[:19]}Z&$top=500"
        found: list[Json] = (await self.graph("GET", f"/users/{room.address}/calendarView?{query}"))["value"]
        return found

    # --- the back office

    async def reserve(self, room: Room, start: float = 9, end: float = 10) -> UUID:
        """Reserve the space; the hold that follows is not written before messages are delivered."""
        request = ReservationRequest(room.space_id, at(start), at(end), "Board meeting")
        async with self.policy() as conn:
            made = await create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR)
            assert isinstance(made, Reserved)
            await self.owe(conn, made.messages)
        return made.reservation.id

    async def cancel(self, reservation_id: UUID) -> None:
        async with self.policy() as conn:
            made = await cancel_reservation(
                conn,
                reservation_id,
                wanted=CancellationRequest(),
                expected_version=None,
                patience=PATIENCE,
                by=ADMINISTRATOR,
            )
            assert isinstance(made, Reserved)
            await self.owe(conn, made.messages)

    async def move_dates(self, reservation_id: UUID, start: float, end: float) -> None:
        """Have the back office want all dates of a series at these hours, of which the first is this reservation."""
        change = ReservationChange(start=at(start), end=at(end), scope="all")
        async with self.policy() as conn:
            made = await change_reservation(
                conn, reservation_id, change, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
            )
            assert isinstance(made, Reserved)
            await self.owe(conn, made.messages)

    async def set_rule(self, room: Room, rule: Json) -> None:
        """Make a policy for the space."""
        async with self.policy() as conn:
            await set_rule(conn, rule, at_space(room.space_id))

    @asynccontextmanager
    async def policy(self) -> AsyncIterator[Any]:
        async with self.database.acquire() as conn, conn.transaction():
            await conn.execute("SET LOCAL search_path TO policy, public")
            yield conn

    async def owe(self, conn: Any, messages: Sequence[Message]) -> None:
        lanes = [(message, Lane.LIVE) for message in messages]
        await outbox.add(conn, self.sweeper.concluder.codec, lanes, correlation_id="test", now=utc_now())

    async def bookings(self, room: Room) -> list[tuple[str, datetime, datetime]]:
        rows = await self.database.fetch(
            "SELECT status, starts_at, ends_at FROM policy.reservations WHERE space_id = $1 ORDER BY starts_at, status",
            room.space_id,
        )
        return [tuple(row) for row in rows]

    async def titles(self, room: Room) -> list[str]:
        rows = await self.database.fetch(
            "SELECT title FROM policy.reservations WHERE space_id = $1 ORDER BY starts_at", room.space_id
        )
        return [row["title"] for row in rows]

    async def shows(self, room: Room, event: Json, answer: str) -> bool:
        """Whether the room's copy of a meeting shows this answer."""
        copy = await self.copy(room, event)
        return copy is not None and copy["responseStatus"]["response"] == answer

    async def intent_state(self, room: Room, state: str) -> bool:
        """Whether the one intent of a room is in this state."""
        found: str = await self.database.fetchval("SELECT state FROM policy.intents WHERE space_id = $1", room.space_id)
        return found == state

    # --- the reconciler

    async def sweep(self, room: Room) -> list[CorrectionRequested]:
        """Compare a room once, and return what policy is asked; nothing is delivered yet."""
        before = await self._owed(room)
        await rooms.ask(self.sweeper.pool, room.space_id, "test")
        for claimed in await self.sweeper.claim(1000):
            await self.sweeper.sweep(claimed)
        return [each for each in await self._owed(room) if each not in before]

    async def _owed(self, room: Room) -> list[CorrectionRequested]:
        rows = await self.database.fetch(
            "SELECT body FROM reconciler.outbox WHERE type = $1 ORDER BY id", CorrectionRequested.type
        )
        owed = [CorrectionRequested.model_validate_json(row["body"]) for row in rows]
        return [each for each in owed if each.space_id == room.space_id]

    async def deliver(self) -> None:
        """Hand policy what it is asked."""
        async with self.sweeper.pool.acquire() as conn:
            for lane in Lane:
                rows = await outbox.oldest(conn, lane, after=0, at_most=1000)
                await self._bus.publish([envelope for _, envelope in rows])
                await outbox.settle(conn, [row_id for row_id, _ in rows])

    async def until_agreed(self, room: Room) -> None:
        """Sweep until both sides agree and nothing is under way."""

        async def agrees() -> bool:
            await self.sweep(room)
            await self.deliver()
            row = await self.database.fetchrow(
                "SELECT agreed_at = compared_at AS agrees, NOT EXISTS (SELECT FROM policy.intents i "
                "WHERE i.space_id = $1 AND i.state = 'issued') AS is_quiet FROM reconciler.rooms WHERE space_id = $1",
                room.space_id,
            )
            return bool(row and row["agrees"] and row["is_quiet"] and not await self.open_drifts(room))

        await self.eventually(agrees)
        await self.let_pass(room)

    async def let_pass(self, room: Room, by: timedelta = timedelta(minutes=10)) -> None:
        """Have everything about a room lie in the past by so much, as if that time had gone by."""
        for table, column in (
            ("policy.intents", "issued_at"),
            ("policy.intents", "awaited_until"),
            ("policy.intents", "settled_at"),
            ("policy.meetings", "last_observed_at"),
            ("outbound.intents", "awaited_until"),
            ("reconciler.drifts", "ask_again_at"),
        ):
            await self.database.execute(
                f"UPDATE {table} SET {column} = {column} - $2::interval WHERE space_id = $1", room.space_id, by
            )

    async def known(self, room: Room) -> Json:
        row = await self.database.fetchrow(
            "SELECT r.*, v.state, v.detail, v.troubled_since, v.next_try_at "
            "FROM reconciler.rooms r JOIN reconciler.rooms_v1 v USING (space_id) "
            "WHERE space_id = $1",
            room.space_id,
        )
        assert row is not None
        return dict(row)

    async def drifts(self, room: Room) -> list[Json]:
        rows = await self.database.fetch(
            "SELECT * FROM reconciler.drifts_v1 WHERE space_id = $1 ORDER BY drift_id", room.space_id
        )
        return [dict(row) for row in rows]

    async def open_drifts(self, room: Room) -> list[tuple[DriftKind, Key]]:
        found = [each for each in await self.drifts(room) if each["healed_at"] is None]
        return [(DriftKind(each["kind"]), key_of_row(each)) for each in found]

    async def eventually(self, look: Callable[[], Awaitable[T]]) -> T:
        """Look again until what is looked for is there."""
        until = utc_now() + timedelta(seconds=WITHIN_S)
        while not (found := await look()):
            assert utc_now() < until, f"not within {WITHIN_S} s"
            await asyncio.sleep(0.05)
        return found
