"""Take the room off the organizer's own event once it has declined for good: look, plan, write, look again.

Another person's mailbox may be closed to us, or out of reach, for good. So nothing here makes an intent wait for ever,
or fail: the decline stands.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard, assert_never

from libs.common.db import Pool, database_now
from libs.contracts.intents import AnswerMeeting, Intent
from libs.contracts.messages import IntentIssued, Settlement
from libs.contracts.values import Answer
from libs.graph.errors import (
    ConnectionLost,
    Forbidden,
    Gone,
    IncompleteListing,
    LoginUnreachable,
    NotFound,
    PreconditionFailed,
    Refused,
    Transient,
    UnreadableEvent,
)
from services.outbound.core.calls import Apply, Settle, Wait
from services.outbound.core.taking_off import OrganizersEvent, TakingOff, leave_on, plan_taking_off, try_again_or_leave
from services.outbound.handlers.apply import apply
from services.outbound.handlers.look import look_at_organizers
from services.outbound.handlers.target_room import TargetRoom
from services.outbound.store import intents

MOST_LOOKS = 4
CONFIRM_S = 1.0
LONGEST_S = 6.0
"""An organizer's mailbox that takes longer counts as out of reach: the room's own answers must not wait for it."""


@dataclass(frozen=True, slots=True)
class TakenOff:
    """How the intent of a final decline goes on, and whether anything was written for it, the decline included."""

    outcome: Settle | Wait
    has_written: bool


def takes_room_off(goal: Intent, room: TargetRoom) -> TypeGuard[AnswerMeeting]:
    """Whether the room is to be taken off the organizer's event after this goal, and we may edit such events."""
    is_wanted = isinstance(goal, AnswerMeeting) and goal.answer == "declined" and goal.takes_room_off is not None
    return is_wanted and room.edits_organizer_events


async def take_off(pool: Pool, room: TargetRoom, message: IntentIssued, goal: AnswerMeeting) -> TakenOff:
    """Take the room off the organizer's event, if it is still on it. Harmless to repeat.

    Raises what the client raises if the whole connection cannot be used.
    """
    async with pool.acquire() as conn:
        wanted = TakingOff(goal, message.room_mailbox, await intents.sent(conn, message.key))
    attempt = _Attempt(pool, room, message, wanted)
    try:
        async with asyncio.timeout(LONGEST_S):
            outcome = await attempt.run()
    except LoginUnreachable:
        raise
    except (Transient, IncompleteListing, TimeoutError) as error:
        outcome = try_again_or_leave(wanted, type(error).__name__, await attempt.now())
    except (Refused, UnreadableEvent) as error:
        outcome = leave_on(f"the organizer's calendar may not be edited ({type(error).__name__})")
    return TakenOff(outcome, attempt.may_have_written or wanted.sent_decline is not None)


class _Attempt:
    """One attempt to take a room off, with whether it may have written."""

    def __init__(self, pool: Pool, room: TargetRoom, message: IntentIssued, wanted: TakingOff) -> None:
        self._pool = pool
        self._room = room
        self._message = message
        self._wanted = wanted
        self.may_have_written = False

    async def run(self) -> Settle | Wait:
        for _ in range(MOST_LOOKS):
            planned = plan_taking_off(self._wanted, await self._look(), await self.now())
            match planned:
                case Settle() | Wait():
                    return planned
                case Apply():
                    if not await self._is_newest():
                        return Settle(Settlement.SUPERSEDED)
                    if await self._write(planned):
                        return Settle(Settlement.DONE)
                case _:
                    assert_never(planned)
        return leave_on("it keeps changing")

    async def _look(self) -> OrganizersEvent | None:
        """Find the organizer's event; a refusal counts only if it is repeated a moment later."""
        try:
            return await self._found()
        except (Forbidden, NotFound):
            await asyncio.sleep(CONFIRM_S)
            return await self._found()

    async def _found(self) -> OrganizersEvent | None:
        found = await look_at_organizers(self._room, self._message, self._wanted.goal, await self.now())
        if not found.events:
            return None
        meeting = found.events[0]
        try:
            event = await self._room.client.event(self._organizer, meeting.event_id)
        except Gone:
            return None
        address = self._wanted.room.casefold()
        shown = next((each.response for each in event.attendees if each.address.casefold() == address), None)
        answer = Answer(shown) if shown is not None else None
        return OrganizersEvent(meeting.model_copy(update={"etag": event.etag}), answer, found.pattern)

    async def _write(self, planned: Apply) -> bool:
        """Write, and return whether that is certain; if not, or if the event changed before it, another look tells."""
        try:
            await apply(self._room.client, self._organizer, planned.calls)
        except ConnectionLost:
            self.may_have_written = True
            return False
        except PreconditionFailed:
            return False
        self.may_have_written = True
        return True

    async def _is_newest(self) -> bool:
        async with self._pool.acquire() as conn:
            return await intents.newest(conn, self._message.key) == self._message.generation

    @property
    def _organizer(self) -> str:
        return self._wanted.goal.takes_room_off or ""

    async def now(self) -> datetime:
        async with self._pool.acquire() as conn:
            return await database_now(conn)
