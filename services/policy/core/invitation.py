"""Decide about an invitation on a room's calendar.

A cancelled invitation frees the space. One that was moved to where the back office wants it is booked there (`moves`,
`proposals`). An invitation that differs from what was last judged is judged again, whatever
answer Exchange still shows. Otherwise the calendar shows our answer, or may still show it soon, or is asked for it
again; so it is if it shows an accepted meeting as free, because what the ledger confirms is busy in Outlook.
"""

from services.policy.core.absence import wants_decline
from services.policy.core.answering import answer_invitation
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Seen
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import MeetingCancelled
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold
from services.policy.core.ledger import KnownIntent
from services.policy.core.looking import look_first
from services.policy.core.meetings import follow_details
from services.policy.core.moves import follow_own_change
from services.policy.core.over import leave_past
from services.policy.core.put_back import put_back
from services.policy.core.standing import Standing
from services.policy.core.swapping import decide_swap
from services.policy.core.taken_over import take_over, was_accepted_before_mapping
from services.policy.core.verdict import Accept


def decide_invitation(case: Case) -> Decision:
    """Decide about an invitation as it was observed."""
    if case.meeting.is_cancelled:
        freed = end_reservation(case.ledger, case.key, MeetingCancelled())
        return Decision((case.note(case.see()), *freed), note="cancelled")
    if case.meeting.window.end <= case.now and not case.meeting.is_series:
        return leave_past(case)
    if (followed := follow_own_change(case)) is not None:
        return followed
    if is_as_judged(case):
        return keep_answer(case) or judge_invitation(case)
    return judge_invitation(case)


def judge_invitation(case: Case) -> Decision:
    """Judge what the invitation asks for, and answer it; what was accepted before the mapping is only taken over."""
    if was_accepted_before_mapping(case):
        return take_over(case)
    ledger = case.ledger
    verdict = evaluate(case.request, ledger)
    if case.swapped_with and not isinstance(verdict, Accept):
        swapped = decide_swap((case, *case.swapped_with))
        if swapped is not None:
            return swapped
    return look_first(case, verdict) or answer_invitation(case, verdict)


def is_as_judged(case: Case) -> bool:
    """Whether this is the invitation that was last judged, and asks for the same.

    An invitation that we declined leaves the calendar; if it is there under another id, the organizer sent it again.
    While a look is pending for what it asks, that was not judged: a standing is left from an invitation before it.
    """
    known, pending = case.known, case.known.pending_look
    if known.standing is None or not known.is_present or known.judged != case.judged:
        return False
    if pending is not None and pending.judged == case.judged:
        return False
    is_new = known.event_id is not None and known.event_id != case.meeting.event_id
    intent = case.ledger.intent
    return not (is_new and wants_decline(intent) and intent is not None and intent.state != "given_up")


def keep_answer(case: Case) -> Decision | None:
    """Have the calendar show the answer that was decided; None if it has to be judged again instead."""
    followed = (case.note(case.see()), *follow_details(case.ledger, case.meeting))
    standing, intent = case.known.standing, case.ledger.intent
    is_shown = standing is not None and case.meeting.answer is standing.shows_as
    if standing is not None and is_shown and not _must_be_shown_busy(case):
        return Decision((*followed, *_follow_seen(case, standing)), note="agreed")
    is_awaited = intent is not None and intent.is_awaited(case.observation.observed_at)
    if is_awaited and not (is_shown and intent is not None and intent.state == "written"):
        return Decision(followed, note="in_flight")
    again = _ask_again(case, intent)
    return Decision((*followed, *again.changes), note=again.note) if again is not None else None


def _must_be_shown_busy(case: Case) -> bool:
    """Whether the calendar shows an accepted meeting as free, as Outlook does by default with one of whole days."""
    return case.known.standing is Standing.ACCEPTED and case.meeting.shows_as == "free"


def _follow_seen(case: Case, standing: Standing) -> list[Change]:
    """Note that the answer that was awaited, or given up, is on the calendar, and drop the hold that it replaces.

    An observation that the answer was decided by does not show that answer, even if it showed the same before.
    """
    if case.observation.observed_at <= case.known.last_observed_at:
        return []
    intent = case.ledger.intent
    is_an_answer = intent is not None and isinstance(intent.wanted, GiveAnswer)
    is_news = intent is not None and (intent.awaited_until is not None or intent.state != "written")
    seen: list[Change] = [Seen(case.key)] if is_an_answer and is_news else []
    return [*seen, *(drop_hold(case.ledger) if standing.holds_the_room else [])]


def _ask_again(case: Case, intent: KnownIntent | None) -> Decision | None:
    """Want the answer that was decided once more; None if that was not an answer to this window.

    Judging again instead could reverse an administrator's cancellation, or a decision by a rule that changed since.
    """
    if intent is None or not isinstance(intent.wanted, GiveAnswer) or intent.wanted.judged != case.judged.window:
        return None
    goal = intent.wanted.model_copy(update={"event_id": case.meeting.event_id, "pattern": case.judged.pattern})
    return put_back(case, intent, goal, "asked_again")
