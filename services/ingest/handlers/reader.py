"""Read the event that a notification names, and publish what the room calendar holds under its meeting key.

One action in Outlook brings two to four notifications; one read answers all those of a batch about one event. A missing
event proves nothing: ids change when a room answers or is invited again, so the meeting is looked up by its iCalUId,
and what is not found is looked at again before anybody says that nothing is there (`core/absence.py`). Meanwhile its
notification is finished: the miss is in the database, and a loop puts it onto the bus again. A mailbox whose
notifications are too many or mere noise is swept instead (`core/shares.py`).

A series takes as long to read as many single meetings. So the reader of the live lane leaves it to the one of the bulk
lane, once it knows that there is one, and for a while without a look at what it left there (`core/known_series.py`).
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never
from uuid import UUID

from libs.common.db import AWAY, Pool
from libs.common.handlers import Became, Caused, Finished, InLane
from libs.common.observed import add_facts, correlation_of, on_behalf_of
from libs.common.topology import Lane
from libs.contracts.messages import MeetingObserved, OutlookNotified
from libs.contracts.privacy import masked
from libs.contracts.values import Meeting, Observation
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import ConnectionLost, MailboxNotFound, NotFound
from libs.graph.types import USUAL_LIMITS, Event, SeriesLimits
from services.ingest.core.absence import Missed, next_look_at_meeting, next_look_at_unknown
from services.ingest.core.known_series import FoundSeries, KnownSeries
from services.ingest.core.shares import Share, Shares
from services.ingest.handlers import copies
from services.ingest.handlers.put_off import put_off
from services.ingest.handlers.taken import join, observed_for
from services.ingest.store import misses, rooms, sweeps
from services.ingest.store.misses import Miss
from services.ingest.store.rooms import MappedRoom, Pointer

LOOK_WITHIN_S = 5.0
"""How long one mailbox may delay the others of its shard."""

Place = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class NothingFound:
    """A look that found nothing under an id that nobody has read, and that is not repeated."""


Look = Observation | Miss | NothingFound | FoundSeries
"""What a look came to. A series that was found is to be read as a whole in the bulk lane."""


class _Read(NamedTuple):
    """From when to when a look took, by the process's clock that never goes back."""

    began: float
    ended: float


class Reader:
    """Read the events that notifications of one lane name.

    What a look did not find is remembered in the database.
    """

    def __init__(
        self,
        pool: Pool,
        clients: GraphClients,
        lane: Lane,
        absence_grace_s: float,
        reads_at_a_time: int,
        series: SeriesLimits = USUAL_LIMITS,
    ) -> None:
        self._pool = pool
        self._clients = clients
        self._lane = lane
        self._series = series
        # The webhook runs in the same process: many responses of Graph at once would delay it.
        self._reads = asyncio.Semaphore(reads_at_a_time)
        self._shares = Shares()
        self._known_series = KnownSeries()
        self._absence_grace = timedelta(seconds=absence_grace_s)

    async def on_outlook_notified(self, messages: Sequence[OutlookNotified]) -> Sequence[Became]:
        """Observe each event that the notifications name, once; if it could not be read, they are delivered again."""
        named: dict[Place, list[OutlookNotified]] = {}
        for message in messages:
            with on_behalf_of(message):
                add_facts(space_id=str(message.space_id))
            named.setdefault((message.space_id, message.event_id), []).append(message)
        now, mapped = await rooms.rooms(self._pool, list({space_id for space_id, _ in named}))
        here = {place: asking for place, asking in named.items() if place[0] in mapped}
        left = self._known_to_be_series(here, now)
        share = self._share([place for place in here if place not in left], now)
        read: dict[UUID, list[_Read]] = {}
        results = await asyncio.gather(
            *(self._look_in_time(mapped[place[0]], named[place][0], now, read) for place in share.to_read),
            return_exceptions=True,
        )
        for each in results:
            if isinstance(each, AWAY):
                raise each
        for space_id, reads in read.items():
            self._shares.note_time(space_id, _time_of(reads))
        looks: dict[Place, Look | BaseException] = {**left, **dict(zip(share.to_read, results, strict=True))}
        looks |= dict.fromkeys(share.later, ConnectionLost("the mailbox did not answer a moment ago"))
        await self._cover(share.covered, looks)
        observed = {place: found for place, found in looks.items() if isinstance(found, Observation)}
        observed = copies.tell_observed_apart(observed)
        missed = [found for found in looks.values() if isinstance(found, Miss)]
        await rooms.remember(self._pool, _pointers(observed))
        await misses.record(self._pool, missed, now)
        await misses.conclude(self._pool, _concluded(looks))
        caused = {**_attribute(observed, named), **_leave_series(looks, named)}
        failed = {place: error for place, error in looks.items() if isinstance(error, BaseException)}
        return [
            put_off(message, mapped[place[0]], failed[place])
            if place in failed
            else Finished(message, caused.get(id(message), ()))
            for place, asking in named.items()
            for message in asking
        ]

    def _known_to_be_series(
        self, named: Mapping[Place, Sequence[OutlookNotified]], now: datetime
    ) -> dict[Place, FoundSeries]:
        """Return the places that this lane found to be series a while ago, and leaves to the other one."""
        known = {
            place: self._known_series.series_of(*place, now)
            for place, asking in named.items()
            if self._leaves_series(asking[0])
        }
        return {place: series for place, series in known.items() if series is not None}

    def _share(self, places: Sequence[Place], now: datetime) -> Share[Place]:
        """Split the places at hand, so that no mailbox takes more than its share of the time."""
        by_space: dict[UUID, list[Place]] = {}
        for place in places:
            by_space.setdefault(place[0], []).append(place)
        shares = [self._shares.split(space_id, asked, now) for space_id, asked in by_space.items()]
        return Share(
            [place for each in shares for place in each.to_read],
            [place for each in shares for place in each.covered],
            [place for each in shares for place in each.later],
        )

    async def _cover(self, covered: Sequence[Place], looks: dict[Place, Look | BaseException]) -> None:
        """Have a sweep stand for what is not read, and for the unknown ids of mailboxes that turned out to be noisy."""
        noisy = {
            place
            for place, found in looks.items()
            if isinstance(found, Miss) and found.ical_uid is None and self._shares.is_noisy(place[0])
        }
        looks |= dict.fromkeys(noisy, NothingFound())
        await sweeps.owe(self._pool, list({space_id for space_id, _ in [*covered, *noisy]}))
        await misses.leave_to_sweep(self._pool, list({space_id for space_id, _ in noisy}))

    async def _look_in_time(
        self, room: MappedRoom, asking: OutlookNotified, now: datetime, read: dict[UUID, list[_Read]]
    ) -> Look:
        """Look when it is this look's turn, and note in `read` from when to when that took.

        A mailbox that has not answered meanwhile is not asked again.
        """
        async with self._reads:
            if self._shares.rests(room.space_id, now + timedelta(seconds=LOOK_WITHIN_S)):
                raise ConnectionLost(f"the mailbox did not answer within {LOOK_WITHIN_S:g} s")
            began = time.monotonic()
            look = await self._look(room, asking, now)
            read.setdefault(room.space_id, []).append(_Read(began, time.monotonic()))
            return look

    async def _look(self, room: MappedRoom, asking: OutlookNotified, now: datetime) -> Look:
        """Look at the event that a notification names, from `now` on."""
        with on_behalf_of(asking):
            try:
                async with asyncio.timeout(LOOK_WITHIN_S):
                    found = await self._observe(self._clients.of(room.tenancy), room, asking, now)
            except TimeoutError:
                self._shares.note_slow(room.space_id, now + timedelta(seconds=LOOK_WITHIN_S))
                raise ConnectionLost(f"the mailbox did not answer within {LOOK_WITHIN_S:g} s") from None
            if isinstance(found, NothingFound) or (isinstance(found, Miss) and found.ical_uid is None):
                self._shares.note_not_found(room.space_id)
            else:
                self._shares.note_found(room.space_id)
            if isinstance(found, FoundSeries):
                self._known_series.note(room.space_id, asking.event_id, found, now)
            add_facts(look=_describe(found), room_mailbox=room.room_mailbox, **_name_meeting(found))
            return found

    async def _observe(self, client: GraphClient, room: MappedRoom, asking: OutlookNotified, now: datetime) -> Look:
        try:
            event = await self._read(client, room, asking)
        except MailboxNotFound:
            raise
        except NotFound:
            return await self._look_up(client, room, asking, now)
        if isinstance(event, FoundSeries):
            return event
        if event.is_cancelled:
            # A room that is invited again after a cancellation may have both copies.
            others = await client.find_events(room.mailbox, event.ical_uid)
            others = await copies.without_known_by_id(self._pool, room.space_id, event.ical_uid, others)
            event = _choose_copy([event, *others])
        event = await copies.identify(self._pool, client, room.mailbox, room.space_id, event)
        return await self._found(client, room, asking, now, event)

    async def _read(self, client: GraphClient, room: MappedRoom, asking: OutlookNotified) -> Event | FoundSeries:
        """Read the event that a notification names, or the master of its series."""
        if asking.series_id is not None and (asking.is_of_hold or asking.series_id != asking.event_id):
            read = client.master if asking.is_of_hold else client.event
            try:
                return await read(room.mailbox, asking.series_id)
            except MailboxNotFound:
                raise
            except NotFound:
                return await client.meeting(room.mailbox, asking.event_id)
        if not self._leaves_series(asking):
            return await client.meeting(room.mailbox, asking.event_id)
        event = await client.event(room.mailbox, asking.event_id)
        return event if event.series_master_id is None else FoundSeries(event.series_master_id)

    def _leaves_series(self, asking: OutlookNotified) -> bool:
        """Whether a series is left to the other lane, unless it was already."""
        return self._lane is Lane.LIVE and asking.series_id is None

    async def _found(
        self, client: GraphClient, room: MappedRoom, asking: OutlookNotified, now: datetime, event: Event
    ) -> Observation | FoundSeries:
        """Observe an event that was read, a series with its occurrences, or leave that to the other lane."""
        if event.is_master and not event.is_cancelled and self._leaves_series(asking):
            return FoundSeries(event.event_id, is_of_hold=event.reservation_id is not None)
        whole = await client.with_series(room.mailbox, event, self._series.extent(now))
        return _observation(room, event.ical_uid, now, whole)

    async def _look_up(self, client: GraphClient, room: MappedRoom, asking: OutlookNotified, now: datetime) -> Look:
        """Look for the meeting that a missing id stood for; say when to look again if that finds nothing either."""
        sought = await misses.seek(self._pool, room.space_id, asking.event_id)
        missed = Missed(now, sought.first_missed_at or now, sought.looks)
        if sought.ical_uid is None:
            again_at = next_look_at_unknown(missed)
            return _miss(asking, None, again_at) if again_at is not None else NothingFound()
        found = await client.find_events(room.mailbox, sought.ical_uid)
        found = await copies.without_known_by_id(self._pool, room.space_id, sought.ical_uid, found)
        if found:
            return await self._found(client, room, asking, now, _choose_copy(found))
        # Read after the look: what the calendar did not show was wanted before.
        awaited_until = await misses.awaited_until(self._pool, room.space_id, sought.ical_uid)
        again_at = next_look_at_meeting(missed, self._absence_grace, awaited_until)
        if again_at is not None:
            return _miss(asking, sought.ical_uid, again_at)
        return _observation(room, sought.ical_uid, now, None)


def _time_of(reads: Sequence[_Read]) -> timedelta:
    """Return how long the reads of one mailbox took, which go on side by side."""
    return timedelta(seconds=max(each.ended for each in reads) - min(each.began for each in reads))


def _miss(asking: OutlookNotified, ical_uid: str | None, look_again_at: datetime) -> Miss:
    change, received_at, correlation_id = asking.change, asking.received_at, correlation_of(asking)
    return Miss(asking.space_id, asking.event_id, ical_uid, change, received_at, look_again_at, correlation_id)


def _concluded(looks: Mapping[Place, Look | BaseException]) -> list[tuple[UUID, str, str | None]]:
    """List the looks that proved that nothing is there, as `misses.conclude` takes them."""
    ended: list[tuple[UUID, str, str | None]] = []
    for place, found in looks.items():
        match found:
            case Observation(meeting=None):
                ended.append((*place, found.ical_uid))
            case NothingFound():
                ended.append((*place, None))
    return ended


def _name_meeting(found: Look) -> dict[str, str]:
    """Name for the log the meeting that a look was about, if that is known."""
    ical_uid = None if isinstance(found, NothingFound | FoundSeries) else found.ical_uid
    return {"ical_uid": ical_uid} if ical_uid is not None else {}


def _describe(found: Look) -> str:
    """Name what a look came to, for the log line of its notification."""
    match found:
        case Observation():
            return "found" if found.meeting is not None else "absent"
        case Miss():
            return "missed" if found.ical_uid is not None else "unknown"
        case NothingFound():
            return "nothing_found"
        case FoundSeries():
            return "series"
        case _:
            assert_never(found)


def _choose_copy(found: Sequence[Event]) -> Event:
    """Choose among several copies of a meeting one that is not cancelled, if there is any."""
    return min(found, key=lambda event: event.is_cancelled)


def _observation(room: MappedRoom, ical_uid: str, observed_at: datetime, event: Event | None) -> Observation:
    return Observation(
        space_id=room.space_id,
        room_mailbox=room.room_mailbox,
        ical_uid=ical_uid,
        observed_at=observed_at,
        meeting=masked(Meeting.model_validate(event)) if event is not None else None,
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
    asked: dict[tuple[UUID, str], list[OutlookNotified]] = {}
    for place, each in observed.items():
        meeting = (each.space_id, each.ical_uid)
        asked.setdefault(meeting, []).extend(named[place])
        if meeting not in seen or each.meeting is not None:
            seen[meeting] = each
    caused: dict[int, list[MeetingObserved]] = {}
    for meeting, each in seen.items():
        caused.setdefault(id(asked[meeting][0]), []).append(observed_for(asked[meeting], each))
    return caused


def _leave_series(
    looks: Mapping[Place, Look | BaseException], named: Mapping[Place, Sequence[OutlookNotified]]
) -> Mapping[int, Sequence[Caused]]:
    """Have each series that was found read as a whole, on behalf of the first notification about any of its events.

    Returns the messages that each notification caused, by the `id()` of the notification.
    """
    left: dict[tuple[UUID, FoundSeries], list[OutlookNotified]] = {}
    for place, found in looks.items():
        if isinstance(found, FoundSeries):
            left.setdefault((place[0], found), []).extend(named[place])
    return {
        id(first): [InLane(join(first, others, series), Lane.BULK)] for (_, series), (first, *others) in left.items()
    }
