"""Outbound as policy meets it, on a real database and the simulated Microsoft 365."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from libs.common.db import OwnConnection, Pool
from libs.common.handlers import Finished, HeldBack, RetryLater, Waits
from libs.common.topology import Lane
from libs.contracts.intents import AnswerMeeting, DropHold, Intent, KeepHold, MoveBack
from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.messages import IntentIssued, IntentSettled
from libs.contracts.patterns import pattern_of
from libs.contracts.values import Window
from libs.graph import translate
from libs.graph.clients import GraphClients
from libs.graph.series import recurrence_of
from services.outbound.handlers.intents import IntentHandlers
from tests.contract.graphsim.graph import Graph, Json, eventually
from tests.support.simulator import Simulator

START = datetime(2027, 3, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEPT = Window(start=START, end=START + HOUR)
"""When meetings and holds are, unless told otherwise."""

REFUSED = Window(start=START + 3 * HOUR, end=START + 4 * HOUR)


def edges(window: Window) -> Json:
    """Name a window as Outlook does."""
    return {
        name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        for name, at in (("start", window.start), ("end", window.end))
    }


@dataclass
class Room:
    """A mapped room: its mailbox, and messages about it."""

    mailbox: str
    connection_id: UUID
    space_id: UUID = field(default_factory=uuid4)

    def issued(self, intent: Intent, generation: int = 1, *, date: date | None = None) -> IntentIssued:
        """Issue an intent about a meeting, about one date of a series, or about a reservation."""
        if isinstance(intent, AnswerMeeting) and date is not None:
            intent = intent.model_copy(update={"pattern": None})
        if isinstance(intent, AnswerMeeting | MoveBack):
            key: Key = MeetingKey(self.space_id, intent.ical_uid, date)
        else:
            key = ReservationKey(self.space_id, intent.reservation_id)
        return IntentIssued(
            connection_id=self.connection_id,
            room_mailbox=self.mailbox,
            key=key,
            generation=generation,
            awaited_until=datetime.now(UTC) + timedelta(minutes=1),
            intent=intent,
        )


class ComesAgain(Exception):
    """Messages that could not be handled now, and what was settled beside them."""

    def __init__(self, again: Sequence[RetryLater | Waits], done: Sequence[IntentSettled]) -> None:
        super().__init__("; ".join(each.reason for each in again))
        self.messages = [each.message for each in again]
        self.done = done


def _settled(finished: Finished) -> IntentSettled:
    """What a message caused: that its own intent was settled."""
    (settled,) = finished.caused
    assert isinstance(settled, IntentSettled)
    assert isinstance(finished.message, IntentIssued)
    assert (settled.key, settled.generation) == (finished.message.key, finished.message.generation)
    return settled


@dataclass
class World:
    """The handlers, and everything around them."""

    sim: Simulator
    outlook: Graph
    pool: Pool
    admin: OwnConnection
    clients: GraphClients

    def handlers(self, lane: Lane = Lane.LIVE) -> IntentHandlers:
        return IntentHandlers(self.pool, self.clients, lane)

    async def handle(self, *messages: IntentIssued, lane: Lane = Lane.LIVE) -> Sequence[IntentSettled]:
        """Handle messages, each of which ends at once. Raises `ComesAgain` if one does not."""
        became = await self.handlers(lane).on_intent_issued(messages)
        assert {id(each.message) for each in became} == {id(each) for each in messages}
        assert not any(isinstance(each, HeldBack) for each in became)
        again = [each for each in became if isinstance(each, RetryLater | Waits)]
        done = [_settled(each) for each in became if isinstance(each, Finished)]
        if again:
            raise ComesAgain(again, done)
        return done

    async def settle(self, message: IntentIssued) -> IntentSettled:
        """Handle one message that ends at once."""
        (settled,) = await self.handle(message)
        return settled

    async def settle_in_the_end(self, message: IntentIssued, within_s: float = 25) -> IntentSettled:
        """Handle one message as often as it has to come again."""

        async def once() -> IntentSettled | None:
            try:
                return await self.settle(message)
            except ComesAgain:
                return None

        settled = await eventually(once, within=within_s)
        assert settled is not None
        return settled

    async def end_waits(self, room: Room) -> None:
        """Have the time be over in which an answer that was sent may still appear."""
        await self.pool.execute(
            "UPDATE intents SET awaited_until = clock_timestamp() WHERE space_id = $1 AND tried IS NOT NULL",
            room.space_id,
        )

    @asynccontextmanager
    async def refusing_updates(self, room: Room) -> AsyncIterator[None]:
        """Have the database refuse to settle this room's intents, or to record that no response came."""
        await self.admin.execute(
            f"""
            CREATE FUNCTION outbound.refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON outbound.intents FOR EACH ROW
                WHEN (new.space_id = '{room.space_id}' AND (new.settlement IS NOT NULL OR old.tried IS NOT NULL))
                EXECUTE FUNCTION outbound.refuse()
            """
        )
        try:
            yield
        finally:
            await self.admin.execute("DROP FUNCTION outbound.refuse CASCADE")

    async def room(self, *, edits_organizer_events: bool = False, credential: str = "tenant", **more: Any) -> Room:
        connection_id = uuid4()
        await self.admin.execute(
            """
            INSERT INTO policy.connections
                (id, name, cloud, tenant_id, client_id, credential, edits_organizer_events)
            VALUES ($1, $1::uuid::text, 'simulator', $2, $3, $4, $5)
            """,
            connection_id,
            self.sim.tenant_id,
            self.sim.client_id,
            credential,
            edits_organizer_events,
        )
        room = Room(await self.sim.add_room("Birch", **more), connection_id)
        await self.map(room, room.mailbox)
        return room

    async def map(self, room: Room, mailbox: str | None) -> None:
        """Map the space of a room to a mailbox as policy does, or unmap it."""
        await self.admin.execute(
            """
            INSERT INTO policy.spaces (id, name, capacity, time_zone, room_mailbox, connection_id)
            VALUES ($1, 'Birch', 8, 'UTC', lower($2), $3)
            ON CONFLICT (id) DO UPDATE SET room_mailbox = excluded.room_mailbox, connection_id = excluded.connection_id
            """,
            room.space_id,
            mailbox,
            room.connection_id if mailbox is not None else None,
        )
        if mailbox is not None:
            await self.examined(room, "active")

    async def examined(self, room: Room, state: str, object_id: str | None = None) -> None:
        """Have ingest know a room's mailbox: admitted, or refused as no room."""
        await self.admin.execute(
            """
            INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, is_admitted, detail, object_id)
            VALUES ($1, lower($2), $3, $4, $4 <> 'refused', 'It is a person''s mailbox.', $5)
            ON CONFLICT (space_id) DO UPDATE SET room_mailbox = excluded.room_mailbox, state = excluded.state,
                is_admitted = excluded.is_admitted, object_id = excluded.object_id
            """,
            room.space_id,
            room.mailbox,
            room.connection_id,
            state,
            object_id,
        )

    async def invited(self, *rooms: Room, **more: Any) -> tuple[str, Json, list[Json]]:
        """Have somebody invite rooms; the organizer, their event, and the rooms' copies."""
        organizer = await self.sim.add_user("Ada")
        made = await self.outlook.invite(organizer, *(room.mailbox for room in rooms), **(edges(KEPT) | more))
        return organizer, made, [await self.outlook.copy(room.mailbox, made) for room in rooms]

    async def invited_weekly(self, room: Room, **more: Any) -> tuple[str, Json, list[Json]]:
        """Have somebody invite a room to the same time in four weeks; the organizer, their series, the room's copy."""
        start = (edges(KEPT) | more)["start"]
        day = date.fromisoformat(start["dateTime"][:10])
        recurrence = {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [f"{day:%A}".lower()]},
            "range": {"type": "numbered", "startDate": day.isoformat(), "numberOfOccurrences": 4},
        }
        return await self.invited(room, recurrence=recurrence, **more)

    async def dates(self, mailbox: str, master: Json) -> list[Json]:
        """Return the occurrences of a series in a mailbox, by start, with the ids that our application reads."""
        until = f"{datetime.now(UTC) + timedelta(days=1000):%Y-%m-%d}"
        since = f"{datetime.now(UTC) - timedelta(days=100):%Y-%m-%d}"
        path = f"/users/{mailbox}/events/{master['id']}/instances?startDateTime={since}&endDateTime={until}&$top=100"
        found: list[Json] = (await self.outlook.get(path, Prefer='IdType="ImmutableId"'))["value"]
        return sorted(found, key=lambda each: str(each["start"]["dateTime"]))

    async def move(self, organizer: str, event: Json, to: Window, room: Room | None = None) -> None:
        """Have the organizer move their meeting, and wait for the room's copy if it has one."""
        await self.outlook.call("PATCH", f"/users/{organizer}/events/{event['id']}", edges(to))
        if room is not None:

            async def followed() -> bool:
                own = await self.own(organizer, event)
                return [each["start"] for each in await self.copies(room, event)] == [own["start"]]

            await eventually(followed)

    async def move_date(self, organizer: str, event: Json, number: int, to: Window) -> None:
        """Have the organizer move one date of their series, counted from 0 by start, and wait for who hears of it."""
        date_of = (await self.dates(organizer, event))[number]
        await self.outlook.call("PATCH", f"/users/{organizer}/events/{date_of['id']}", edges(to))
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until all that is under way has arrived."""

        async def look() -> bool:
            return bool((await self.sim.ask("GET", "/quiet"))["quiet"])

        await eventually(look)

    async def own(self, organizer: str, event: Json) -> Json:
        found: Json = await self.outlook.get(f"/users/{organizer}/events/{event['id']}")
        return found

    async def copies(self, room: Room, event: Json) -> list[Json]:
        found: list[Json] = (
            await self.outlook.get(f"/users/{room.mailbox}/events?$filter=iCalUId eq '{event['iCalUId']}'")
        )["value"]
        return found

    async def events(self, room: Room) -> list[Json]:
        found: list[Json] = (await self.outlook.get(f"/users/{room.mailbox}/events?$top=100"))["value"]
        return found

    async def shows(self, organizer: str, event: Json, *answers: str) -> None:
        """Wait until the organizer sees these answers."""

        async def look() -> bool:
            rows = (await self.own(organizer, event))["attendees"]
            return [row["status"]["response"] for row in rows] == list(answers)

        await eventually(look)

    async def mails(self, organizer: str) -> list[Json]:
        """Every response that reached an organizer, after all that is under way has arrived."""
        await self.quiet()
        found: list[Json] = (await self.sim.ask("GET", "/mails", mailbox=organizer))["mails"]
        return [mail for mail in found if mail["kind"] == "response"]

    async def writes(self, mailbox: str) -> list[str]:
        """What our application wrote to a mailbox, as method and status."""
        return [
            f"{call['method']} {call['status']}"
            for call in await self.sim.requests(mailbox)
            if call["method"] != "GET" and call["app"] == "roomsync"
        ]


def answering(event: Json, answer: str = "accepted", judged: Window = KEPT, **more: Any) -> AnswerMeeting:
    """Answer a meeting as it is in `event`: a series with its recurrence."""
    pattern = pattern_of(*recurrence_of(translate.event(event))) if event["type"] == "seriesMaster" else None
    asked = {"ical_uid": event["iCalUId"], "answer": answer, "comment": "So it was decided.", "judged": judged}
    return AnswerMeeting.model_validate({**asked, "pattern": pattern, **more})


def holding(reservation_id: UUID, at: Window = KEPT, **more: Any) -> KeepHold:
    return KeepHold(**{"reservation_id": reservation_id, "window": at, "time_zone": "UTC", "subject": "Board", **more})


def dropping(reservation_id: UUID, event_id: str | None = None) -> DropHold:
    return DropHold(reservation_id=reservation_id, event_id=event_id)


def moving_back(organizer: str, event: Json, kept: Window = KEPT, refused: Window = REFUSED) -> MoveBack:
    return MoveBack(ical_uid=event["iCalUId"], organizer=organizer, kept=kept, refused=refused)
