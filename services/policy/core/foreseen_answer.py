"""The answer that an invitation would get for a verdict, as facts: what `answering` gives a meeting that is new."""

from datetime import datetime
from typing import assert_never

from libs.contracts.values import Outcome, Window
from services.policy.core.approvals.asking import find_terms
from services.policy.core.goals import GiveAnswer
from services.policy.core.notices import AwaitsApproval, Booked, Declined
from services.policy.core.verdict import Accept, NeedsApproval, Refuse, Verdict

_NO_MEETING = "foreseen"


def foresee_answer(verdict: Verdict, window: Window, now: datetime) -> tuple[Outcome, GiveAnswer]:
    """Return what would be decided about an invitation to this window, and the answer that it would get."""
    match verdict:
        case Accept(warnings=warnings):
            notice = Booked(warnings=warnings)
            return Outcome.ACCEPT, GiveAnswer(ical_uid=_NO_MEETING, answer="accepted", notice=notice, judged=window)
        case NeedsApproval(reasons=reasons):
            terms = find_terms(reasons, window, now)
            waits = AwaitsApproval(reasons=reasons, deadline=terms.deadline_at, competes=terms.mode == "compete")
            return Outcome.TENTATIVE, GiveAnswer(
                ical_uid=_NO_MEETING, answer="tentativelyAccepted", notice=waits, judged=window
            )
        case Refuse(reasons=reasons):
            return Outcome.DECLINE, GiveAnswer(
                ical_uid=_NO_MEETING, answer="declined", notice=Declined(reasons=reasons), judged=window
            )
        case _:
            assert_never(verdict)
