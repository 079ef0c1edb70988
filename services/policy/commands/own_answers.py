"""Note who answers for a room, beside what is decided."""

from typing import assert_never

from libs.common.db import Connection
from services.policy.core.case import Case
from services.policy.core.own_answers import ENOUGH_UNANSWERED, AnswerSign, find_sign
from services.policy.store import own_answers


async def note_who_answers(conn: Connection, case: Case) -> None:
    """Keep the mark of a mailbox that answers by itself up to date with one observation."""
    space_id, mailbox = case.observation.space_id, case.observation.room_mailbox.lower()
    match find_sign(case):
        case AnswerSign.ANSWERED:
            at = case.observation.observed_at
            await own_answers.note_answered(conn, space_id, mailbox, at, ENOUGH_UNANSWERED)
        case AnswerSign.UNANSWERED if case.ledger.space.is_marked:
            await own_answers.note_unanswered(conn, space_id, mailbox, ENOUGH_UNANSWERED)
        case AnswerSign.UNANSWERED | None:
            pass
        case sign:
            assert_never(sign)
