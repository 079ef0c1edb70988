"""Look at what a notification named, and say what the room calendar holds there.

One action in Outlook brings two to four notifications; those at hand for one event are answered by one read. A missing
event proves nothing: ids change when a room answers or is invited again, so the meeting is looked up by its iCalUId,
twice, before it is called absent.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from libs.common.db import Pool, database_now
from libs.common.deliver import RetryLater
from libs.contracts.messages import MeetingObserved, Message, OutlookNotified
from libs.contracts.values import Meeting, Observation
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError, NotFound
from libs.graph.types import Event
from services.ingest.store import rooms
from services.ingest.store.rooms import Room

log = structlog.get_logger()

Place = tuple[UUID, str]


class Reader:
    """Reads the events that notifications name."""

    def __init__(self, pool: Pool, clients: GraphClients, absence_grace_s: float) -> None:
        self._pool = pool
        self._clients = clients
        self._absence_grace_s = absence_grace_s

    async def on_outlook_notified(self, messages: Sequence[OutlookNotified]) -> Sequence[Message]:
        """Observe every event named, each once. Raises `RetryLater` for those that could not be read."""
        named: dict[Place, list[OutlookNotified]] = {}
        for message in messages:
            named.setdefault((message.space_id, message.event_id), []).append(message)
        _, mapped = await rooms.rooms(self._pool, list({space_id for space_id, _ in named}))
        places = [place for place in named if place[0] in mapped]
        results = await asyncio.gather(*(self._look(mapped[place[0]], place[1]) for place in places))
        observed = [result for result in results if isinstance(result, Observation)]
        await rooms.remember(
            self._pool,
            [(each.space_id, each.meeting.event_id, each.ical_uid) for each in observed if each.meeting is not None],
        )
        done = [MeetingObserved(space_id=each.space_id, observation=each) for each in observed]
        failed = {
            place: result for place, result in zip(places, results, strict=True) if isinstance(result, GraphError)
        }
        if failed:
            raise _later(failed, named, done)
        return done

    async def _look(self, room: Room, event_id: str) -> Observation | GraphError | None:
        """Observe one event; None if it is nothing we ever heard of."""
        try:
            client = self._clients.of(room.tenancy)
            observed_at = await self._now()
            try:
                event = await client.event(room.room_mailbox, event_id)
                if event.series_master_id is not None:
                    event = await client.event(room.room_mailbox, event.series_master_id)
                return _observation(room, event.ical_uid, observed_at, event)
            except NotFound:
                ical_uid = await rooms.ical_uid_of(self._pool, room.space_id, event_id)
                return await self._look_up(client, room, ical_uid) if ical_uid is not None else None
        except GraphError as error:
            log.info("meeting.unread", space_id=str(room.space_id), error=type(error).__name__)
            return error

    async def _look_up(self, client: GraphClient, room: Room, ical_uid: str) -> Observation:
        observed_at = await self._now()
        found = await client.find_events(room.room_mailbox, ical_uid)
        if not found:
            await asyncio.sleep(self._absence_grace_s)
            observed_at = await self._now()
            found = await client.find_events(room.room_mailbox, ical_uid)
        return _observation(room, ical_uid, observed_at, _the_one(found))

    async def _now(self) -> datetime:
        async with self._pool.acquire() as conn:
            return await database_now(conn)


def _the_one(found: Sequence[Event]) -> Event | None:
    """Of several copies, take one that stands."""
    return min(found, key=lambda event: event.is_cancelled) if found else None


def _observation(room: Room, ical_uid: str, observed_at: datetime, event: Event | None) -> Observation:
    return Observation(
        space_id=room.space_id,
        room_mailbox=room.room_mailbox,
        ical_uid=ical_uid,
        observed_at=observed_at,
        meeting=Meeting.model_validate(event) if event is not None else None,
    )


def _later(
    failed: Mapping[Place, GraphError], named: Mapping[Place, Sequence[OutlookNotified]], done: Sequence[Message]
) -> RetryLater:
    reasons = sorted({f"{type(error).__name__}: {error}" for error in failed.values()})
    return RetryLater("; ".join(reasons), [message for place in failed for message in named[place]], done)
