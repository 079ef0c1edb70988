"""The ledger on a real database, with the deliveries of a real bus in front of it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from deploy.driver.eventually import eventually
from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Connection, Pool, open_pool
from libs.common.deliver import in_transaction
from libs.common.migrate import migrate
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.intents import Intent
from libs.contracts.keys import Key, MeetingKey, columns_of
from libs.contracts.message import Message
from libs.contracts.messages import (
    CATALOGUE,
    CorrectionRequested,
    DecideApproval,
    DriftKind,
    IntentIssued,
    IntentProblem,
    IntentSettled,
    MeetingObserved,
    Settlement,
)
from libs.contracts.topology import LISTENERS
from libs.contracts.values import Answer, Meeting, Observation, Occurrence, Person, SeriesListing, Window
from services.policy.commands.apply import Patience
from services.policy.handlers.approvals import ApprovalHandlers
from services.policy.handlers.groups import GroupCommandHandlers
from services.policy.handlers.observations import ObservationHandlers
from services.policy.handlers.reservations import ReservationCommandHandlers
from services.policy.handlers.settlements import SettlementHandlers
from services.policy.store.keys import OF_KEY
from tests.integration.policy.patience import PATIENCE

_SERVICES = Path(__file__).parents[3] / "services"
MIGRATIONS = {name: _SERVICES / name / "migrations" for name in ("policy", "ingest", "outbound", "reconciler")}
"""Policy, and the others, whose views it reads."""

SHARDS = 8
TOMORROW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
_numbers = count(1)


def window(start: float, end: float | None = None, *, day: int = 0) -> Window:
    """Name a stretch of tomorrow by its hours in UTC; an hour long unless `end` says otherwise."""
    begins = TOMORROW + timedelta(days=day, hours=start)
    return Window(
        start=begins, end=begins + timedelta(hours=1) if end is None else begins + timedelta(hours=end - start)
    )


def meeting(at: Window, **different: Any) -> Meeting:
    """Make an invitation to a room as it first stands on its calendar."""
    number = next(_numbers)
    usual = {
        "event_id": f"event-{number}",
        "ical_uid": f"uid-{number}",
        "start": at.start,
        "end": at.end,
        "subject": "Planning",
        "organizer": Person(address="ada@example.org", name="Ada"),
        "answer": "notResponded",
    }
    return Meeting(**{**usual, **different})


def recurring(at: Window, dates: int = 4, *, days: int = 7, until: datetime | None = None, **different: Any) -> Meeting:
    """Make an invitation to a series of so many dates, `days` apart; it goes on if it was listed `until` a time."""
    master = meeting(at, **{"is_series": True, **different})
    listed = [_occurrence(master, number, timedelta(days=days * number)) for number in range(dates)]
    limits = {"type": "numbered", "numberOfOccurrences": dates} if until is None else {"type": "noEnd"}
    listing = SeriesListing(
        recurrence={"pattern": {"type": "daily", "interval": days}, "range": limits},
        time_zone="UTC",
        occurrences=tuple(listed),
        listed_until=until,
    )
    return again(master, series=listing)


def _occurrence(master: Meeting, number: int, later: timedelta) -> Occurrence:
    return Occurrence(
        original_date=(master.start + later).date(),
        event_id=f"{master.event_id}-{number}",
        start=master.start + later,
        end=master.end + later,
        answer=master.answer,
        shows_as=master.shows_as,
        subject=master.subject,
    )


def on_dates(series: Meeting, change: Callable[[int, Occurrence], Occurrence | None], **different: Any) -> Meeting:
    """Return a series with some occurrences changed, or gone where the change returns None."""
    assert series.series is not None
    found = [change(number, each) for number, each in enumerate(series.series.occurrences)]
    listing = series.series.model_copy(update={"occurrences": tuple(each for each in found if each is not None)})
    return again(series, series=listing, **different)


def answered(series: Meeting, answer: str = "accepted") -> Meeting:
    """Return a series whose master and occurrences show an answer."""
    return on_dates(series, lambda _, each: each.model_copy(update={"answer": Answer(answer)}), answer=answer)


def again(seen: Meeting, **different: Any) -> Meeting:
    """Return the same meeting as it stands later."""
    return Meeting.model_validate({**seen.model_dump(), **different})


@dataclass(frozen=True)
class Room:
    """A space, mapped or not, as tests refer to it."""

    id: UUID
    mailbox: str


@dataclass(frozen=True)
class Ledger:
    """A policy service's handlers on a bus and a database."""

    pool: Pool
    admin: Connection
    bus: MemoryBus
    codec: Codec
    connection_id: UUID

    async def room(self, *, parts: Sequence[Room] = (), is_mapped: bool = True, **columns: Any) -> Room:
        """Make a space; one with parts is made of those."""
        room = Room(uuid4(), f"room-{next(_numbers)}@example.org")
        row = {"id": room.id, "name": "Room", "capacity": 8, "time_zone": "Europe/Berlin"}
        if is_mapped:
            row |= {"room_mailbox": room.mailbox, "connection_id": self.connection_id, "mapped_at": utc_now()}
        row |= columns
        names = ", ".join(row)
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.pool.execute(f"INSERT INTO spaces ({names}) VALUES ({places})", *row.values())
        for part in [each.id for each in parts] or [room.id]:
            await self.pool.execute("INSERT INTO space_parts VALUES ($1, $2)", room.id, part)
        return room

    async def declining_room(self) -> Room:
        """Make a space whose connection declines a refused edit and keeps the room by a hold."""
        return await self.room(connection_id=await self.connection(refused_edit="decline"))

    async def connection(self, **columns: Any) -> UUID:
        """Make a connection."""
        row = {"id": uuid4(), "name": f"tenant-{next(_numbers)}", "cloud": "simulator", "tenant_id": "t"}
        row |= {"client_id": "c", "credential": "simulator", **columns}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.pool.execute(f"INSERT INTO connections ({', '.join(row)}) VALUES ({places})", *row.values())
        return UUID(str(row["id"]))

    async def now(self) -> datetime:
        """Read the database's clock, which stamps observations."""
        now: datetime = await self.pool.fetchval("SELECT clock_timestamp()")
        return now

    async def observation(self, room: Room, seen: Meeting | None, ical_uid: str | None = None) -> Observation:
        """Observe a meeting now, or its absence under a given iCalUId."""
        return Observation(
            space_id=room.id,
            room_mailbox=room.mailbox,
            ical_uid=ical_uid or (seen.ical_uid if seen is not None else ""),
            observed_at=await self.now(),
            meeting=seen,
        )

    async def observe(self, room: Room, seen: Meeting | None, ical_uid: str | None = None) -> None:
        """Deliver what the room calendar holds now, and wait until it was decided about.

        If a look is asked for before that, it finds everything as it was.
        """
        await self.observe_first(room, seen, ical_uid)
        uid = ical_uid or (seen.ical_uid if seen is not None else "")
        pending = await self.pool.fetchval(
            "SELECT pending_look ->> 'look_id' FROM meetings WHERE space_id = $1 AND ical_uid = $2", room.id, uid
        )
        if pending is not None:
            observation = await self.observation(room, seen, ical_uid)
            await self.deliver(MeetingObserved(space_id=room.id, observation=observation, look_id=UUID(pending)))

    async def observe_first(self, room: Room, seen: Meeting | None, ical_uid: str | None = None) -> None:
        """Deliver what the room calendar holds now; if a look is asked for, it is not answered."""
        observation = await self.observation(room, seen, ical_uid)
        await self.deliver(MeetingObserved(space_id=room.id, observation=observation))

    async def correct(self, room: Room, key: Key, seen: Meeting | None, ical_uid: str = "") -> None:
        """Deliver a drift, and wait until it was decided about."""
        observation = await self.observation(room, seen, ical_uid)
        kind = DriftKind.MISSING_IN_OUTLOOK
        await self.deliver(CorrectionRequested(drift=kind, key=key, observation=observation))

    async def settle(
        self,
        key: Key,
        settlement: Settlement = Settlement.DONE,
        *,
        has_written: bool = True,
        problem: IntentProblem | None = None,
        generation: int | None = None,
        words_outdated: bool = False,
        **pointers: str,
    ) -> None:
        """Say that an intent under a key has ended, the newest if none is named."""
        newest = await self.pool.fetchval(f"SELECT generation FROM intents WHERE {OF_KEY}", *columns_of(key))
        now = await self.now()
        is_shown_later = settlement is Settlement.DONE and has_written and isinstance(key, MeetingKey)
        message = IntentSettled(
            key=key,
            generation=generation or newest,
            settlement=settlement,
            has_written=has_written,
            settled_at=now,
            awaited_until=now + timedelta(seconds=10) if is_shown_later else None,
            problem=problem,
            words_outdated=words_outdated,
            event_id=pointers.get("event_id"),
            ical_uid=pointers.get("ical_uid"),
        )
        await self.deliver(message)

    async def deliver(self, *messages: Message, times: int = 1) -> None:
        """Put messages on the bus, each `times` times under one id, and wait until all were handled."""
        await self.handled(await self.publish(*messages, times=times))

    async def publish(self, *messages: Message, times: int = 1) -> list[UUID]:
        """Put messages on the bus; return their ids."""
        envelopes = [
            self.codec.envelope(each, message_id=uuid4(), correlation_id="test", lane=Lane.LIVE, sent_at=utc_now())
            for each in messages
        ]
        for _ in range(times):
            await self.bus.publish(envelopes)
        return [each.message_id for each in envelopes]

    async def handled(self, ids: Sequence[UUID]) -> None:
        """Wait until all of these were handled."""

        async def marked() -> None:
            marks = await self.pool.fetchval("SELECT count(*) FROM inbox WHERE message_id = ANY($1)", ids)
            assert marks == len(ids)

        await eventually(marked)

    async def occupy(self, room: Room, at: Window) -> UUID:
        """Write a reservation past every lock and rule, as no code of ours does."""
        reservation_id = uuid4()
        await self.admin.execute(
            """
            WITH made AS (
                INSERT INTO reservations (id, space_id, status, starts_at, ends_at, time_zone, title, origin, outcome,
                    reasons, created_at, updated_at)
                VALUES ($1, $2, 'confirmed', $3, $4, 'UTC', 'Sneaky', 'api', 'accept', '[]',
                    now(), now())
            )
            INSERT INTO occupancies (reservation_id, part_id, purpose, during)
            SELECT $1, part_id, 'reserved', tstzmultirange(tstzrange($3, $4)) FROM space_parts WHERE space_id = $2
            """,
            reservation_id,
            room.id,
            at.start,
            at.end,
        )
        return reservation_id

    async def audit(self, room: Room, reservation_id: UUID | None = None) -> list[asyncpg.Record]:
        """Read what was decided about a space, oldest first."""
        return await self.pool.fetch(
            "SELECT * FROM decisions WHERE space_id = $1 AND ($2::uuid IS NULL OR reservation_id = $2) ORDER BY id",
            room.id,
            reservation_id,
        )

    async def reservations(self, room: Room, *statuses: str) -> list[asyncpg.Record]:
        """Read the reservations of a space by their start."""
        return await self.pool.fetch(
            "SELECT * FROM reservations WHERE space_id = $1 AND status = ANY($2) ORDER BY starts_at, created_at",
            room.id,
            list(statuses or ("pending", "confirmed")),
        )

    async def windows(self, room: Room) -> list[Window]:
        """Read what is booked in a space."""
        return [Window(start=row["starts_at"], end=row["ends_at"]) for row in await self.reservations(room)]

    async def owed(self, room: Room) -> list[dict[str, Any]]:
        """Read what the bus is owed about a space, oldest first."""
        rows = await self.pool.fetch("SELECT type, body FROM outbox ORDER BY id")
        found = [{"type": row["type"], **orjson.loads(row["body"])} for row in rows]
        return [each for each in found if (each.get("key") or each).get("space_id") == str(room.id)]

    async def told(self, room: Room) -> list[str]:
        """Read which business events were published about a space."""
        return [each["type"] for each in await self.owed(room) if each["type"].startswith("reservation.")]

    async def issued(self, key: Key) -> list[IntentIssued]:
        """Read which intents were issued under a key, oldest first."""
        rows = await self.pool.fetch("SELECT body FROM outbox WHERE type = $1 ORDER BY id", IntentIssued.type)
        found = [IntentIssued.model_validate_json(row["body"]) for row in rows]
        return [each for each in found if each.key == key]

    async def wanted(self, key: Key) -> Intent | None:
        """Read what Outlook ought to show under a key by the last intent issued."""
        issued = await self.issued(key)
        return issued[-1].intent if issued else None


@asynccontextmanager
async def open_ledger(database: str, patience: Patience = PATIENCE) -> AsyncIterator[Ledger]:
    """Migrate a database and have the handlers of policy listen on a bus in memory."""
    await migrate(database, MIGRATIONS)
    topology = Topology(
        [Consumer(name, types) for name, types in LISTENERS.items()], shards=SHARDS, ladder=[timedelta(milliseconds=50)]
    )
    codec, bus = Codec(CATALOGUE, topology), MemoryBus(topology)
    async with AsyncExitStack() as stack:
        admin = await asyncpg.connect(database, server_settings={"search_path": "policy, public"})
        stack.push_async_callback(admin.close)
        pool = await open_pool(database, schema="policy", max_size=2 * SHARDS + 4)
        stack.push_async_callback(pool.close)
        observations, settlements = ObservationHandlers(patience), SettlementHandlers(patience)
        handler = in_transaction(
            pool,
            codec,
            "policy",
            {
                MeetingObserved: observations.on_meeting_observed,
                CorrectionRequested: observations.on_correction_requested,
                IntentSettled: settlements.on_intent_settled,
                DecideApproval: ApprovalHandlers(patience).on_decide_approval,
            },
            utc_now,
        )
        for queue in topology.queues_of("policy"):
            await stack.enter_async_context(bus.consume(queue, handler))
        commands = {**ReservationCommandHandlers(patience).by_message, **GroupCommandHandlers(patience).by_message}
        for queue in topology.queues_of("policy-commands"):
            handler = in_transaction(pool, codec, "policy-commands", commands, utc_now)
            await stack.enter_async_context(bus.consume(queue, handler))
        connection_id = uuid4()
        await pool.execute(
            "INSERT INTO connections (id, name, cloud, tenant_id, client_id, credential) "
            "VALUES ($1, 'tenant', 'simulator', 't', 'c', 'simulator')",
            connection_id,
        )
        yield Ledger(pool, admin, bus, codec, connection_id)
        bus.close()
