"""Decide about a series as a room calendar shows it: booked, changed, left alone or freed, date by date.

A series is judged as a whole when it is new, or when its pattern, its time, its organizer or its people change. Then
one refused date declines it, or by the policy of kind `series` only that date. Otherwise what differs is told by date:
a date that is gone is free, one that differs from its series is decided like a single meeting, and dates that come into
view as time passes are added. A refused change of a series keeps it as it was, until a date is deleted.
"""

from collections.abc import Callable
from dataclasses import replace

from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, LookAgain, judged_on
from services.policy.core.explanations import MeetingCancelled, Replaced
from services.policy.core.freshness import is_stale
from services.policy.core.invitation import is_as_judged, keep_answer
from services.policy.core.meetings import follow_details
from services.policy.core.recurring.asked import PlannedDate, gone_dates, listing_of, plan_dates, slice_of
from services.policy.core.recurring.ending import end_series
from services.policy.core.recurring.follow import end_gone, follow_dates
from services.policy.core.recurring.moving import follow_series_move
from services.policy.core.recurring.proposing import accept_settled
from services.policy.core.recurring.whole import judge_whole
from services.policy.core.standing import Standing


def decide_series(case: Case) -> Decision:
    """Decide about a master with its occurrences; one that was observed without them is looked at again."""
    if case.meeting.is_cancelled:
        ended = end_series(case.ledger, case.key, MeetingCancelled())
        return Decision((case.note(case.see()), *ended), note="cancelled")
    if case.meeting.series is None:
        return Decision((LookAgain(case.new_id, case.observation.ical_uid, ()),), note="looking")
    if _is_over(case):
        return Decision((case.note(case.see()),), note="over")
    if (moved := follow_series_move(case)) is not None:
        return moved
    kept = _keep_answer(case)
    if kept is None:
        return judge_whole(case)
    return Decision((*kept.changes, *_follow(case)), note=kept.note)


def _keep_answer(case: Case) -> Decision | None:
    """Have the calendar show the answer that was decided; None if the series has to be judged as a whole instead."""
    if not is_as_judged(case) or _asks_otherwise(case):
        return None
    settled = accept_settled(replace(case.ledger, meeting=case.see()))
    return Decision(tuple(settled), note="proposal_settled") if settled else keep_answer(case)


def _follow(case: Case) -> list[Change]:
    """Return what follows for the dates; while a change of the series is asked about, each stays as it is booked."""
    group, standing = case.ledger.group, case.known.standing
    if standing in {Standing.ACCEPTED, Standing.PROPOSES_CHANGE} and group is not None:
        return follow_dates(case, group)
    gone = [] if standing is Standing.CHANGE_AWAITS_APPROVAL else end_gone(case)
    return [*gone, *_follow_details(case)]


def _follow_details(case: Case) -> list[Change]:
    """Copy new titles to the dates of a series that waits or was refused; they need not be judged."""
    shown = [each.case for each in plan_dates(case).values() if not is_stale(each.case)]
    return [change for each in shown for change in follow_details(each.ledger, each.meeting)]


def _asks_otherwise(case: Case) -> bool:
    """Whether a series that waits for an administrator asks for other dates by now; it is one question with them."""
    if case.known.standing is Standing.CHANGE_AWAITS_APPROVAL:
        return not _is_asked_about(case)
    if case.known.standing is not Standing.AWAITS_APPROVAL:
        return False
    planned = plan_dates(case)
    is_as_asked = all(each.is_as_asked or _was_declined(each) for each in planned.values())
    return not is_as_asked or any(gone_dates(case, planned))


def _is_asked_about(case: Case) -> bool:
    """Whether the pending question about a change of the series is about the dates that the calendar shows."""
    question = case.ledger.question
    shown = [(day, each.case.judged.window, each.case.judged.people) for day, each in plan_dates(case).items()]
    if question is None or question.moves is not None:
        return False
    return question.change is not None and question.change.is_shown_by(shown, case.now)


def _was_declined(planned: PlannedDate) -> bool:
    """Whether a date was declined as it stands, when the others of its series were asked about."""
    own = planned.known.meeting
    return own is not None and own.standing is Standing.DECLINED and own.judged == planned.case.judged


def decide_as_single(case: Case, decide: Callable[[Case], Decision]) -> Decision:
    """Decide about a meeting that happens once; what it was as a series before, ends."""
    ledger = case.ledger
    dates = {known.reservation.id for known in ledger.dates.values() if known.reservation is not None}
    if not dates:
        return decide(case)
    given_up = dates if ledger.group is None else {*dates, ledger.group.id}
    taken = tuple(each for each in ledger.taken if each.reservation_id not in given_up)
    question = ledger.question if ledger.question is not None and ledger.question.group_id is None else None
    single = replace(case, ledger=replace(ledger, taken=taken, dates={}, group=None, question=question))
    decided = decide(single)
    ended = end_series(ledger, case.key, Replaced())
    return replace(decided, changes=(*ended, *judged_on(single.ledger, decided.changes)))


def _is_over(case: Case) -> bool:
    """Whether nothing of a series is to come, neither on the calendar nor in the ledger."""
    is_booked = any(slice_of(case.ledger, known).live is not None for known in case.ledger.dates.values())
    return not is_booked and not plan_dates(case) and listing_of(case).listed_until is None
