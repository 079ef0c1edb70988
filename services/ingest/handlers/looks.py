"""Look again at what policy asks about: the meetings in the way of a request first, and then the request.

What is in the way may be leaving the calendar just now. So unless the first look finds it cancelled, a second one
follows on the ladder. A meeting is called absent if both looks missed it and no answer of ours can still change the
calendar. What cannot be proved is left out; the request is observed all the same, and policy decides.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Pool
from libs.common.handlers import Finished, RetryLater
from libs.common.observed import add_facts, on_behalf_of
from libs.contracts.messages import LookRequested, MeetingObserved
from libs.contracts.values import Meeting, Observation
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError
from services.ingest.store import misses, rooms
from services.ingest.store.rooms import MappedRoom

LOOK_WITHIN_S = 5.0
SETTLES_WITHIN = timedelta(seconds=1.5)
"""How long after it was asked for a look waits for what is in the way to leave; shorter than the first rung."""

MOOT_AFTER = timedelta(minutes=1)
"""When nobody waits for a look any more: policy has decided by whatever was observed since."""

MOST_MISSING = 10_000


class NotSettled(Exception):
    """The look proved nothing yet. Look again later."""


@dataclass
class _Calendar:
    """One room's calendar as this batch sees it: each meeting is read once, however many ask about it."""

    room: MappedRoom
    now: datetime
    read: dict[str, asyncio.Task[Meeting | None]] = field(default_factory=dict)


class LookHandlers:
    """The handler of requested looks. What a first look missed is remembered until the second."""

    def __init__(self, pool: Pool, clients: GraphClients, absence_grace_s: float, reads_at_a_time: int) -> None:
        self._pool = pool
        self._clients = clients
        self._reads = asyncio.Semaphore(reads_at_a_time)
        self._absence_grace = timedelta(seconds=absence_grace_s)
        self._missed_at: dict[tuple[UUID, str], datetime] = {}

    async def on_look_requested(self, messages: Sequence[LookRequested]) -> Sequence[Finished | RetryLater]:
        """Observe what each look is about, in its order; if nothing is settled yet, it is delivered again."""
        now, mapped = await rooms.rooms(self._pool, list({each.space_id for each in messages}))
        calendars = {space_id: _Calendar(room, now) for space_id, room in mapped.items()}
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._look(each, calendars.get(each.space_id), now)) for each in messages]
        return [each.result() for each in asked]

    async def _look(self, asked: LookRequested, calendar: _Calendar | None, now: datetime) -> Finished | RetryLater:
        with on_behalf_of(asked):
            add_facts(space_id=str(asked.space_id), in_the_way=str(len(asked.in_the_way)))
            if calendar is None or now - asked.asked_at > MOOT_AFTER:
                return Finished(asked)
            try:
                async with asyncio.timeout(LOOK_WITHIN_S):
                    return Finished(asked, await self._observe_all(asked, calendar))
            except TimeoutError:
                return RetryLater(asked, f"the mailbox did not answer within {LOOK_WITHIN_S:g} s")
            except (GraphError, NotSettled) as error:
                return RetryLater(asked, f"{type(error).__name__}: {error}")
            except Exception as error:  # noqa: BLE001 - one look must not keep the others from being answered
                return RetryLater(asked, f"unreadable event: {type(error).__name__}")

    async def _observe_all(self, asked: LookRequested, calendar: _Calendar) -> list[MeetingObserved]:
        found = {uid: await self._read(calendar, uid) for uid in (*asked.in_the_way, asked.about)}
        left = [uid for uid in asked.in_the_way if (each := found[uid]) is not None and each.is_cancelled]
        is_settled = len(left) == len(asked.in_the_way) and found[asked.about] is not None
        self._note_missed(asked, [uid for uid, each in found.items() if each is None], calendar.now)
        is_early = calendar.now - asked.asked_at < SETTLES_WITHIN
        if is_early and not is_settled:
            raise NotSettled("what is in the way may be leaving the calendar just now")
        proved = [uid for uid, each in found.items() if each is not None or await self._is_absent(asked, calendar, uid)]
        for uid in found:
            self._missed_at.pop((asked.look_id, uid), None)
        return [
            MeetingObserved(
                space_id=asked.space_id,
                observation=_observe(calendar, uid, found[uid]),
                look_id=asked.look_id if uid == asked.about else None,
            )
            for uid in proved
        ]

    async def _read(self, calendar: _Calendar, ical_uid: str) -> Meeting | None:
        """Return the copy of a meeting, one that is not cancelled if there is any; None if there is none."""
        if ical_uid not in calendar.read:
            calendar.read[ical_uid] = asyncio.create_task(self._find(calendar.room, ical_uid))
        return await asyncio.shield(calendar.read[ical_uid])

    async def _find(self, room: MappedRoom, ical_uid: str) -> Meeting | None:
        async with self._reads:
            copies = await self._clients.of(room.tenancy).find_events(room.mailbox, ical_uid)
        if not copies:
            return None
        return Meeting.model_validate(min(copies, key=lambda event: event.is_cancelled))

    def _note_missed(self, asked: LookRequested, missing: Sequence[str], now: datetime) -> None:
        if len(self._missed_at) >= MOST_MISSING:
            # What is forgotten here is only not proved to be absent.
            self._missed_at.clear()
        for uid in missing:
            self._missed_at.setdefault((asked.look_id, uid), now)

    async def _is_absent(self, asked: LookRequested, calendar: _Calendar, ical_uid: str) -> bool:
        """Whether a meeting that is missing was missing before, and no answer of ours can still bring it back."""
        first = self._missed_at.get((asked.look_id, ical_uid), calendar.now)
        if calendar.now - first < self._absence_grace:
            return False
        awaited_until = await misses.awaited_until(self._pool, asked.space_id, ical_uid)
        return awaited_until is None or awaited_until <= calendar.now


def _observe(calendar: _Calendar, ical_uid: str, found: Meeting | None) -> Observation:
    room = calendar.room
    return Observation(
        space_id=room.space_id,
        room_mailbox=room.room_mailbox,
        ical_uid=ical_uid,
        observed_at=calendar.now,
        meeting=found,
    )
