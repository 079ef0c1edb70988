"""Close the question about what is pending no longer, whatever brought that about."""

from dataclasses import replace
from uuid import UUID

from libs.contracts.keys import MeetingKey
from services.policy.core.approvals.asking import close
from services.policy.core.approvals.question import Question
from services.policy.core.changes import Decision, NoteMeeting, Save, SaveQuestion
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.recurring.asked import questions_of_dates, waiting_dates


def close_questions(ledger: Slice, decision: Decision) -> Decision:
    """Return a decision that also closes the questions that it leaves with nothing pending to decide about.

    A question is withdrawn with what it is about, and superseded where some of that can be booked without it.
    """
    saved = {each.reservation.id: each.reservation for each in decision.changes if isinstance(each, Save)}
    asked = {each.question.id for each in decision.changes if isinstance(each, SaveQuestion)}
    closed = [
        close(each, "superseded" if any(one.is_live for one in ended) else "withdrawn", ledger.now)
        for each in (ledger.question, *questions_of_dates(ledger))
        if each is not None and each.id not in asked
        if (ended := _find_ended(each, ledger, saved) or _find_answered(each, ledger, decision))
    ]
    return replace(decision, changes=(*decision.changes, *closed)) if closed else decision


def _find_answered(question: Question, ledger: Slice, decision: Decision) -> list[Reservation]:
    """Return the booking of which a change was asked about, if its meeting is answered otherwise now."""
    about = [each for each in ledger.reservations if each.id == question.reservation_id]
    noted = {each.key: each.meeting.standing for each in decision.changes if isinstance(each, NoteMeeting)}

    def is_answered(booked: Reservation) -> bool:
        standing = noted.get(booked.key) if isinstance(booked.key, MeetingKey) else None
        return booked.status == "confirmed" and standing is not None and not standing.awaits_approval

    return [each for each in about if is_answered(each)]


def _find_ended(question: Question, ledger: Slice, saved: dict[UUID, Reservation]) -> list[Reservation]:
    """Return what was pending until now by a question, as it is now; nothing if some of it is still pending."""
    if question.reservation_id is not None:
        after = saved.get(question.reservation_id)
        if after is None or after.status == "pending":
            return []
        was_pending = any(each.id == after.id and each.status == "pending" for each in ledger.reservations)
        return [after] if was_pending or not after.is_live else []
    now = [saved.get(each.id, each) for each, _ in waiting_dates(ledger)]
    new = [each for each in saved.values() if each.group_id == question.group_id]
    is_left = any(each.status == "pending" for each in (*now, *new))
    return [] if is_left else now
