"""On a settled intent: record how it ended, and refuse an edit another way if the way that was chosen failed."""

from collections.abc import Sequence
from typing import assert_never
from uuid import uuid4

import structlog

from libs.common.db import Connection
from libs.common.handlers import Caused
from libs.common.observed import add_facts
from libs.contracts.keys import MeetingKey, ReservationKey, name_key
from libs.contracts.message import Message
from libs.contracts.messages import IntentProblem, IntentSettled, LookRequested, Settlement
from services.policy.commands.apply import Patience, apply
from services.policy.core.actors import SYSTEM
from services.policy.core.another_way import decide_another_way, find_failed_way
from services.policy.core.changes import Decision
from services.policy.core.ledger import Slice
from services.policy.core.over import remark_not_answered
from services.policy.handlers.lanes import in_lanes
from services.policy.store import intents, left_holds, meetings, slices
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
                if not await intents.settle(conn, message, "written"):
                    return []
                return [*await self._remark_over(conn, message), *_look_for_missing(message)]
            case Settlement.SUPERSEDED:
                if message.problem is IntentProblem.CHANGED_MEANWHILE:
                    # The change brings an observation of its own; if that is lost, the reconciler finds the drift.
                    await intents.withdraw(conn, message.key, message.generation)
                return []
            case Settlement.GIVEN_UP:
                if not await intents.settle(conn, message, "given_up"):
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


async def _read(conn: Connection, key: MeetingKey) -> Slice | None:
    """Read what is known of a meeting; None if its space was deleted, so that nothing more follows."""
    try:
        return await slices.of_meeting(conn, key, (), None)
    except MissingSpace:
        return None


async def _find_organizer(conn: Connection, message: IntentSettled) -> str | None:
    """Return whose bookings count if a meeting may have to be judged again; None if it will not be."""
    if message.settlement is not Settlement.GIVEN_UP or not isinstance(message.key, MeetingKey):
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
