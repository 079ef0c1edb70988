"""Take over what a room had accepted before its space was mapped: quietly, because the organizer has an answer.

This is how what Exchange decided before us comes into the ledger. It is booked even where it breaks a rule, and marked
`grandfathered` then: it is judged when it changes. Where it cannot be booked, because something else has the space or
no rule could allow it, it blocks what others leave of its time (`yielding`): it stays a drift until it can be booked,
and is never declined.

The two times compared are Exchange's and ours. What was accepted within their difference of the mapping is decided
like any other invitation.
"""

from collections.abc import Iterable
from dataclasses import replace

from libs.contracts.values import Answer, Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Save, save_if_changed, succeed_past
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import AcceptedBeforeMapping, Explanation
from services.policy.core.notices import Booked
from services.policy.core.standing import Standing
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
    fresh = replace(
        asked,
        reasons=why,
        policies=verdict.judged_by,
        warnings=verdict.warnings,
        grandfathered=bool(verdict.overridden),
    )
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


def mark_grandfathered(changes: Iterable[Change], verdict: Accept) -> list[Change]:
    """Return changes with the bookings in them marked, if they break a rule that was not applied to them."""
    if not verdict.overridden:
        return list(changes)
    return [
        replace(each, reservation=replace(each.reservation, grandfathered=True)) if isinstance(each, Save) else each
        for each in changes
    ]


def end_grandfathering(decision: Decision) -> Decision:
    """Return a decision in which no booking stays marked whose time, organizer or people change: it was judged."""
    return replace(decision, changes=tuple(map(_as_judged, decision.changes)))


def _as_judged(change: Change) -> Change:
    if not isinstance(change, Save) or change.before is None or not change.before.grandfathered:
        return change
    if change.reservation.judged == change.before.judged:
        return change
    return replace(change, reservation=replace(change.reservation, grandfathered=False))


def _explain(case: Case) -> tuple[Explanation, ...]:
    answered_at = case.meeting.answered_at
    return () if answered_at is None else (AcceptedBeforeMapping(answered_at=answered_at),)
