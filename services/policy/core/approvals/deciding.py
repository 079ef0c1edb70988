"""Decide a question: book what was asked for, or decline it, and have Outlook show that.

What was asked for is not judged again: the policies left it to an administrator, and its time was held meanwhile.
"""

from dataclasses import replace
from typing import Literal

from libs.contracts.values import Actor, Outcome
from services.policy.core.approvals.question import Question
from services.policy.core.changes import Change, Decision, Record, Save, SaveQuestion
from services.policy.core.explanations import (
    ApprovedAtDeadline,
    ApprovedByAdministrator,
    Explanation,
    NotApprovedInTime,
    RejectedByAdministrator,
)
from services.policy.core.holds import drop_hold
from services.policy.core.invited import answer_known_invitation
from services.policy.core.ledger import Reservation, Slice, Standing
from services.policy.core.notices import Approved, Declined

Decided = Literal["approved", "rejected", "expired"]


def approve(question: Question, ledger: Slice, comment: str | None, by: Actor) -> Decision:
    """Book what was asked for."""
    closed = _close(question, "approved", ledger, by, comment)
    return _book(closed, _asked_about(ledger), ledger, ApprovedByAdministrator(comment=comment))


def reject(question: Question, ledger: Slice, comment: str | None, by: Actor) -> Decision:
    """Decline what was asked for."""
    closed = _close(question, "rejected", ledger, by, comment)
    return _decline(closed, _asked_about(ledger), ledger, RejectedByAdministrator(comment=comment))


def expire(question: Question, ledger: Slice) -> Decision:
    """Do what is to happen at the deadline of a question, or at the end of what it is about; nothing before that."""
    reservation, now = _asked_about(ledger), ledger.now
    if question.due_at > now:
        return Decision(note="not_due")
    closed = _close(question, "expired", ledger)
    deadline = question.deadline_at or reservation.ends_at
    if reservation.ends_at > now and question.at_deadline == "approve":
        return _book(closed, reservation, ledger, ApprovedAtDeadline(deadline=deadline))
    return _decline(closed, reservation, ledger, NotApprovedInTime(deadline=deadline))


def _asked_about(ledger: Slice) -> Reservation:
    if ledger.reservation is None or ledger.reservation.status != "pending":
        raise LookupError("the question is about no pending reservation")
    return ledger.reservation


def _close(
    question: Question, state: Decided, ledger: Slice, by: Actor | None = None, comment: str | None = None
) -> SaveQuestion:
    closed = replace(
        question,
        state=state,
        decided_at=ledger.now,
        decided_by=by,
        comment=comment,
        version=question.version + 1,
        updated_at=ledger.now,
    )
    return SaveQuestion(closed, question)


def _book(closed: SaveQuestion, pending: Reservation, ledger: Slice, why: Explanation) -> Decision:
    booked = replace(
        pending,
        status="confirmed",
        outcome=Outcome.ACCEPT,
        reasons=(why,),
        version=pending.version + 1,
        updated_at=ledger.now,
    )
    answer = answer_known_invitation(booked, ledger, Standing.ACCEPTED, Approved(why=why))
    return _decided(closed, booked, pending, [*answer], "approved")


def _decline(closed: SaveQuestion, pending: Reservation, ledger: Slice, why: Explanation) -> Decision:
    declined = replace(
        pending,
        status="declined",
        outcome=Outcome.DECLINE,
        reasons=(why,),
        version=pending.version + 1,
        updated_at=ledger.now,
    )
    answer = answer_known_invitation(declined, ledger, Standing.DECLINED, Declined(reasons=(why,)))
    return _decided(closed, declined, pending, [*answer, *drop_hold(ledger)], "rejected")


def _decided(closed: SaveQuestion, after: Reservation, before: Reservation, shown: list[Change], note: str) -> Decision:
    record = Record(after.key, after.id, after.outcome, after.reasons, after.judged, after.policies, after.warnings)
    return Decision((Save(after, before), closed, record, *shown), note=note)
