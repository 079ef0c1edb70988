"""Close the question about a reservation that is pending no longer, whatever brought that about."""

from dataclasses import replace

from services.policy.core.approvals.asking import close
from services.policy.core.changes import Decision, Save, SaveQuestion
from services.policy.core.ledger import Slice


def close_question(ledger: Slice, decision: Decision) -> Decision:
    """Return a decision that also closes the question that it leaves without a pending reservation.

    A question is withdrawn with its reservation, and superseded where the reservation can be booked without it.
    """
    question = ledger.question
    if question is None:
        return decision
    if any(isinstance(each, SaveQuestion) and each.question.id == question.id for each in decision.changes):
        return decision
    saved = [each.reservation for each in decision.changes if isinstance(each, Save)]
    ended = next((each for each in saved if each.id == question.reservation_id and each.status != "pending"), None)
    if ended is None:
        return decision
    closed = close(question, "superseded" if ended.is_live else "withdrawn", ledger.now)
    return replace(decision, changes=(*decision.changes, closed))
