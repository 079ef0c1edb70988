"""A change of what is booked that needs approval: the booking stays as it is until an administrator decides.

The room answers tentatively. A hold shows the time that is booked, and the ledger keeps the time that is asked for free
as well. Once a change is rejected, it is refused like any other that cannot be followed, and not asked about again
unless something else was asked for in between.
"""

from dataclasses import replace

from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import ask_about_change
from services.policy.core.approvals.question import AskedFor, Question
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Record, Want, save_if_changed
from services.policy.core.explanations import Explanation, NotApprovedInTime, RejectedByAdministrator
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import keep_hold_if_changed
from services.policy.core.ledger import Reservation
from services.policy.core.meetings import details_of
from services.policy.core.notices import ChangeAwaitsApproval
from services.policy.core.refused_edit import refuse_edit
from services.policy.core.standing import Standing
from services.policy.core.verdict import NeedsApproval, Refuse


def answer_change(case: Case, live: Reservation, verdict: NeedsApproval) -> Decision:
    """Ask about a change of a live reservation, or refuse it if it was asked about last and not approved."""
    judged, rejected = case.judged, case.ledger.rejected
    asked = AskedFor(window=judged.window, organizer=judged.organizer, people=judged.people)
    if rejected is not None and rejected.asked == asked:
        why = why_rejected(rejected)
        refused = refuse_edit(case, live, Refuse((why,), verdict.warnings, verdict.judged_by))
        return replace(refused, changes=tuple(as_rejected(each, rejected) for each in refused.changes))
    saved, question = ask_about_change(live, asked, verdict.reasons, case.ledger)
    title, is_private = details_of(case.meeting, live)
    kept = replace(
        live,
        title=title,
        is_private=is_private,
        refused_request=None,
        kept_without_invitation=False,
        proposed_change=None,
        moving_from=None,
    )
    notice = ChangeAwaitsApproval(reasons=verdict.reasons, kept=live.window, deadline=question.deadline_at)
    return Decision(
        (
            *save_if_changed(kept, live, case.now),
            *saved,
            case.record(Outcome.TENTATIVE, verdict.reasons, live.id, verdict),
            case.note_standing(Standing.CHANGE_AWAITS_APPROVAL, live.id),
            case.answer("tentativelyAccepted", notice, live.id),
            *keep_hold_if_changed(kept, case.ledger),
        ),
        note="change_awaits_approval",
    )


def as_rejected(change: Change, rejected: Question) -> Change:
    """Return a change of a refusal as one by an administrator.

    It does not follow from the policies, and the organizer is told although Outlook shows the same answer before.
    """
    match change:
        case Record():
            return replace(change, asked=None)
        case Want(goal=GiveAnswer() as goal):
            return replace(change, goal=goal.model_copy(update={"tells": str(rejected.id)}))
        case _:
            return change


def why_rejected(question: Question) -> Explanation:
    """Return why what was asked about is refused."""
    if question.state == "expired":
        return NotApprovedInTime(deadline=question.deadline_at or question.asked.ends_at)
    return RejectedByAdministrator(comment=question.comment)
