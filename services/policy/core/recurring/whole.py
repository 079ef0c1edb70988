"""Judge a series as a whole: one that is new, or whose pattern, time, organizer or people have changed."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from libs.contracts.values import Outcome
from services.policy.core.answering import decline
from services.policy.core.approvals.asking import ask_about_series, close
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Record, SaveGroup, SaveQuestion
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import Explanation, MeetingCancelled, OnDate, Replaced, is_conflict
from services.policy.core.looking import NOTHING_SHOWN, InTheWay, find_shown, look_at
from services.policy.core.notices import SeriesAwaitsApproval, SeriesBooked, SeriesDeclined
from services.policy.core.policies.resolve import Asker, find_in_force
from services.policy.core.policies.series import Series
from services.policy.core.recurring.asked import gone_dates, listing_of, series_asked_for, slice_of
from services.policy.core.recurring.change import answer_change, refuse_change
from services.policy.core.recurring.contested import leave_gone_contested
from services.policy.core.recurring.dates import (
    book_with_series,
    decline_date,
    hold_with_series,
    keep_with_series,
    take_over_date,
)
from services.policy.core.recurring.ending import decline_waiting
from services.policy.core.recurring.group import group_of
from services.policy.core.recurring.judge import JudgedDate
from services.policy.core.recurring.judged import (
    JudgedSeries,
    answer_series,
    explain_date,
    judge_series,
    record_series,
    request_as_such,
)
from services.policy.core.recurring.proposed import judge_as_wanted, keep_asking, stand_by_wanted
from services.policy.core.refused_edit import refuse_edit
from services.policy.core.standing import Standing
from services.policy.core.taken_over import mark_grandfathered, was_accepted_before_mapping
from services.policy.core.verdict import Accept, NeedsApproval, Refuse

MOST_LOOKED_AT = 5


def judge_whole(case: Case) -> Decision:
    """Judge what the series asks for, and answer it; what was accepted before the mapping is only taken over."""
    is_fact = was_accepted_before_mapping(case)
    found = judge_series(case, is_fact=is_fact)
    as_wanted = judge_as_wanted(case, found)
    if as_wanted is not None:
        return stand_by_wanted(_book(case, as_wanted, is_fact=False), case.ledger)
    return _answer_judged(case, found, is_fact=is_fact)


def _answer_judged(case: Case, found: JudgedSeries, *, is_fact: bool) -> Decision:
    if not found.is_refused and (not found.refused or _may_skip(case, found) or is_fact):
        if not found.needs_approval:
            return _book(case, found, is_fact=is_fact)
        return answer_change(case, found) if found.is_change else _ask_for_approval(case, found)
    looking = look_at(case, _find_in_the_way(found))
    if looking is not None:
        return looking
    live, verdict = case.ledger.live, Refuse(found.reasons, found.as_such.warnings, found.judged_by)
    if live is not None and live.is_granted:
        return _audited(refuse_edit(case, live, verdict), case, found)
    if found.is_change:
        return refuse_change(case, found, found.reasons)
    waiting = decline_waiting(case.ledger, found.reasons)
    first = min((each.case.judged.window for each in found.planned.values()), key=lambda each: each.start, default=None)
    notice = SeriesDeclined(dates=len(found.planned), reasons=found.reasons)
    declined = _audited(decline(case, verdict, notice, first), case, found)
    return replace(declined, changes=(*waiting, *declined.changes))


def _find_in_the_way(found: JudgedSeries) -> InTheWay:
    """Return the meetings to look at before a series is refused: those in the way of its dates, if nothing else is.

    "This and following" cuts one series and makes another in its place, and the new one may be seen first.
    """
    if found.is_refused or not all(is_conflict(each) for each in found.reasons):
        return NOTHING_SHOWN
    shown = [find_shown(each.asked.request, each.ledger) for each in found.refused]
    in_the_way = InTheWay.together(shown)
    are_all_shown = all(each.ical_uids for each in shown) and len(in_the_way.ical_uids) <= MOST_LOOKED_AT
    return in_the_way if are_all_shown else NOTHING_SHOWN


def _may_skip(case: Case, found: JudgedSeries) -> bool:
    """Whether the dates that cannot be booked are left out, by the policy of kind `series` that is in force."""
    if len(found.refused) == len(found.planned):
        return False
    policies = [each for each in case.ledger.policies if isinstance(each.rule, Series)]
    day = case.judged.window.start.astimezone(ZoneInfo(case.ledger.space.time_zone)).date()
    in_force = find_in_force(policies, Asker(case.judged.organizer, "outlook"), day)
    return any(isinstance(each.rule, Series) and each.rule.on_conflict == "skip_conflicts" for each in in_force)


def _book(case: Case, found: JudgedSeries, *, is_fact: bool) -> Decision:
    """Book the series: its dates, or those that can be booked; what it no longer has, and what it was before, ends."""
    group, ledger = group_of(case), case.ledger
    changes: list[Change] = [SaveGroup(group), *end_reservation(ledger, case.key, Replaced())]
    for day, known in gone_dates(case, found.planned):
        key = replace(case.key, original_date=day)
        changes += end_reservation(slice_of(ledger, known), key, MeetingCancelled())
    changes += leave_gone_contested(case, found.planned)
    for day, each in found.planned.items():
        judged = found.judged.get(day)
        match judged.verdict if judged is not None else None:
            case Accept() as verdict if judged is not None:
                booked = book_with_series(each, judged, verdict, group)
                changes += mark_grandfathered(booked, verdict) if is_fact else booked
            case NeedsApproval() | Refuse() as verdict if judged is not None and not is_fact:
                changes += decline_date(each, judged, verdict, group)
            case NeedsApproval() | Refuse() if judged is not None:
                changes += take_over_date(each, judged, group)
            case None:
                changes += keep_with_series(each)
    warnings = (*found.as_such.warnings, *(each for one in found.judged.values() for each in _warnings_of(one)))
    notice = SeriesBooked(
        dates=len(found.planned) - len(found.refused),
        until=listing_of(case).listed_until,
        skipped=tuple(reason for each in found.refused for reason in explain_date(each)),
        warnings=warnings,
    )
    # The answer to the series comes before those to single dates: it covers all that it finds unanswered.
    accepted = replace(answer_series(case, "accepted", notice), is_shown=is_fact)
    return Decision(
        (
            *(keep_asking(case, found) or [accepted, case.note_standing(Standing.ACCEPTED, None)]),
            *changes,
            *_withdraw_change(case, found),
            record_series(case, found, Outcome.ACCEPT, (), is_fact=is_fact),
        ),
        note="series_taken_over" if is_fact else "series_accepted",
    )


def _withdraw_change(case: Case, found: JudgedSeries) -> list[SaveQuestion]:
    """Withdraw the question about a change of the series, if that is as it is booked again."""
    question = case.ledger.question
    if question is None or question.change is None or question.moves is not None:
        return []
    if found.judged or any(gone_dates(case, found.planned)):
        return []
    return [close(question, "withdrawn", case.now)]


def _ask_for_approval(case: Case, found: JudgedSeries) -> Decision:
    """Hold the dates of the series, or those that can be booked, and ask about all of them at once."""
    group, ledger, reasons = group_of(case), case.ledger, found.reasons_to_ask
    changes: list[Change] = [SaveGroup(group), *end_reservation(ledger, case.key, Replaced())]
    for day, known in gone_dates(case, found.planned):
        key = replace(case.key, original_date=day)
        changes += end_reservation(slice_of(ledger, known), key, MeetingCancelled())
    for day, each in found.planned.items():
        judged = found.judged[day]
        if isinstance(judged.verdict, Refuse):
            changes += decline_date(each, judged, judged.verdict, group)
        else:
            changes += hold_with_series(each, judged, group)
    refused = {each.asked.original_date for each in found.refused}
    held = {day: each for day, each in found.planned.items() if day not in refused}
    asked, question = ask_about_series(group, series_asked_for(case, held), reasons, ledger)
    notice = SeriesAwaitsApproval(
        dates=len(held), until=listing_of(case).listed_until, reasons=reasons, deadline=question.deadline_at
    )
    return Decision(
        (
            answer_series(case, "tentativelyAccepted", notice),
            *changes,
            *asked,
            record_series(case, found, Outcome.TENTATIVE, reasons, is_fact=False),
            case.note_standing(Standing.AWAITS_APPROVAL, None),
        ),
        note="series_awaits_approval",
    )


def _audited(decision: Decision, case: Case, found: JudgedSeries) -> Decision:
    """Return a refusal of a series with an entry in the audit that is about the series, not about a single meeting."""
    asked = None if found.refused else request_as_such(case, found.planned, is_fact=False)
    changes = [
        replace(each, asked=asked) if isinstance(each, Record) and each.asked == case.request else each
        for each in decision.changes
    ]
    return replace(decision, changes=tuple(changes))


def _warnings_of(judged: JudgedDate) -> list[Explanation]:
    window = judged.asked.request.window
    return [OnDate(window=window, why=each) for each in judged.verdict.warnings if not isinstance(each, OnDate)]
