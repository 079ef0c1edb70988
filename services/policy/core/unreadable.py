"""Decide about an event of which we can read little more than when it is.

It takes the room's time all the same, so it blocks it in the ledger under a title that says what is known: all of it,
or what others leave of it (`yielding`). Nothing is answered and nothing that was decided about an invitation is undone.
Once the event can be read it is judged like any other.
"""

from dataclasses import replace
from typing import assert_never

from libs.contracts.values import Answer, Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, save_if_changed
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import NoLongerBlocks
from services.policy.core.ledger import KnownMeeting
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept, NeedsApproval, Refuse
from services.policy.core.yielding import block_what_is_left


def decide_unreadable(case: Case) -> Decision:
    """Block the time of an event that cannot be read, if it takes any, as far as nothing else has it."""
    meeting, ledger, live = case.meeting, case.ledger, case.ledger.live
    seen = _see(case)
    if meeting.is_cancelled or meeting.shows_as == "free" or meeting.window.end <= case.now:
        is_ours_to_end = meeting.is_cancelled or seen.shown_answer == Answer.ORGANIZER
        freed = end_reservation(ledger, case.key, NoLongerBlocks()) if is_ours_to_end else []
        return Decision((case.note(seen), *freed), note="free")
    if _was_declined(case) or (live is not None and not live.yields and live.window == case.judged.window):
        return Decision((case.note(seen),), note="unreadable")
    verdict = evaluate(case.fact, ledger)
    match verdict:
        case Accept():
            return _block(case, seen, verdict)
        case NeedsApproval() | Refuse():
            if live is not None and not live.yields and case.known.shown_answer != Answer.ORGANIZER:
                return Decision((case.note(seen),), note="unmanaged")
            is_news = case.known.judged != case.judged or not case.known.is_present
            return block_what_is_left(case, seen, verdict, is_news=is_news)
        case _:
            assert_never(verdict)


def _was_declined(case: Case) -> bool:
    """Whether we declined the invitation, or an administrator took the event out, at the time that it still has."""
    known = case.known
    is_there_as_it_was = known.is_present and known.judged is not None and known.judged.window == case.judged.window
    return is_there_as_it_was and known.standing is Standing.DECLINED and case.ledger.live is None


def _see(case: Case) -> KnownMeeting:
    """Note that the event is there; the answer that it showed when it could be read is the last that is known."""
    before = case.known.shown_answer if case.ledger.live is not None else None
    return replace(case.see(), shown_answer=before or Answer.ORGANIZER.value)


def _block(case: Case, seen: KnownMeeting, verdict: Accept) -> Decision:
    live = case.ledger.live
    fresh = case.reserve()
    if live is not None:
        fresh = replace(live, starts_at=fresh.starts_at, ends_at=fresh.ends_at, yields=False)
    fresh = replace(fresh, policies=verdict.judged_by, warnings=verdict.told)
    noted = replace(seen, judged=case.judged, standing=Standing.ACCEPTED, reservation_id=fresh.id)
    return Decision(
        (
            *save_if_changed(fresh, live, case.now),
            case.record(Outcome.ACCEPT, (), fresh.id, verdict, case.fact),
            case.note(noted),
        ),
        note="blocked_unreadable",
    )
