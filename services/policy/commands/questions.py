"""Questions to administrators: decide one, or have happen what is to happen at its deadline.

Each runs inside the caller's transaction, by the database's clock, under the locks of the space. So of two who decide
at once, the first does, and the other is told who that was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.keys import MeetingKey
from libs.contracts.message import Message
from libs.contracts.values import Actor
from services.policy.commands.apply import Patience, apply
from services.policy.commands.errors import AlreadyDecided, AskedTimeIsOver, UnknownApproval, UnusableComment
from services.policy.commands.versions import check_version
from services.policy.core.actors import SYSTEM
from services.policy.core.approvals.deciding import approve, expire, reject
from services.policy.core.approvals.question import Question
from services.policy.core.ledger import Slice
from services.policy.core.prose import MOST_CHARACTERS, UNPRINTABLE
from services.policy.store import questions, slices


@dataclass(frozen=True, slots=True)
class Ruled:
    """How somebody decides a question, and what the organizer is told about it."""

    ruling: Literal["approve", "reject"]
    comment: str | None = None


async def decide_question(
    conn: Connection,
    question_id: UUID,
    ruled: Ruled,
    *,
    expected_version: int | None,
    patience: Patience,
    by: Actor,
) -> Sequence[Message]:
    """Book what was asked for, or decline it.

    Raises `UnknownApproval`, `AlreadyDecided` and `AskedTimeIsOver`; `StaleVersion` if less is asked for than before;
    `UnusableComment` if the comment cannot be kept. Each of them before anything is written.
    """
    if ruled.comment is not None and (len(ruled.comment) > MOST_CHARACTERS or UNPRINTABLE.search(ruled.comment)):
        raise UnusableComment
    ledger = await _lock(conn, question_id)
    question = await _pending(conn, question_id, ledger)
    if question.asked.ends_at <= ledger.now:
        raise AskedTimeIsOver(question.asked.ends_at)
    check_version(expected_version, question.version)
    decide = approve if ruled.ruling == "approve" else reject
    return await apply(conn, ledger, decide(question, ledger, ruled.comment, by), patience, by=by)


async def expire_question(conn: Connection, question_id: UUID, patience: Patience) -> Sequence[Message]:
    """Have happen what is to happen at the deadline of a question; nothing if it is closed or not due."""
    ledger = await _lock(conn, question_id)
    question = ledger.question
    if question is None or question.id != question_id:
        return []
    return await apply(conn, ledger, expire(question, ledger), patience, by=SYSTEM)


async def _lock(conn: Connection, question_id: UUID) -> Slice:
    """Read what a decision about a question needs, under its locks. Raises `UnknownApproval`."""
    about = await questions.asked_about(conn, question_id)
    if about is None:
        raise UnknownApproval(question_id)
    await slices.lock_space(conn, about.space_id, about.organizer)
    try:
        if about.reservation_id is not None:
            return await slices.of_reservation(conn, about.space_id, about.reservation_id, None)
        key = MeetingKey(about.space_id, about.ical_uid or "")
        return await slices.of_meeting(conn, key, (), None, dates=about.dates)
    except slices.ClosingSpace as closing:
        return closing.ledger


async def _pending(conn: Connection, question_id: UUID, ledger: Slice) -> Question:
    if ledger.question is not None and ledger.question.id == question_id:
        return ledger.question
    closed = await questions.read(conn, question_id)
    if closed is None:
        raise UnknownApproval(question_id)
    raise AlreadyDecided(closed.state, closed.decided_by, closed.decided_at)
