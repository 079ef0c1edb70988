"""Take over what a room had accepted before its space was mapped: quietly, because the organizer has an answer.

Until both sides are compared when a space is mapped, this is how what Exchange decided before us comes into the ledger.
It is booked even where it breaks a rule. Where it cannot be booked, because something else has the space or no rule
could allow it, it blocks what others leave of its time (`yielding`): it stays a drift until it can be booked, and is
never declined.

The two times compared are Exchange's and ours. What was accepted within their difference of the mapping is decided
like any other invitation.
"""

from dataclasses import replace

from libs.contracts.values import Answer, Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, save_if_changed, succeed_past
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import AcceptedBeforeMapping, Explanation
from services.policy.core.ledger import Standing
from services.policy.core.notices import Booked
from services.policy.core.verdict import Accept
from services.policy.core.yielding import block_what_is_left


def was_accepted_before_mapping(case: Case) -> bool:
    """Whether an invitation that the ledger does not know was accepted before its room was ours to answer for."""
    answered_at, mapped_at = case.meeting.answered_at, case.ledger.space.mapped_at
    if case.known.standing is not None or case.meeting.answer is not Answer.ACCEPTED:
        return False
    return answered_at is not None and mapped_at is not None and answered_at < mapped_at


def take_over(case: Case) -> Decision:
    """Book what was accepted, without an answer; leave it alone if it cannot be booked."""
    ledger = case.ledger
    verdict = evaluate(case.fact, ledger)
    if not isinstance(verdict, Accept):
        return block_what_is_left(case, case.see(), verdict, is_news=case.known.judged != case.judged)
    why = (*_explain(case), *verdict.overridden)
    asked = case.reserve()
    fresh = replace(asked, reasons=why, policies=verdict.judged_by, warnings=verdict.warnings)
    return Decision(
        (
            *succeed_past(ledger.past),
            *save_if_changed(fresh, ledger.live, ledger.now),
            case.record(Outcome.ACCEPT, why, fresh.id, verdict, case.fact),
            case.note_standing(Standing.ACCEPTED, fresh.id),
            replace(case.answer("accepted", Booked(), fresh.id), is_shown=True),
        ),
        note="taken_over",
    )


def _explain(case: Case) -> tuple[Explanation, ...]:
    answered_at = case.meeting.answered_at
    return () if answered_at is None else (AcceptedBeforeMapping(answered_at=answered_at),)
