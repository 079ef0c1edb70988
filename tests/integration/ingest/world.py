"""Ingest on a real database and a simulated Microsoft 365; what policy would do to spaces is done by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from libs.common.codec import Codec
from libs.common.db import OwnConnection, Pool
from libs.common.waker import Waker
from libs.contracts.messages import LifecycleNotified, RetryRequested, SpaceMapped, SpaceUnmapped
from libs.graph.admission import AdmissionRules
from libs.graph.clients import GraphClients
from libs.graph.settings import GraphSettings
from services.access import retry_requested
from services.ingest.handlers import rooms
from services.ingest.loops.subscribe import Subscriber, Terms
from services.ingest.loops.watching import WatchLoop
from tests.support.simulator import Simulator

Json = dict[str, Any]
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Space:
    """A space that is mapped to a room mailbox."""

    id: UUID
    address: str


@dataclass(frozen=True)
class World:
    """Rooms, what people do in Outlook, and what ingest writes down. `admin` may read and write every schema."""

    simulator: Simulator
    settings: GraphSettings
    clients: GraphClients
    pool: Pool
    admin: OwnConnection
    codec: Codec
    terms: Terms
    outlook_token: str
    connection_id: UUID = field(default_factory=uuid4)
    admission: AdmissionRules = field(default_factory=lambda: AdmissionRules(shared=False, unverified=True))

    async def connect(self, connection_id: UUID, credential: str = "simulator", cloud: str = "simulator") -> None:
        await self.admin.execute(
            "INSERT INTO policy.connections (id, name, cloud, tenant_id, client_id, credential) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            connection_id,
            f"tenant {connection_id}",
            cloud,
            self.simulator.tenant_id,
            self.simulator.client_id,
            credential,
        )

    async def space(self, *, connection_id: UUID | None = None, address: str | None = None) -> Space:
        """A space mapped to a room of its own; nobody watches it yet."""
        space = Space(uuid4(), address or await self.simulator.add_room("Room"))
        await self.admin.execute(
            "INSERT INTO policy.spaces (id, name, capacity, time_zone, connection_id, room_mailbox, mapped_at) "
            "VALUES ($1, $2, 8, 'Europe/Berlin', $3, $4, now())",
            space.id,
            f"Room {space.id}",
            connection_id or self.connection_id,
            space.address,
        )
        return space

    async def room(self, **more: Any) -> Space:
        """A space whose mailbox was admitted, and which no loop works on."""
        space = await self.space(**more)
        await self.admin.execute(
            "INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, due_at, checked_at, is_admitted) "
            "VALUES ($1, $2, $3, now() + interval '1 day', now(), true)",
            space.id,
            space.address,
            more.get("connection_id") or self.connection_id,
        )
        return space

    async def map(self, space: Space, address: str) -> Space:
        """Map a space to another room, and tell ingest."""
        await self.admin.execute(
            "UPDATE policy.spaces SET room_mailbox = $2, connection_id = $3 WHERE id = $1",
            space.id,
            address,
            self.connection_id,
        )
        await self.tell(SpaceMapped(space_id=space.id, connection_id=self.connection_id, room_mailbox=address))
        return Space(space.id, address)

    async def unmap(self, space: Space) -> None:
        await self.admin.execute(
            "UPDATE policy.spaces SET room_mailbox = NULL, connection_id = NULL WHERE id = $1", space.id
        )
        await self.tell(SpaceUnmapped(space_id=space.id, room_mailbox=space.address))

    async def tell(self, message: SpaceMapped | SpaceUnmapped | LifecycleNotified | RetryRequested) -> list[Any]:
        """Hand a message to ingest's handler of rooms, in a transaction; what it causes."""
        async with self.pool.acquire() as conn, conn.transaction():
            if isinstance(message, LifecycleNotified):
                return list(await rooms.on_lifecycle_notified(conn, message))
            if isinstance(message, RetryRequested):
                return list(await rooms.on_retry_requested(conn, message))
            return list(await rooms.on_space_mapped(conn, message))

    async def watched(self, **more: Any) -> Space:
        """A space that ingest has been told to watch."""
        space = await self.space(**more)
        await self.tell(SpaceMapped(space_id=space.id, connection_id=self.connection_id, room_mailbox=space.address))
        return space

    async def forget(self) -> None:
        """Leave nothing behind for the next test's loops."""
        await self.admin.execute("DELETE FROM ingest.watches")
        await self.admin.execute("DELETE FROM ingest.endings")
        await self.admin.execute("DELETE FROM ingest.outbox")
        await self.admin.execute("DELETE FROM ingest.misses")
        await self.admin.execute("DELETE FROM ingest.waiting")

    def loop(self, terms: Terms | None = None, *, pool: Pool | None = None) -> WatchLoop:
        pool = pool or self.pool
        waker = Waker("ingest", pool, self.codec, retry_requested, timedelta(seconds=10))
        subscriber = Subscriber(pool, self.clients, self.codec, terms or self.terms, self.admission, waker)
        return WatchLoop(pool, self.clients, subscriber, 0.05)

    async def watch(self, space: Space) -> Json:
        row = await self.admin.fetchrow("SELECT * FROM ingest.watches WHERE space_id = $1", space.id)
        assert row is not None, "the space is not watched"
        return dict(row)

    async def set(self, space: Space, assignments: str) -> None:
        """Write to a watch, as time would: SQL assignments."""
        await self.admin.execute(f"UPDATE ingest.watches SET {assignments} WHERE space_id = $1", space.id)

    async def active(self, space: Space) -> Json:
        watch = await self.watch(space)
        assert watch["state"] == "active", watch
        assert watch["subscription_id"] is not None, watch
        return watch

    async def subscriptions(self, space: Space) -> list[Json]:
        """What the simulator keeps for a room."""
        every: list[Json] = (await self.simulator.ask("GET", "/subscriptions"))["subscriptions"]
        return [each for each in every if each["mailbox"] == space.address]

    async def sweeps(self, space: Space) -> list[str]:
        """The sweeps of a room that the bus is owed, by reason."""
        rows = await self.admin.fetch("SELECT type, body FROM ingest.outbox ORDER BY id")
        owed = [orjson.loads(row["body"]) for row in rows if row["type"] == "sweep.requested.v1"]
        return [each["reason"] for each in owed if each["space_id"] == str(space.id)]

    async def misses(self, space: Space) -> list[Json]:
        """The looks at a room that found nothing and are to be repeated."""
        rows = await self.admin.fetch("SELECT * FROM ingest.misses WHERE space_id = $1", space.id)
        return [dict(row) for row in rows]

    async def missed_long_ago(self, space: Space, seconds: float) -> None:
        """Set the first looks that missed something back, as time would."""
        await self.admin.execute(
            "UPDATE ingest.misses SET first_missed_at = first_missed_at - $2::interval WHERE space_id = $1",
            space.id,
            timedelta(seconds=seconds),
        )

    async def answering(self, space: Space, ical_uid: str, awaited_for_s: float) -> None:
        """Have an answer of ours to a meeting in flight for so long, as policy would record it."""
        window = {"start": (DAY + timedelta(hours=9)).isoformat(), "end": (DAY + timedelta(hours=10)).isoformat()}
        await self.admin.execute(
            "INSERT INTO policy.meetings (space_id, ical_uid, room_mailbox, is_present, last_observed_at) "
            "VALUES ($1, $2, $3, true, now()) ON CONFLICT DO NOTHING",
            space.id,
            ical_uid,
            space.address,
        )
        await self.admin.execute(
            "DELETE FROM policy.intents WHERE space_id = $1 AND key_ical_uid = $2", space.id, ical_uid
        )
        await self.admin.execute(
            "INSERT INTO policy.intents (space_id, key_ical_uid, generation, wanted_since, "
            "state, wanted, issued_at, awaited_until, ends_at) "
            "VALUES ($1, $2, 1, 1, 'written', $3, now(), clock_timestamp() + $4::interval, now() + interval '1 day')",
            space.id,
            ical_uid,
            orjson.dumps({"want": "answer", "answer": "accepted", "judged": window}).decode(),
            timedelta(seconds=awaited_for_s),
        )

    # --- Outlook

    async def graph(self, method: str, path: str, body: object = None, *, has_stable_ids: bool = True) -> Any:
        async with self.simulator.http.request(
            method,
            f"{self.simulator.base_url}{path}",
            json=body,
            headers={
                "Authorization": f"Bearer {self.outlook_token}",
                **({"Prefer": 'IdType="ImmutableId"'} if has_stable_ids else {}),
            },
        ) as answer:
            content = await answer.json(content_type=None) if await answer.read() else None
            assert answer.status < 300, (method, path, answer.status, content)
            return content

    async def stored(self, space: Space) -> list[Json]:
        """Every copy on a room's calendar, as stored."""
        found: list[Json] = (await self.simulator.ask("GET", f"/mailboxes/{space.address}/events"))["events"]
        return found

    async def put(self, space: Space, hour: float = 9, **more: Any) -> Json:
        """Put an event onto a room's calendar."""
        body = {"subject": "Planning", "start": moment(hour), "end": moment(hour + 1), **more}
        created: Json = await self.graph("POST", f"/users/{space.address}/events", body)
        return created


def reported(space: Space, watch: Json, event: Any, *, generation: int | None = None) -> LifecycleNotified:
    """What Graph says of the subscription of this watch."""
    return LifecycleNotified(space_id=space.id, generation=generation or watch["generation"], event=event)


def moment(hour: float) -> Json:
    return {"dateTime": (DAY + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
