"""On a settled intent: record how it ended, and refuse an edit another way if the way that was chosen failed."""

from collections.abc import Sequence
from typing import assert_never
from uuid import uuid4

from libs.common.db import Connection
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentProblem, IntentSettled, Message, Settlement
from services.policy.commands.apply import Patience, apply
from services.policy.core.actors import SYSTEM
from services.policy.core.another_way import decide_another_way, find_failed_way
from services.policy.store import intents, slices


class SettlementHandlers:
    """The handlers of settled intents."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    async def on_intent_settled(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        """Record the outcome; a refused edit whose answer cannot be given is answered in the next best way."""
        await slices.lock_space(conn, message.space_id)
        match message.settlement:
            case Settlement.DONE:
                await intents.settle(conn, message, "written")
                return []
            case Settlement.SUPERSEDED:
                if message.problem is IntentProblem.CHANGED_MEANWHILE:
                    # The change brings an observation of its own; if that is lost, the reconciler finds the drift.
                    await intents.withdraw(conn, message.key, message.generation)
                return []
            case Settlement.GIVEN_UP:
                if await intents.settle(conn, message, "given_up"):
                    return await self._answer_another_way(conn, message)
                return []
            case _:
                assert_never(message.settlement)

    async def _answer_another_way(self, conn: Connection, message: IntentSettled) -> Sequence[Message]:
        """Refuse an edit in the way that is left; nothing if it was something else that failed."""
        key = message.key
        if not isinstance(key, MeetingKey):
            return []
        judged = find_failed_way(await slices.of_meeting(conn, key, None, None), message.problem)
        if judged is None:
            return []
        ledger = await slices.of_meeting(conn, key, judged.window, None)
        decision = decide_another_way(ledger, key, judged, message.problem, uuid4())
        return await apply(conn, ledger, decision, self._patience, by=SYSTEM)
