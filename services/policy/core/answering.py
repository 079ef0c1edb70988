"""Turn a verdict about an invitation into changes: book it, ask for approval, decline it, or refuse an edit.

A hold that stood in for the invitation stays wanted until the answer that replaces it is seen on the calendar, so that
the room never shows as free in between.
"""

from dataclasses import replace
from typing import assert_never

from libs.contracts.values import Outcome, Window
from services.policy.core.approvals.asking import ask
from services.policy.core.asked_change import answer_change
from services.policy.core.case import Case
from services.policy.core.changes import Decision, save_if_changed, succeed_past
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import NoLongerBlocks
from services.policy.core.holds import drop_hold
from services.policy.core.notices import AwaitsApproval, Booked, Declined, MovedBackTo, Notice
from services.policy.core.proposals import keep_proposing
from services.policy.core.refused_edit import refuse_edit
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept, NeedsApproval, Refuse, Verdict


def answer_invitation(case: Case, verdict: Verdict) -> Decision:
    """Return what follows from a verdict. What was granted, and is not over, survives an edit that is not.

    A reservation that is pending was not granted yet. Nor was one that yields: it stood in for the invitation as long
    as that could not be read.
    """
    live = case.ledger.live
    match verdict:
        case Accept():
            return _book(case, verdict)
        case NeedsApproval() if live is not None and live.is_granted:
            return answer_change(case, live, verdict)
        case Refuse() if live is not None and live.is_granted:
            return refuse_edit(case, live, verdict)
        case NeedsApproval():
            return _ask_for_approval(case, verdict)
        case Refuse():
            return decline(case, verdict, Declined(reasons=verdict.reasons))
        case _:
            assert_never(verdict)


def _book(case: Case, verdict: Accept) -> Decision:
    ledger, live = case.ledger, case.ledger.live
    asked = case.reserve()
    fresh = replace(asked, policies=verdict.judged_by, warnings=verdict.warnings)
    proposed = live.proposed_change if live is not None else None
    if live is not None and proposed is not None and live.window == case.judged.window:
        return Decision(keep_proposing(case, fresh, live, proposed, verdict), note="still_proposed")
    moved_back = case.known.moved_back_from
    if live is None or live.window != case.judged.window:
        moved_back = None
    notice: Notice = Booked(warnings=verdict.warnings)
    if moved_back is not None:
        notice = MovedBackTo(reasons=moved_back.reasons, kept=fresh.window)
    return Decision(
        (
            *succeed_past(ledger.past),
            *save_if_changed(fresh, live, ledger.now),
            case.record(Outcome.ACCEPT, (), fresh.id, verdict),
            case.note_standing(Standing.ACCEPTED, fresh.id, moved_back),
            case.answer("accepted", notice, fresh.id),
            *([] if proposed is None else drop_hold(ledger)),
        ),
        note="accepted",
    )


def _ask_for_approval(case: Case, verdict: NeedsApproval) -> Decision:
    """Have the request wait until an administrator decides; its time is held meanwhile, unless several may ask."""
    ledger, reasons = case.ledger, verdict.reasons
    pending = replace(
        case.reserve(),
        status="pending",
        outcome=Outcome.TENTATIVE,
        reasons=reasons,
        policies=verdict.judged_by,
        warnings=verdict.warnings,
    )
    asked, question = ask(pending, reasons, ledger)
    pending = replace(pending, competes=question.mode == "compete")
    notice = AwaitsApproval(reasons=reasons, deadline=question.deadline_at, competes=pending.competes)
    return Decision(
        (
            *succeed_past(ledger.past),
            *save_if_changed(pending, ledger.live, ledger.now),
            *asked,
            case.record(Outcome.TENTATIVE, reasons, pending.id, verdict),
            case.note_standing(Standing.AWAITS_APPROVAL, pending.id),
            case.answer("tentativelyAccepted", notice, pending.id),
        ),
        note="awaits_approval",
    )


def decline(case: Case, verdict: Refuse, notice: Notice, at: Window | None = None) -> Decision:
    """Decline what has no reservation, or one that was never granted, and keep that.

    `at` is the time of a series, whose first date may be over.
    """
    reasons = verdict.reasons
    ledger, previous = case.ledger, case.ledger.reservation
    is_declined = previous is not None and previous.status == "declined" and previous.ends_at > ledger.now
    is_pending = previous is not None and previous.status == "pending" and previous.ends_at > ledger.now
    before = previous if is_declined or is_pending else None
    asked, at = case.reserve(), at or case.judged.window
    refused = replace(
        asked,
        id=before.id if before else case.new_id,
        starts_at=at.start,
        ends_at=at.end,
        status="declined",
        outcome=Outcome.DECLINE,
        reasons=reasons,
        policies=verdict.judged_by,
        warnings=verdict.warnings,
    )
    return Decision(
        (
            *succeed_past(ledger.past),
            *(drop_hold(ledger) if is_pending else end_reservation(ledger, case.key, NoLongerBlocks())),
            *save_if_changed(refused, before, ledger.now),
            case.record(Outcome.DECLINE, reasons, refused.id, verdict),
            case.note_standing(Standing.DECLINED, refused.id),
            case.answer("declined", notice, refused.id),
        ),
        note="declined",
    )
