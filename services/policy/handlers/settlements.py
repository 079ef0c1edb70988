"""On a settled intent: record how it ended, and ask for an answer in another way, or in new words, if it has to be."""

from collections.abc import Sequence
from typing import assert_never
from uuid import uuid4

import structlog

from libs.common.correlation import current_correlation
from libs.common.db import Connection
from libs.common.handlers import Caused
from libs.common.observed import add_facts
from libs.contracts.keys import MeetingKey, ReservationKey, name_key
from libs.contracts.message import Message
from libs.contracts.messages import IntentProblem, IntentSettled, LookRequested, Settlement
from services.policy.commands.apply import Patience, apply
from services.policy.core.actors import SYSTEM
from services.policy.core.another_way import decide_another_way, find_failed_way
from services.policy.core.changes import Decision, Want
from services.policy.core.ledger import Slice
from services.policy.core.over import remark_not_answered
from services.policy.handlers.lanes import in_lanes
from services.policy.store import intents, left_holds, meetings, slices, steps
from services.policy.store.slices import MissingSpace

log = structlog.get_logger()


class SettlementHandlers:
    """The handlers of settled intents."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    async def on_intent_settled(self, conn: Connection, message: IntentSettled) -> Sequence[Caused]:
        """Record the outcome; a refused edit whose answer cannot be given is answered in the next best way."""
        return in_lanes(await self._conclude(conn, message))

    async def _conclude(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        add_facts(settlement=message.settlement.value, **name_key(message.key))
        await slices.lock_space(conn, message.space_id, await _find_organizer(conn, message))
        if await _is_of_a_left_mailbox(conn, message):
            await _settle_left(conn, message)
            return []
        match message.settlement:
            case Settlement.DONE:
                if not await intents.settle(conn, message, "written", current_correlation()):
                    return []
                return [*await self._remark_over(conn, message), *_look_for_missing(message)]
            case Settlement.SUPERSEDED:
                await steps.keep_superseded(conn, message, current_correlation())
                return await self._follow_superseded(conn, message)
            case Settlement.GIVEN_UP:
                if not await intents.settle(conn, message, "given_up", current_correlation()):
                    return []
                return [*await self._answer_another_way(conn, message), *_look_for_missing(message)]
            case _:
                assert_never(message.settlement)

    async def _remark_over(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        """Say of a reservation whose meeting was over before it was answered that it was not."""
        if not isinstance(message.key, MeetingKey) or message.problem is not IntentProblem.OVER:
            return []
        ledger = await _read(conn, message.key)
        if ledger is None:
            return []
        decision = Decision(tuple(remark_not_answered(ledger, message.key)), note="over_unanswered")
        return await apply(conn, ledger, decision, self._patience, by=SYSTEM)

    async def _answer_another_way(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        """Refuse an edit in the way that is left; nothing if it was something else that failed."""
        key = message.key
        if not isinstance(key, MeetingKey):
            return []
        before = await _read(conn, key)
        judged = find_failed_way(before, message.problem) if before is not None else None
        if judged is None:
            return []
        ledger = await slices.of_meeting(conn, key, [judged.window], None, organizer=judged.organizer)
        decision = decide_another_way(ledger, key, judged, message.problem, uuid4())
        return await apply(conn, ledger, decision, self._patience, by=SYSTEM)

    async def _follow_superseded(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        """Word an answer anew whose words had grown old, and await nothing that a change of the meeting overtook."""
        if message.words_outdated:
            return await self._word_anew(conn, message)
        if message.problem is IntentProblem.CHANGED_MEANWHILE:
            # The change brings an observation of its own; if that is lost, the reconciler finds the drift.
            await intents.withdraw(conn, message.key, message.generation)
        return []

    async def _word_anew(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        """Want an answer again that was not sent because its words had grown old; nothing if another took its place."""
        key = message.key
        known = await _read(conn, key) if isinstance(key, MeetingKey) else None
        judged = known.meeting.judged if known is not None and known.meeting is not None else None
        if not isinstance(key, MeetingKey) or judged is None:
            return []
        ledger = await slices.of_meeting(conn, key, [judged.window], None, organizer=judged.organizer)
        intent = ledger.intent
        if intent is None or intent.generation != message.generation or intent.state != "issued":
            return []
        again = Want(key, intent.wanted, intent.reservation_id, intent.put_back, intent.put_back_since)
        return await apply(conn, ledger, Decision((again,), note="worded_anew"), self._patience, by=SYSTEM)


async def _read(conn: Connection, key: MeetingKey) -> Slice | None:
    """Read what is known of a meeting; None if its space was deleted, so that nothing more follows."""
    try:
        return await slices.of_meeting(conn, key, (), None)
    except MissingSpace:
        return None


async def _find_organizer(conn: Connection, message: IntentSettled) -> str | None:
    """Return whose bookings count if a meeting, or what is suggested for it, may have to be judged; None if not."""
    is_decided_on = message.settlement is Settlement.GIVEN_UP or message.words_outdated
    if not is_decided_on or not isinstance(message.key, MeetingKey):
        return None
    return await meetings.organizer_of(conn, message.key)


async def _is_of_a_left_mailbox(conn: Connection, message: IntentSettled) -> bool:
    """Whether the intent was about a mailbox that its space is not mapped to by now."""
    if message.connection_id is None or message.room_mailbox is None:
        return False
    return not await left_holds.is_mapped_to(conn, message.space_id, message.connection_id, message.room_mailbox)


async def _settle_left(conn: Connection, message: IntentSettled) -> None:
    """Record whether a hold is out of a mailbox that was left. Whatever else was wanted there no longer matters."""
    if not isinstance(message.key, ReservationKey):
        return
    match message.settlement:
        case Settlement.DONE:
            await left_holds.record_done(conn, message.key, message)
        case Settlement.SUPERSEDED:
            pass  # It is asked for again, unless the mailbox that was mapped again is filled by then.
        case Settlement.GIVEN_UP:
            log.warning("hold.left_behind", space_id=str(message.space_id), key=str(message.key.reservation_id))
            await left_holds.record_failure(conn, message.key, message)
        case _:
            assert_never(message.settlement)


def _look_for_missing(message: IntentSettled) -> list[Message]:
    """Have an invitation looked for that was not there to be answered: it may have been cancelled before.

    What was observed while the answer was in flight decided nothing, and nobody else may look again.
    """
    key = message.key
    found_nothing = not message.has_written and message.event_id is None
    is_about_absence = message.settlement is Settlement.DONE or message.problem is IntentProblem.GONE
    if not isinstance(key, MeetingKey) or not found_nothing or not is_about_absence:
        return []
    look = LookRequested(space_id=key.space_id, look_id=uuid4(), about=key.ical_uid, asked_at=message.settled_at)
    return [look]
