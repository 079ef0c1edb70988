"""Decide about events that the room itself owns: keep our holds as wanted, import foreign ones or leave them alone."""

from dataclasses import replace
from typing import assert_never

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.shown import shows_hold
from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, Seen, save_if_changed
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation, NoLongerBlocks
from services.policy.core.ledger import KnownIntent, KnownMeeting, Standing
from services.policy.core.meetings import follow_details, reserve_for
from services.policy.core.put_back import put_back
from services.policy.core.verdict import Accept, NeedsApproval, Refuse


def decide_owned(case: Case) -> Decision:
    """Decide about an event of which the room is the organizer."""
    if case.ledger.hold is not None:
        return _keep_as_wanted(case, case.ledger.hold)
    if case.meeting.reservation_id is not None:
        return Decision(note="unmanaged")
    return _decide_foreign(case)


def _keep_as_wanted(case: Case, hold: KnownIntent) -> Decision:
    if hold.is_awaited(case.observation.observed_at):
        return Decision(note="in_flight")
    meeting = case.meeting
    match hold.wanted:
        case KeepHold() as wanted:
            if wanted.window.end <= case.now:
                return Decision(note="over")
            if shows_hold(meeting, wanted) and hold.ical_uid in (None, meeting.ical_uid):
                return Decision((Seen(hold.key),) if hold.state != "written" else (), note="agreed")
            return put_back(case, hold, wanted, "hold_put_back")
        case DropHold() as wanted if meeting.window.end > case.now and not meeting.is_cancelled:
            again = DropHold(reservation_id=wanted.reservation_id, event_id=meeting.event_id)
            return put_back(case, hold, again, "hold_not_wanted")
        case _:
            return Decision(note="over")


def _decide_foreign(case: Case) -> Decision:
    """Import an event that somebody put on the room's own calendar if it is free and valid; never change it in Outlook.

    An event that cannot be imported is judged again with every observation, until it can be. An event whose reservation
    an administrator cancelled is not imported again until it changes.
    """
    meeting, ledger, known = case.meeting, case.ledger, case.known
    is_as_judged = known.judged == case.judged and known.is_present and not meeting.is_cancelled
    standing = known.standing if is_as_judged else None
    seen = replace(case.see(), judged=case.judged, standing=standing, moved_back_from=None)
    if meeting.is_cancelled or meeting.shows_as == "free" or meeting.window.end <= case.now:
        freed = end_reservation(ledger, case.key, NoLongerBlocks())
        return Decision((case.note(replace(seen, standing=None)), *freed), note="free")
    if standing is Standing.ACCEPTED and ledger.live is not None:
        return Decision((case.note(seen), *follow_details(ledger, meeting)), note="agreed")
    if standing is Standing.DECLINED:
        return Decision((case.note(seen),), note="unmanaged")
    verdict = evaluate(case.request, ledger.space, ledger.taken, ledger.now)
    match verdict:
        case Accept():
            return _import(case, seen)
        case NeedsApproval(reasons) | Refuse(reasons):
            return _leave_alone(case, seen, reasons, is_news=not is_as_judged)
        case _:
            assert_never(verdict)


def _import(case: Case, seen: KnownMeeting) -> Decision:
    ledger = case.ledger
    fresh = reserve_for(case.meeting, case.judged, ledger, case.new_id)
    return Decision(
        (
            *save_if_changed(fresh, ledger.live, ledger.now),
            case.record(Outcome.ACCEPT, (), fresh.id),
            case.note(replace(seen, standing=Standing.ACCEPTED, reservation_id=fresh.id)),
        ),
        note="imported",
    )


def _leave_alone(case: Case, seen: KnownMeeting, reasons: tuple[Explanation, ...], *, is_news: bool) -> Decision:
    refusal = [case.record(Outcome.DECLINE, reasons, None)] if is_news else []
    freed = end_reservation(case.ledger, case.key, reasons[0])
    return Decision((case.note(replace(seen, standing=None)), *refusal, *freed), note="unmanaged")
