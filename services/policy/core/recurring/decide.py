"""Decide about a series as a room calendar shows it: booked, changed, left alone or freed, date by date.

A series is judged as a whole when it is new, or when its pattern, its time, its organizer or its people change. Then
one refused date declines it, or by the policy of kind `series` only that date. Otherwise what differs is told by date:
a date that is gone is free, one that differs from its series is decided like a single meeting, and dates that come into
view as time passes are added. A refused change of a series keeps it as it was, until a date is deleted.
"""

from collections.abc import Callable
from dataclasses import replace

from services.policy.core.case import Case
from services.policy.core.changes import Decision, LookAgain, judged_on
from services.policy.core.explanations import MeetingCancelled, Replaced
from services.policy.core.invitation import is_as_judged, keep_answer
from services.policy.core.ledger import Standing
from services.policy.core.recurring.asked import PlannedDate, gone_dates, listing_of, plan_dates, slice_of
from services.policy.core.recurring.ending import end_series
from services.policy.core.recurring.follow import end_gone, follow_dates
from services.policy.core.recurring.whole import judge_whole


def decide_series(case: Case) -> Decision:
    """Decide about a master with its occurrences; one that was observed without them is looked at again."""
    if case.meeting.is_cancelled:
        ended = end_series(case.ledger, case.key, MeetingCancelled())
        return Decision((case.note(case.see()), *ended), note="cancelled")
    if case.meeting.series is None:
        return Decision((LookAgain(case.new_id, case.observation.ical_uid, ()),), note="looking")
    if _is_over(case):
        return Decision((case.note(case.see()),), note="over")
    kept = keep_answer(case) if is_as_judged(case) and not _asks_otherwise(case) else None
    if kept is None:
        return judge_whole(case)
    group, is_accepted = case.ledger.group, case.known.standing is Standing.ACCEPTED
    followed = follow_dates(case, group) if is_accepted and group is not None else end_gone(case)
    return Decision((*kept.changes, *followed), note=kept.note)


def _asks_otherwise(case: Case) -> bool:
    """Whether a series that waits for an administrator asks for other dates by now; it is one question with them."""
    if case.known.standing is not Standing.AWAITS_APPROVAL:
        return False
    planned = plan_dates(case)
    is_as_asked = all(each.is_as_asked or _was_declined(each) for each in planned.values())
    return not is_as_asked or any(gone_dates(case, planned))


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
    taken = tuple(each for each in ledger.taken if each.reservation_id not in dates)
    single = replace(case, ledger=replace(ledger, taken=taken, dates={}, group=None))
    decided = decide(single)
    ended = end_series(ledger, case.key, Replaced())
    return replace(decided, changes=(*ended, *judged_on(single.ledger, decided.changes)))


def _is_over(case: Case) -> bool:
    """Whether nothing of a series is to come, neither on the calendar nor in the ledger."""
    is_booked = any(slice_of(case.ledger, known).live is not None for known in case.ledger.dates.values())
    return not is_booked and not plan_dates(case) and listing_of(case).listed_until is None
