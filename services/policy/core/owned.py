"""Decide about events that the room itself owns: keep our holds as wanted, and block the time of foreign ones."""

from dataclasses import replace
from typing import assert_never

from libs.contracts.holds import is_our_hold
from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.shown import shows_hold
from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, Seen, save_if_changed, succeed_past
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import NoLongerBlocks
from services.policy.core.ledger import KnownIntent, KnownMeeting, Standing
from services.policy.core.meetings import follow_details
from services.policy.core.put_back import put_back
from services.policy.core.unreadable import decide_unreadable
from services.policy.core.verdict import Accept, NeedsApproval, Refuse
from services.policy.core.yielding import block_what_is_left


def decide_owned(case: Case) -> Decision:
    """Decide about an event of which the room is the organizer."""
    hold = case.ledger.hold
    if hold is not None and _is_made_by_us(case, hold):
        return _decide_hold(case, hold)
    # The hold that an event only seems to be has to stay whatever becomes of the event.
    theirs = replace(case, ledger=replace(case.ledger, hold=None))
    return decide_unreadable(theirs) if case.meeting.is_unreadable else _decide_foreign(theirs)


def _is_made_by_us(case: Case, hold: KnownIntent) -> bool:
    wanted = hold.wanted
    if not isinstance(wanted, KeepHold | DropHold):
        return False
    return is_our_hold(case.meeting, wanted.reservation_id, hold.generation, {hold.event_id, wanted.event_id})


def _decide_hold(case: Case, hold: KnownIntent) -> Decision:
    if hold.is_awaited(case.observation.observed_at):
        return Decision(note="in_flight")
    match hold.wanted:
        case KeepHold() as wanted:
            return _keep_as_wanted(case, hold, wanted)
        case DropHold() as unwanted:
            return _take_away(case, hold, unwanted)
        case _:
            return Decision(note="over")


def _keep_as_wanted(case: Case, hold: KnownIntent, wanted: KeepHold) -> Decision:
    meeting = case.meeting
    if wanted.window.end <= case.now:
        return Decision(note="over")
    if shows_hold(meeting, wanted) and hold.event_id in (None, meeting.event_id):
        return Decision((Seen(hold.key),) if hold.state != "written" else (), note="agreed")
    return put_back(case, hold, wanted, "hold_put_back")


def _take_away(case: Case, hold: KnownIntent, unwanted: DropHold) -> Decision:
    meeting = case.meeting
    if meeting.is_cancelled and hold.state == "given_up":
        return Decision((Seen(hold.key),), note="agreed")
    if meeting.is_cancelled or meeting.window.end <= case.now:
        return Decision(note="over")
    again = DropHold(reservation_id=unwanted.reservation_id, event_id=meeting.event_id)
    return put_back(case, hold, again, "hold_not_wanted")


def _decide_foreign(case: Case) -> Decision:
    """Import an event that somebody put on the room's own calendar if its time is free; never change it in Outlook.

    Nobody asks for permission with it, so it breaks no rule that could be excepted from: it takes its time already.
    Where others have some of that time, it blocks what they leave (`yielding`). An event that cannot be imported is
    judged again with every observation, until it can be. An event whose reservation an administrator cancelled is not
    imported again until it changes.
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
    verdict = evaluate(case.fact, ledger)
    match verdict:
        case Accept():
            return _import(case, seen, verdict)
        case NeedsApproval() | Refuse():
            return block_what_is_left(case, seen, verdict, is_news=not is_as_judged)
        case _:
            assert_never(verdict)


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
