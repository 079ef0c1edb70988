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
from services.policy.commands.competing import read_reservation
from services.policy.commands.errors import UnusableComment
from services.policy.commands.meeting_moves import rule_on_move
from services.policy.commands.undecidable import AlreadyDecided, AskedTimeIsOver, AskedTimeIsTaken
from services.policy.commands.unknown import UnknownApproval
from services.policy.commands.versions import check_version
from services.policy.core.actors import SYSTEM
from services.policy.core.approvals.asking import close
from services.policy.core.approvals.competing import find_in_the_way, window_to_check
from services.policy.core.approvals.deciding import (
    approve,
    approve_move,
    approve_move_at_deadline,
    expire,
    reject,
)
from services.policy.core.approvals.question import Question
from services.policy.core.asked_moves import carry_out
from services.policy.core.back_office import Denied, Granted
from services.policy.core.changes import Decision
from services.policy.core.explanations import ApprovedAtDeadline, ApprovedByAdministrator, Explanation
from services.policy.core.ledger import Slice
from services.policy.core.prose import MOST_CHARACTERS, UNPRINTABLE
from services.policy.core.wording import state_reason
from services.policy.store import questions, slices
from services.policy.store.questions import AskedAbout


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

    Raises `UnknownApproval`, `AlreadyDecided` and `AskedTimeIsOver`; `AskedTimeIsTaken` if it is to be approved, and
    competes for time that another has by now; `StaleVersion` if less is asked for than before; `UnusableComment` if the
    comment cannot be kept. Each of them before anything is written.
    """
    if ruled.comment is not None and (len(ruled.comment) > MOST_CHARACTERS or UNPRINTABLE.search(ruled.comment)):
        raise UnusableComment
    ledger = await _lock(conn, question_id)
    question = await _pending(conn, question_id, ledger)
    if question.asked.ends_at <= ledger.now:
        raise AskedTimeIsOver(question.asked.ends_at)
    check_version(expected_version, question.version)
    if ruled.ruling == "reject":
        return await apply(conn, ledger, reject(question, ledger, ruled.comment, by), patience, by=by)
    if in_the_way := find_in_the_way(question, ledger):
        raise _taken(in_the_way, ledger)
    if question.moves is None:
        return await apply(conn, ledger, approve(question, ledger, ruled.comment, by), patience, by=by)
    closed, why = approve_move(question, ledger, ruled.comment, by), ApprovedByAdministrator(comment=ruled.comment)
    slice_, ruling = await rule_on_move(conn, question, ledger, why, patience)
    if isinstance(ruling, Denied):
        raise _taken(ruling.reasons, slice_)
    return await apply(conn, slice_, carry_out(closed, ruling), patience, by=by)


async def expire_question(conn: Connection, question_id: UUID, patience: Patience) -> Sequence[Message]:
    """Have happen what is to happen at the deadline of a question; nothing if it is closed or not due."""
    ledger = await _lock(conn, question_id)
    question = ledger.question
    if question is None or question.id != question_id:
        return []
    closed = approve_move_at_deadline(question, ledger)
    if closed is not None:
        why = ApprovedAtDeadline(deadline=question.deadline_at or question.asked.ends_at)
        slice_, ruling = await rule_on_move(conn, question, ledger, why, patience)
        if isinstance(ruling, Granted):
            return await apply(conn, slice_, carry_out(closed, ruling), patience, by=SYSTEM)
        gone = Decision((close(question, "superseded", ledger.now),), note="gave_way")
        return await apply(conn, ledger, gone, patience, by=SYSTEM)
    return await apply(conn, ledger, expire(question, ledger), patience, by=SYSTEM)


def _taken(reasons: Sequence[Explanation], ledger: Slice) -> AskedTimeIsTaken:
    place = ledger.space.place
    return AskedTimeIsTaken(tuple(state_reason(each, place) for each in reasons))


async def _lock(conn: Connection, question_id: UUID) -> Slice:
    """Read what a decision about a question needs, under its locks. Raises `UnknownApproval`."""
    about = await questions.asked_about(conn, question_id)
    if about is None:
        raise UnknownApproval(question_id)
    await slices.lock_space(conn, about.space_id, about.organizer)
    return await read_asked_about(conn, about)


async def read_asked_about(conn: Connection, about: AskedAbout) -> Slice:
    """Read what a decision about a question needs. Without its locks it may be otherwise a moment later."""
    if about.reservation_id is not None:
        return await _read_with_taken(conn, about.space_id, about.reservation_id)
    try:
        if about.ical_uid is None and about.group_id is not None:
            return await slices.of_group(conn, about.space_id, about.group_id)
        key = MeetingKey(about.space_id, about.ical_uid or "")
        return await slices.of_meeting(conn, key, (), None, dates=about.dates)
    except slices.ClosingSpace as closing:
        return closing.ledger


async def _read_with_taken(conn: Connection, space_id: UUID, reservation_id: UUID) -> Slice:
    """Read the slice of a reservation, with what is taken of the time that its question competes for, if it does."""
    ledger = await read_reservation(conn, space_id, reservation_id, None)
    window = window_to_check(ledger.question) if ledger.question is not None else None
    return ledger if window is None else await read_reservation(conn, space_id, reservation_id, window)


async def _pending(conn: Connection, question_id: UUID, ledger: Slice) -> Question:
    if ledger.question is not None and ledger.question.id == question_id:
        return ledger.question
    closed = await questions.read(conn, question_id)
    if closed is None:
        raise UnknownApproval(question_id)
    raise AlreadyDecided(closed.state, closed.decided_by, closed.decided_at)
