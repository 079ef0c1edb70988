"""Read the event that a notification names, and publish what the room calendar holds under its meeting key.

One action in Outlook brings two to four notifications; one read answers all those of a batch about one event. A missing
event proves nothing: ids change when a room answers or is invited again, so the meeting is looked up by its iCalUId,
twice, before it is called absent. Between the two looks its notifications wait on the ladder, where they delay no other
message.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import AWAY, Pool
from libs.common.handlers import Finished, RetryLater
from libs.common.observed import add_facts, on_behalf_of
from libs.contracts.messages import MeetingObserved, OutlookNotified
from libs.contracts.values import Meeting, Observation
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError, NotFound
from libs.graph.types import Event
from services.ingest.store import rooms
from services.ingest.store.rooms import MappedRoom, Pointer

LOOK_WITHIN_S = 5.0
"""How long one mailbox may delay the others of its shard."""

MOST_MISSING = 10_000

Place = tuple[UUID, str]


class NotSeen(Exception):
    """The look proved nothing yet. Look again later."""


class Reader:
    """Read the events that notifications name, and remember which meetings were missing at the last look."""

    def __init__(self, pool: Pool, clients: GraphClients, absence_grace_s: float, reads_at_a_time: int) -> None:
        self._pool = pool
        self._clients = clients
        # The webhook runs in the same process: many responses of Graph at once would delay it.
        self._reads = asyncio.Semaphore(reads_at_a_time)
        self._absence_grace = timedelta(seconds=absence_grace_s)
        self._missing_since: dict[Place, datetime] = {}

    async def on_outlook_notified(self, messages: Sequence[OutlookNotified]) -> Sequence[Finished | RetryLater]:
        """Observe each event that the notifications name, once; if it could not be read, they are delivered again."""
        named: dict[Place, list[OutlookNotified]] = {}
        for message in messages:
            with on_behalf_of(message):
                add_facts(space_id=str(message.space_id))
            named.setdefault((message.space_id, message.event_id), []).append(message)
        now, mapped = await rooms.rooms(self._pool, list({space_id for space_id, _ in named}))
        places = {place: asking for place, asking in named.items() if place[0] in mapped}
        results = await asyncio.gather(
            *(self._look(mapped[place[0]], asking[0], now) for place, asking in places.items()), return_exceptions=True
        )
        for each in results:
            if isinstance(each, AWAY):
                raise each
        looks = dict(zip(places, results, strict=True))
        observed = {place: found for place, found in looks.items() if isinstance(found, Observation)}
        await rooms.remember(self._pool, _pointers(observed))
        caused = _attribute(observed, named)
        failed = {place: _reason(error) for place, error in looks.items() if isinstance(error, BaseException)}
        return [
            RetryLater(message, failed[place]) if place in failed else Finished(message, caused.get(id(message), ()))
            for place, asking in named.items()
            for message in asking
        ]

    async def _look(self, room: MappedRoom, asking: OutlookNotified, now: datetime) -> Observation | None:
        """Observe the event that a notification names, from `now` on; None if it is missing and we never saw it."""
        with on_behalf_of(asking):
            try:
                async with self._reads, asyncio.timeout(LOOK_WITHIN_S):
                    return await self._observe(self._clients.of(room.tenancy), room, asking.event_id, now)
            except TimeoutError:
                raise NotSeen(f"the mailbox did not answer within {LOOK_WITHIN_S:g} s") from None

    async def _observe(self, client: GraphClient, room: MappedRoom, event_id: str, now: datetime) -> Observation | None:
        try:
            event = await client.event(room.room_mailbox, event_id)
            if event.series_master_id is not None:
                event = await client.event(room.room_mailbox, event.series_master_id)
        except NotFound:
            ical_uid = await rooms.ical_uid_of(self._pool, room.space_id, event_id)
            return None if ical_uid is None else await self._look_up(client, room, ical_uid, now)
        if event.is_cancelled:
            # A room that is invited again after a cancellation may have both copies.
            event = _choose_copy([event, *await client.find_events(room.room_mailbox, event.ical_uid)])
        self._missing_since.pop((room.space_id, event.ical_uid), None)
        return _observation(room, event.ical_uid, now, event)

    async def _look_up(self, client: GraphClient, room: MappedRoom, ical_uid: str, now: datetime) -> Observation:
        found = await client.find_events(room.room_mailbox, ical_uid)
        place = (room.space_id, ical_uid)
        if not found and now - self._first_missed(place, now) < self._absence_grace:
            raise NotSeen("the meeting was not found, and is looked up again before it is called absent")
        if found:
            self._missing_since.pop(place, None)
        return _observation(room, ical_uid, now, _choose_copy(found) if found else None)

    def _first_missed(self, place: Place, now: datetime) -> datetime:
        """Return when a missing meeting was first found missing."""
        if len(self._missing_since) >= MOST_MISSING:
            # A meeting that is forgotten here is only looked up once more.
            self._missing_since.clear()
        return self._missing_since.setdefault(place, now)


def _choose_copy(found: Sequence[Event]) -> Event:
    """Choose among several copies of a meeting one that is not cancelled, if there is any."""
    return min(found, key=lambda event: event.is_cancelled)


def _observation(room: MappedRoom, ical_uid: str, observed_at: datetime, event: Event | None) -> Observation:
    return Observation(
        space_id=room.space_id,
        room_mailbox=room.room_mailbox,
        ical_uid=ical_uid,
        observed_at=observed_at,
        meeting=Meeting.model_validate(event) if event is not None else None,
    )


def _pointers(observed: Mapping[Place, Observation]) -> list[Pointer]:
    """List which meeting each event id stands for: the ids that were named, and those that were found."""
    present = {place: each for place, each in observed.items() if each.meeting is not None}
    named = [Pointer(space_id, event_id, each.ical_uid) for (space_id, event_id), each in present.items()]
    found = [Pointer(each.space_id, each.meeting.event_id, each.ical_uid) for each in present.values() if each.meeting]
    return named + found


def _attribute(
    observed: Mapping[Place, Observation], named: Mapping[Place, Sequence[OutlookNotified]]
) -> Mapping[int, Sequence[MeetingObserved]]:
    """Attribute one observation of each meeting to the first notification about it, under any of its event ids.

    Returns the messages that each notification caused, by the `id()` of the notification.
    """
    seen: dict[tuple[UUID, str], Observation] = {}
    asked: dict[tuple[UUID, str], OutlookNotified] = {}
    for place, each in observed.items():
        meeting = (each.space_id, each.ical_uid)
        asked.setdefault(meeting, named[place][0])
        if meeting not in seen or each.meeting is not None:
            seen[meeting] = each
    caused: dict[int, list[MeetingObserved]] = {}
    for meeting, each in seen.items():
        message = MeetingObserved(space_id=each.space_id, observation=each)
        caused.setdefault(id(asked[meeting]), []).append(message)
    return caused


def _reason(error: BaseException) -> str:
    """Say why an event could not be read, without anything that the event contains."""
    is_ours = isinstance(error, GraphError | NotSeen)
    return f"{type(error).__name__}: {error}" if is_ours else f"unreadable event: {type(error).__name__}"
