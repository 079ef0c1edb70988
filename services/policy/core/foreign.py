"""Decide about a foreign event: block its time in the ledger as far as others leave it, and never change it in Outlook.

Nobody asks for permission with it, so it breaks no rule that could be excepted from: it takes its time already. Where
others have some of that time, it blocks what they leave (`yielding`). An event that cannot be imported is judged again
with every observation, until it can be. An event whose reservation an administrator cancelled is not imported again
until it changes.
"""

from dataclasses import replace
from typing import assert_never

from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, save_if_changed, succeed_past
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import NoLongerBlocks
from services.policy.core.ledger import KnownMeeting
from services.policy.core.meetings import follow_details
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept, NeedsApproval, Refuse, Verdict
from services.policy.core.yielding import block_what_is_left


def decide_foreign(case: Case) -> Decision:
    """Decide about an event that somebody put on the room's own calendar."""
    return follow_foreign(case) or take_time(case, evaluate(case.fact, case.ledger))


def follow_foreign(case: Case) -> Decision | None:
    """Follow an event that blocks nothing, or that was decided as it stands; None if its time is to be judged."""
    meeting, seen = case.meeting, _see(case)
    if meeting.is_cancelled or meeting.shows_as == "free" or meeting.window.end <= case.now:
        freed = end_reservation(case.ledger, case.key, NoLongerBlocks())
        return Decision((case.note(replace(seen, standing=None)), *freed), note="free")
    if seen.standing is Standing.ACCEPTED and case.ledger.live is not None:
        return Decision((case.note(seen), *follow_details(case.ledger, meeting)), note="agreed")
    if seen.standing is Standing.DECLINED:
        return Decision((case.note(seen),), note="unmanaged")
    return None


def take_time(case: Case, verdict: Verdict) -> Decision:
    """Reserve the time of an event, or what others leave of it, by the verdict on what it takes."""
    seen = _see(case)
    match verdict:
        case Accept():
            return _import(case, seen, verdict)
        case NeedsApproval() | Refuse():
            return block_what_is_left(case, seen, verdict, is_news=not _is_as_judged(case))
        case _:
            assert_never(verdict)


def _is_as_judged(case: Case) -> bool:
    return case.known.judged == case.judged and case.known.is_present and not case.meeting.is_cancelled


def _see(case: Case) -> KnownMeeting:
    """Return what is known of the event after this observation; how the room stands to another one counts no more."""
    standing = case.known.standing if _is_as_judged(case) else None
    return replace(case.see(), judged=case.judged, standing=standing, moved_back_from=None)


def _import(case: Case, seen: KnownMeeting, verdict: Accept) -> Decision:
    ledger = case.ledger
    asked = case.reserve()
    fresh = replace(asked, policies=verdict.judged_by, warnings=verdict.told)
    return Decision(
        (
            *succeed_past(ledger.past),
            *save_if_changed(fresh, ledger.live, ledger.now),
            case.record(Outcome.ACCEPT, (), fresh.id, verdict, case.fact),
            case.note(replace(seen, standing=Standing.ACCEPTED, reservation_id=fresh.id)),
        ),
        note="imported",
    )
