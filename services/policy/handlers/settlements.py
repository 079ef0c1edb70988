"""On how an intent ended: remember it, and find another way where one did not work."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never
from uuid import uuid4

from libs.common.db import Connection
from libs.contracts.intents import MoveBack
from libs.contracts.messages import IntentProblem, IntentSettled, Message, Settlement
from libs.contracts.values import Answer, Meeting, Person
from services.policy.commands.apply import Rules, apply
from services.policy.core.judge import judge
from services.policy.store import intents, slices


class SettlementHandlers:
    """The handlers of settled intents."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    async def on_intent_settled(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        """Note the outcome; a move back that cannot be made becomes a decline that explains, and a hold."""
        await slices.lock_space(conn, message.space_id)
        match message.settlement:
            case Settlement.DONE:
                await intents.settle(conn, message, "written")
                return []
            case Settlement.SUPERSEDED:
                if message.problem is IntentProblem.CHANGED_MEANWHILE:
                    # The change brings an observation of its own; should that be lost, the reconciler finds it.
                    await intents.withdraw(conn, message.space_id, message.key, message.generation)
                return []
            case Settlement.GIVEN_UP:
                if await intents.settle(conn, message, "given_up"):
                    return await self._another_way(conn, message)
                return []
            case _:
                assert_never(message.settlement)

    async def _another_way(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        kind, _, ical_uid = message.key.partition(":")
        if kind != "meeting":
            return []
        first = await slices.of_meeting(conn, message.space_id, ical_uid, None, None)
        if first.intent is None or first.live is None or first.meeting is None or first.meeting.judged is None:
            return []
        goal = first.intent.wanted
        if not isinstance(goal, MoveBack) or not first.meeting.is_present:
            return []
        judged = first.meeting.judged
        ledger = await slices.of_meeting(conn, message.space_id, ical_uid, judged.window, None)
        ledger = replace(ledger, space=replace(ledger.space, edits_organizer_events=False))
        as_judged = Meeting(
            event_id=first.meeting.event_id or "",
            ical_uid=ical_uid,
            start=judged.window.start,
            end=judged.window.end,
            subject=first.live.title,
            is_private=first.live.is_private,
            organizer=Person(address=goal.organizer, name=first.live.organizer_name),
            answer=Answer(first.meeting.shown_answer or Answer.NOT_RESPONDED),
        )
        decision = judge(ledger, as_judged, judged, first.meeting, uuid4())
        return await apply(conn, ledger.space, decision, self._rules)
