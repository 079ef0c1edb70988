"""Decide about events that the room itself owns: keep our holds as wanted, and block the time of foreign ones."""

from dataclasses import replace

from libs.contracts.holds import is_our_hold
from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.shown_holds import is_over, last_end, shows_hold
from libs.contracts.values import Meeting
from services.policy.core.case import Case
from services.policy.core.changes import Decision, Seen
from services.policy.core.foreign import decide_foreign
from services.policy.core.ledger import KnownIntent
from services.policy.core.put_back import put_back
from services.policy.core.recurring.decide import decide_as_single
from services.policy.core.recurring.foreign import decide_foreign_series
from services.policy.core.unreadable import decide_unreadable


def decide_owned(case: Case) -> Decision:
    """Decide about an event of which the room is the organizer."""
    hold = case.ledger.hold
    if hold is not None and is_hold(case.meeting, hold):
        return _decide_hold(case, hold)
    # The hold that an event only seems to be has to stay whatever becomes of the event.
    theirs = replace(case, ledger=replace(case.ledger, hold=None))
    if case.meeting.is_unreadable:
        return decide_unreadable(theirs)
    return decide_foreign_series(theirs) if case.meeting.is_series else decide_as_single(theirs, decide_foreign)


def is_hold(meeting: Meeting, hold: KnownIntent) -> bool:
    """Whether an event is the hold that was wanted, made by us."""
    wanted = hold.wanted
    if not isinstance(wanted, KeepHold | DropHold):
        return False
    return is_our_hold(meeting, wanted.reservation_id, hold.generation, {hold.event_id, wanted.event_id})


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
    if last_end(wanted) <= case.now and (wanted.series is None or is_over(meeting, case.now)):
        return Decision(note="over")
    if shows_hold(meeting, wanted, case.now) and hold.event_id in (None, meeting.event_id):
        return Decision((Seen(hold.key),) if hold.state != "written" else (), note="agreed")
    return put_back(case, hold, wanted, "hold_put_back")


def _take_away(case: Case, hold: KnownIntent, unwanted: DropHold) -> Decision:
    meeting = case.meeting
    if meeting.is_cancelled and hold.state == "given_up":
        return Decision((Seen(hold.key),), note="agreed")
    if meeting.is_cancelled or is_over(meeting, case.now):
        return Decision(note="over")
    again = DropHold(reservation_id=unwanted.reservation_id, event_id=meeting.event_id)
    return put_back(case, hold, again, "hold_not_wanted")
