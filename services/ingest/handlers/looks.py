"""Look again at what policy asks about: the meetings in the way of a request first, and then the request.

What is in the way may be leaving the calendar just now. So unless the first look finds it cancelled, a second one
follows on the ladder. A meeting is called absent if both looks missed it and no answer of ours can still change the
calendar (`core/absence.py`). What cannot be proved is left out; the request is observed all the same, and policy
decides.

A batch reads each meeting once, however many looks ask about it. What could not be read fails the looks that need it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Pool
from libs.common.handlers import Finished, RetryLater
from libs.common.observed import add_facts, on_behalf_of
from libs.common.together import together
from libs.contracts.messages import LookRequested, MeetingObserved
from libs.contracts.privacy import masked
from libs.contracts.values import Meeting, Observation
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError
from libs.graph.types import USUAL_LIMITS, SeriesLimits
from services.ingest.core.absence import Missed, next_look_at_meeting
from services.ingest.store import look_misses, misses, rooms
from services.ingest.store.look_misses import LookedFor
from services.ingest.store.rooms import MappedRoom

LOOK_WITHIN_S = 5.0
SETTLES_WITHIN = timedelta(seconds=1.5)
"""How long after it was asked for a look waits for what is in the way to leave; shorter than the first rung."""

MOOT_AFTER = timedelta(minutes=1)
"""When nobody waits for a look any more: policy has decided by whatever was observed since."""


Place = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Unread:
    """A meeting that could not be read. `reason` contains nothing that people wrote."""

    reason: str


Copy = Meeting | None | Unread
"""A room's copy of a meeting, one that is not cancelled if there is any; None if there is none."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a room's calendar at `now`: what it found under each iCalUId, in the order in which it is told."""

    asked: LookRequested
    room: MappedRoom
    now: datetime
    found: Mapping[str, Copy]

    @property
    def is_early(self) -> bool:
        return self.now - self.asked.asked_at < SETTLES_WITHIN

    @property
    def is_settled(self) -> bool:
        """Whether a later look would tell nothing new: the request is there, and what was in its way is cancelled."""
        left = [isinstance(each := self.found[uid], Meeting) and each.is_cancelled for uid in self.asked.in_the_way]
        return all(left) and self.found[self.asked.about] is not None

    def looked_for(self) -> list[LookedFor]:
        """List what this look proved to be there or missing."""
        return [
            LookedFor(self.asked.look_id, uid, is_missing=each is None)
            for uid, each in self.found.items()
            if not isinstance(each, Unread)
        ]

    def tell(self, ical_uid: str, found: Meeting | None) -> MeetingObserved:
        """Tell policy of one meeting. The observation of the request ends the look."""
        observation = Observation(
            space_id=self.room.space_id,
            room_mailbox=self.room.room_mailbox,
            ical_uid=ical_uid,
            observed_at=self.now,
            meeting=found,
        )
        look_id = self.asked.look_id if ical_uid == self.asked.about else None
        return MeetingObserved(space_id=self.room.space_id, observation=observation, look_id=look_id)


class LookHandlers:
    """The handler of requested looks. What a look misses is remembered in the database until the next."""

    def __init__(
        self,
        pool: Pool,
        clients: GraphClients,
        absence_grace_s: float,
        reads_at_a_time: int,
        series: SeriesLimits = USUAL_LIMITS,
    ) -> None:
        self._pool = pool
        self._clients = clients
        self._series = series
        self._reads = asyncio.Semaphore(reads_at_a_time)
        self._absence_grace = timedelta(seconds=absence_grace_s)

    async def on_look_requested(self, messages: Sequence[LookRequested]) -> Sequence[Finished | RetryLater]:
        """Observe what each look is about, in its order; if nothing is settled yet, it is delivered again."""
        for each in messages:
            with on_behalf_of(each):
                add_facts(space_id=str(each.space_id), in_the_way=str(len(each.in_the_way)))
        now, mapped = await rooms.rooms(self._pool, list({each.space_id for each in messages}))
        looks = await self._look([each for each in messages if now - each.asked_at <= MOOT_AFTER], mapped, now)
        looked_for = [each for look in looks for each in look.looked_for()]
        missed_since = await look_misses.note(self._pool, looked_for, now)
        became = {id(look.asked): await self._conclude(look, missed_since) for look in looks}
        return [became.get(id(each)) or Finished(each) for each in messages]

    async def _look(
        self, messages: Sequence[LookRequested], mapped: Mapping[UUID, MappedRoom], now: datetime
    ) -> list[_Look]:
        """Read what is asked about in the rooms that are mapped, side by side, and each meeting once."""
        asked = [each for each in messages if each.space_id in mapped]
        asking: dict[Place, LookRequested] = {}
        for each in asked:
            for ical_uid in _named(each):
                asking.setdefault((each.space_id, ical_uid), each)
        reads = [self._read_in_time(mapped[space_id], uid, first, now) for (space_id, uid), first in asking.items()]
        found = dict(zip(asking, await together(reads), strict=True))
        return [
            _Look(each, mapped[each.space_id], now, {uid: found[each.space_id, uid] for uid in _named(each)})
            for each in asked
        ]

    async def _read_in_time(self, room: MappedRoom, ical_uid: str, asked: LookRequested, now: datetime) -> Copy:
        """Read a meeting on behalf of a look that asks for it. Raises nothing that keeps others from being read."""
        with on_behalf_of(asked):
            try:
                async with asyncio.timeout(LOOK_WITHIN_S), self._reads:
                    return await self._read(room, ical_uid, now)
            except TimeoutError:
                return Unread(f"the mailbox did not answer within {LOOK_WITHIN_S:g} s")
            except GraphError as error:
                return Unread(f"{type(error).__name__}: {error}")
            except Exception as error:  # noqa: BLE001 - the looks at other meetings are answered all the same
                return Unread(f"unreadable event: {type(error).__name__}")

    async def _read(self, room: MappedRoom, ical_uid: str, now: datetime) -> Meeting | None:
        client = self._clients.of(room.tenancy)
        copies = await client.find_events(room.mailbox, ical_uid)
        if not copies:
            return None
        found = min(copies, key=lambda event: event.is_cancelled)
        found = await client.with_series(room.mailbox, found, self._series.extent(now))
        return masked(Meeting.model_validate(found))

    async def _conclude(self, look: _Look, missed_since: Mapping[tuple[UUID, str], datetime]) -> Finished | RetryLater:
        """Tell what a look proved, unless a later one would prove more."""
        for each in look.found.values():
            if isinstance(each, Unread):
                return RetryLater(look.asked, each.reason)
        if look.is_early and not look.is_settled:
            return RetryLater(look.asked, "what is in the way may be leaving the calendar just now")
        told: list[MeetingObserved] = []
        for ical_uid, found in look.found.items():
            if isinstance(found, Meeting):
                told.append(look.tell(ical_uid, found))
            elif await self._is_absent(look, ical_uid, missed_since[look.asked.look_id, ical_uid]):
                told.append(look.tell(ical_uid, None))
        return Finished(look.asked, told)

    async def _is_absent(self, look: _Look, ical_uid: str, first_missed_at: datetime) -> bool:
        # Read after the look: what the calendar did not show was wanted before.
        awaited_until = await misses.awaited_until(self._pool, look.asked.space_id, ical_uid)
        missed = Missed(look.now, first_missed_at, earlier_looks=1)
        return next_look_at_meeting(missed, self._absence_grace, awaited_until) is None


def _named(asked: LookRequested) -> tuple[str, ...]:
    """Return the iCalUIds of the meetings to read, in the order in which policy is told of them."""
    return (*asked.in_the_way, asked.about)
