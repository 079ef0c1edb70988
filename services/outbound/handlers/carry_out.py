"""Carry out one intent: look, plan, apply, look again if the calendar changed before the write, settle.

A refusal counts only if another look leads to the same calls and Graph refuses them again. One that is about access to
the room mailbox or the whole connection is no refusal of the goal: the intent waits until they can be reached. Another
person's mailbox, which a move back needs, may be closed to us for good, so there a second refusal is enough.

A write that may have been made, because no response came back, is not repeated without a look: a hold is looked for
again, and an answer to an invitation is given time to appear.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from libs.common.db import Pool, database_now
from libs.contracts.intents import AnswerMeeting, MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentIssued, IntentProblem, IntentSettled, Settlement
from libs.contracts.values import Meeting
from libs.graph.errors import (
    AuthenticationFailed,
    ConnectionLost,
    DuplicateTransaction,
    Forbidden,
    GraphError,
    NotFound,
    PreconditionFailed,
    Refused,
    Throttled,
    UnreadableEvent,
)
from libs.graph.reach import OutOfReach, out_of_reach
from libs.graph.remedies import tell
from services.outbound.core.calls import Apply, Settle, Wait
from services.outbound.core.first_write import Noted, is_first_write
from services.outbound.core.plan import Actual, plan
from services.outbound.core.sent_answers import name_answer, name_answer_in
from services.outbound.core.series_first import NO_SERIES_INTENT, SeriesIntent, comes_first
from services.outbound.core.taking_off import shows_decline
from services.outbound.handlers.apply import apply
from services.outbound.handlers.finding import Finder
from services.outbound.handlers.look import Found
from services.outbound.handlers.refusals import give_up_refused
from services.outbound.handlers.settled import settle_intent
from services.outbound.handlers.take_off import take_off, takes_room_off
from services.outbound.handlers.target_room import TargetRoom
from services.outbound.store import intents

MOST_LOOKS = 4


class Postponed(Exception):
    """The intent cannot be carried out now. Deliver the same message again later."""


class NotReached(Exception):
    """A mailbox, or without one the whole connection, cannot be reached. Deliver the same message when it can."""

    def __init__(self, reason: str, mailbox: str | None) -> None:
        super().__init__(reason)
        self.mailbox = mailbox


async def carry_out(pool: Pool, room: TargetRoom, message: IntentIssued, noted: Noted) -> IntentSettled:
    """Make the calendar show the goal and return how the intent ended. `noted` was read before anything was done.

    Raises `NotReached` if it has to wait for access, and `Postponed` if it has to be tried later.
    """
    attempt = _Attempt(pool, room, message, noted)
    if isinstance(message.intent, MoveBack) and not room.edits_organizer_events:
        return await attempt.give_up("This connection may not edit organizers' calendars.")
    try:
        return await attempt.run()
    except GraphError as error:
        match out_of_reach(error):
            case OutOfReach.CONNECTION:
                raise NotReached(tell(error), None) from error
            case OutOfReach.MAILBOX:
                raise NotReached(f"{type(error).__name__}: {error}", attempt.mailbox) from error
            case None:
                raise
            case never:
                assert_never(never)


class _Attempt:
    """One intent being carried out, with what is remembered between one look and the next."""

    def __init__(self, pool: Pool, room: TargetRoom, message: IntentIssued, noted: Noted) -> None:
        self._pool = pool
        self._room = room
        self._message = message
        self._finder = Finder(room, message, is_first_write=is_first_write(message, noted))
        self._refused: tuple[Apply, Refused] | None = None
        self._may_have_written = False
        self._has_written = False

    async def run(self) -> IntentSettled:
        for _ in range(MOST_LOOKS):
            looked_at = await self._database_now()
            try:
                series = await self._series_intent()
                found = await self._finder.find(looked_at)
            except (Refused, UnreadableEvent) as error:
                return self._settle_refused_look(error, looked_at)
            goal = self._message.intent
            awaited, told = await self._find_sent(found, looked_at)
            is_later = comes_first(series, goal, found.master)
            actual = Actual(found.events, awaited, is_later, found.pattern, found.exceptions, was_told=told)
            planned = plan(goal, self._message.generation, actual, looked_at)
            match planned:
                case Settle():
                    return await self._finish(planned, actual, looked_at)
                case Wait():
                    raise Postponed(planned.reason)
                case Apply():
                    ended = await self._write(planned, actual, looked_at)
                    if ended is not None:
                        return ended
                case _:
                    assert_never(planned)
        raise Postponed(f"the calendar changed under the write {MOST_LOOKS} times")

    async def _finish(self, outcome: Settle, actual: Actual, looked_at: datetime) -> IntentSettled:
        """Settle the intent; after a decline that is final, once the room is off the organizer's event."""
        goal = self._message.intent
        if not takes_room_off(goal, self._room) or not shows_decline(outcome, actual.copy):
            return self._settle(outcome, looked_at)
        taken = await take_off(self._pool, self._room, self._message, goal)
        if isinstance(taken.outcome, Wait):
            raise Postponed(taken.outcome.reason)
        # The room's calendar showed the decline when it was looked at; what was observed since then is not stale.
        return self._settle(replace(taken.outcome, meeting=actual.copy), looked_at, has_written=taken.has_written)

    async def _series_intent(self) -> SeriesIntent:
        """Return the intent that comes before this one: for one date of a series, that of the whole series."""
        key = self._message.key
        if not isinstance(key, MeetingKey) or key.original_date is None:
            return NO_SERIES_INTENT
        async with self._pool.acquire() as conn:
            return await intents.of_series(conn, key)

    async def _write(self, planned: Apply, actual: Actual, looked_at: datetime) -> IntentSettled | None:
        """Make the calls and settle the intent; None if another look is needed to tell whether they took effect."""
        answer = name_answer_in(planned, self._message.intent)
        if not await self._begin(answer):
            return self._settle(Settle(Settlement.SUPERSEDED), looked_at)
        try:
            shown = await apply(self._room.client, self.mailbox, planned.calls)
        except ConnectionLost as error:
            self._may_have_written = True
            if answer is not None:
                async with self._pool.acquire() as conn:
                    await intents.record_no_response(conn, self._message.key)
                raise Postponed("the answer was sent and nothing came back; it may still appear") from error
            return None
        except UnreadableEvent:
            self._may_have_written = True
            return None
        except Refused as error:
            await self._note_refused(answer)
            return self._settle_refused_write(planned, error, looked_at)
        except (Throttled, AuthenticationFailed):
            # These prove that nothing was written. A 503 does not: it may come from a proxy after the write.
            await self._note_refused(answer)
            raise
        if answer is not None and takes_room_off(self._message.intent, self._room):
            raise Postponed("the decline was sent; then the room is taken off the organizer's event")
        if planned.looks_again:
            self._has_written = True
            self._finder.note_written(planned, shown)
            return None
        meeting = Meeting.model_validate(shown) if shown is not None else planned.about or actual.copy
        return self._settle(Settle(Settlement.DONE, meeting=meeting), await self._database_now(), has_written=True)

    def _settle_refused_write(self, planned: Apply, error: Refused, looked_at: datetime) -> IntentSettled | None:
        """Give up when the same calls are refused twice; return None after the first refusal, to look again."""
        if isinstance(error, DuplicateTransaction | PreconditionFailed):
            # The client repeats a write that got no response, so the conflict may be with our own first write.
            self._may_have_written = True
        if isinstance(error, DuplicateTransaction) and error.existing_event_id is not None:
            self._finder.note_existing(error.existing_event_id)
        if self._refused is None or self._refused[0] != planned:
            self._refused = (planned, error)
            return None
        return self._settle(give_up_refused(self._message.intent, planned.calls, error), looked_at)

    def _settle_refused_look(self, error: Refused | UnreadableEvent, looked_at: datetime) -> IntentSettled:
        """Give up after a look that would be refused again; raises the error if it is about access to the room."""
        if isinstance(error, Forbidden | NotFound):
            if not isinstance(self._message.intent, MoveBack):
                raise error
            return self._give_up(IntentProblem.ORGANIZER_UNREACHABLE, str(error), looked_at)
        return self._give_up(IntentProblem.REFUSED_BY_GRAPH, str(error), looked_at)

    async def give_up(self, detail: str) -> IntentSettled:
        """Give the intent up without a look, because the organizer's calendar may not be edited."""
        return self._give_up(IntentProblem.ORGANIZER_UNREACHABLE, detail, await self._database_now())

    @property
    def mailbox(self) -> str:
        """Return the mailbox that is looked at and written to."""
        return self._room.mailbox_of(self._message.intent)

    async def _find_sent(self, found: Found, now: datetime) -> tuple[bool, bool]:
        """Return whether this very answer was sent last to this very event and may still appear, or was sent at all."""
        goal = self._message.intent
        if not isinstance(goal, AnswerMeeting) or not found.events:
            return False, False
        async with self._pool.acquire() as conn:
            sent = await intents.sent(conn, self._message.key)
        if sent is None or sent.name != name_answer(found.events[0].event_id, goal):
            return False, False
        return sent.awaited_until > now, True

    async def _begin(self, answer: str | None) -> bool:
        """Claim the write; False if a newer intent has come. Raises Postponed if another attempt sends this answer."""
        message = self._message
        async with self._pool.acquire() as conn:
            if await intents.begin(conn, message.key, message.generation, answer):
                return True
            if await intents.newest(conn, message.key) != message.generation:
                return False
        raise Postponed("the same answer is being sent already")

    async def _note_refused(self, answer: str | None) -> None:
        if answer is not None:
            async with self._pool.acquire() as conn:
                await intents.record_refusal(conn, self._message.key, answer)

    async def _database_now(self) -> datetime:
        async with self._pool.acquire() as conn:
            return await database_now(conn)

    def _give_up(self, problem: IntentProblem, detail: str, at: datetime) -> IntentSettled:
        return self._settle(Settle(Settlement.GIVEN_UP, problem, detail), at)

    def _settle(self, outcome: Settle, at: datetime, *, has_written: bool = False) -> IntentSettled:
        found_written = self._has_written or (outcome.settlement is Settlement.DONE and self._may_have_written)
        return settle_intent(self._message, outcome, at, has_written=has_written or found_written)
