"""Follow the dates of a series that is booked: what is gone, what differs from the series, and what has come into view.

A date that is booked as it stands, and shows the answer to its series, needs nothing. Any other is decided by itself.
"""

from dataclasses import replace

from libs.contracts.values import Answer
from services.policy.core.absence import wants_decline, was_declined_by_us
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, SaveGroup
from services.policy.core.holds import drop_hold
from services.policy.core.invitation import is_as_judged, keep_answer
from services.policy.core.ledger import KnownDate, ReservationGroup
from services.policy.core.meetings import follow_details
from services.policy.core.moves import follow_own_change
from services.policy.core.recurring.asked import PlannedDate, gone_dates, id_of, listing_of, plan_dates
from services.policy.core.recurring.contested import leave_gone_contested, part_contested
from services.policy.core.recurring.dates import answer_date, book_with_series, decline_taken_away, take_over_date
from services.policy.core.recurring.ending import end_gone_date
from services.policy.core.recurring.judge import AskedDate, judge_dates
from services.policy.core.recurring.proposed import spell_out_wanted
from services.policy.core.standing import Standing
from services.policy.core.swapping import decide_swap
from services.policy.core.verdict import Accept, Verdict


def follow_dates(case: Case, group: ReservationGroup) -> list[Change]:
    """Return what follows for the dates of a series that is as it was judged."""
    contested, others = part_contested(plan_dates(case))
    changes: list[Change] = [*_follow_listing(case, group), *end_gone(case)]
    to_judge: list[PlannedDate] = []
    for each in others:
        if _comes_too_late(each, group):
            changes += decline_taken_away(each)
            continue
        own_change = follow_own_change(each.case)
        if own_change is not None:
            changes += own_change.changes
            continue
        if _is_as_the_series(case, each):
            changes += [*follow_details(each.case.ledger, each.case.meeting), *_drop_replaced_hold(each)]
            continue
        kept = keep_answer(each.case) if is_as_judged(each.case) and _still_stands(each) else None
        if kept is None:
            to_judge.append(each)
        else:
            changes += kept.changes
    asked = [
        *(AskedDate(each.original_date, each.case.request, id_of(each)) for each in to_judge),
        *(AskedDate(each.original_date, each.case.fact, id_of(each), yields=True) for each in contested),
    ]
    judged = judge_dates(asked, spell_out_wanted(case.ledger), given_up=())
    for each in contested:
        changes += take_over_date(each, judged[each.original_date], group)
    for each in to_judge:
        verdict = judged[each.original_date].verdict
        if _is_covered(case, each) and isinstance(verdict, Accept):
            changes += book_with_series(each, judged[each.original_date], verdict, group)
            continue
        swapped = _swap(case, each, verdict) if len(to_judge) == 1 else None
        changes += swapped.changes if swapped is not None else answer_date(each, judged[each.original_date], group)
    return changes


def _is_covered(case: Case, planned: PlannedDate) -> bool:
    """Whether a date that came into view has the tentative answer to its series, which is all that is to be said."""
    known = planned.known
    is_new = known.reservation is None and known.meeting is None
    is_as_shown = planned.occurrence.answer is Answer.TENTATIVE and not planned.occurrence.is_exception
    return is_new and is_as_shown and case.known.standing is Standing.PROPOSES_CHANGE


def _comes_too_late(planned: PlannedDate, group: ReservationGroup) -> bool:
    """Whether a date came into view of which the back office had cancelled the booking before."""
    since, known = group.taken_away_from, planned.known
    is_new = known.reservation is None and known.meeting is None
    return is_new and since is not None and planned.original_date >= since


def _swap(case: Case, planned: PlannedDate, verdict: Verdict) -> Decision | None:
    """Let the one date that was moved change places with other meetings of its organizer, if that is what is asked."""
    if not case.swapped_with or isinstance(verdict, Accept):
        return None
    return decide_swap((planned.case, *case.swapped_with))


def _is_as_the_series(case: Case, planned: PlannedDate) -> bool:
    """Whether a date is booked, nothing else was decided about it by itself, and it shows what its series shows.

    A date that is free while its series is not has to be shown as busy by itself.
    """
    own = planned.known.meeting
    is_accepted = own is None or (own.standing is Standing.ACCEPTED and own.judged == planned.case.judged)
    is_answered = planned.occurrence.answer in {case.meeting.answer, Answer.ACCEPTED}
    is_busy = planned.occurrence.shows_as != "free" or case.meeting.shows_as == "free"
    return planned.is_as_booked and is_accepted and is_answered and is_busy


def _drop_replaced_hold(planned: PlannedDate) -> list[Change]:
    """Drop the hold that stood in for a date, once the calendar shows the accept that replaces it.

    An observation that the accept was decided by does not show it.
    """
    own = planned.known.meeting
    is_news = own is not None and planned.case.observation.observed_at > own.last_observed_at
    is_shown = planned.occurrence.answer is Answer.ACCEPTED
    return drop_hold(planned.case.ledger) if is_news and is_shown else []


def _still_stands(planned: PlannedDate) -> bool:
    """Whether what was decided about a date by itself is still so: one that was gone meanwhile is decided anew."""
    own = planned.known.meeting
    return planned.live is not None or (own is not None and own.standing is Standing.DECLINED)


def end_gone(case: Case) -> list[Change]:
    """End the dates that are gone.

    One that we declined with an edit is kept without it, and so is one that a refused change of the series left out.
    While the series is being declined, its dates leave the calendar because of that, some of them first.
    """
    whole, planned = case.ledger.intent, plan_dates(case)
    if wants_decline(whole) and whole is not None and whole.is_awaited(case.observation.observed_at):
        return []
    gone = dict(gone_dates(case, planned))
    contested = leave_gone_contested(case, planned)
    changes: list[Change] = [each for each in contested if each.key.original_date not in gone]
    for day, known in gone.items():
        intent = known.intent
        is_awaited = intent is not None and intent.is_awaited(case.observation.observed_at)
        if is_awaited or was_declined_by_us(intent) or _was_left_out(known):
            continue
        changes += end_gone_date(case, day, known)
    return changes


def _was_left_out(known: KnownDate) -> bool:
    refused = known.reservation.refused_request if known.reservation is not None else None
    return refused is not None and refused.leaves_out


def _follow_listing(case: Case, group: ReservationGroup) -> list[Change]:
    """Note until when the series is booked by now."""
    until = listing_of(case).listed_until
    if until == group.materialised_until:
        return []
    return [SaveGroup(replace(group, materialised_until=until, version=group.version + 1, updated_at=case.now))]
