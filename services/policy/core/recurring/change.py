"""A change of a series that is booked, and cannot be followed at once: it is asked about, or refused.

Either way every date keeps its time, and holds show the dates as they are booked: the answer to the series makes each
of them tentative, or takes it away, whether or not it is changed. What is asked about is held too. It is one question
with all dates, old and new, and once it is rejected the change is refused like any other.
"""

from dataclasses import replace
from datetime import date

from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import ask_about_change_of_series, close
from services.policy.core.approvals.question import SeriesChange, SeriesDate
from services.policy.core.asked_change import as_rejected, why_rejected
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, save_if_changed
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import Explanation, MeetingCancelled
from services.policy.core.holds import keep_hold_if_changed
from services.policy.core.ledger import RefusedRequest
from services.policy.core.notices import SeriesChangeAwaitsApproval, SeriesEditRefused
from services.policy.core.recurring.asked import listing_of, series_asked_for, slice_of
from services.policy.core.recurring.judged import JudgedSeries, answer_series, record_series
from services.policy.core.standing import Standing


def answer_change(case: Case, found: JudgedSeries) -> Decision:
    """Ask about a change of a booked series, or refuse it if it was asked about last and not approved."""
    rejected = case.ledger.rejected
    if rejected is not None and series_asked_for(case, found.to_book).is_left_of(rejected.asked):
        refused = refuse_change(case, found, (why_rejected(rejected),))
        return replace(refused, changes=tuple(as_rejected(each, rejected) for each in refused.changes))
    return _ask_for_change(case, found)


def _ask_for_change(case: Case, found: JudgedSeries) -> Decision:
    reasons, ledger = found.reasons_to_ask, case.ledger
    deleted = _find_deleted(case, found)
    changes: list[Change] = []
    for day, known in ledger.dates.items():
        own = slice_of(ledger, known)
        live = own.live
        if day in deleted:
            changes += end_reservation(own, replace(case.key, original_date=day), MeetingCancelled())
        elif live is not None and live.is_granted:
            kept = replace(
                live,
                refused_request=None,
                kept_without_invitation=False,
                proposed_change=None,
                moving_from=None,
            )
            changes += [*save_if_changed(kept, live, case.now), *keep_hold_if_changed(kept, own)]
            changes += [] if known.question is None else [close(known.question, "superseded", case.now)]
    change = _change_to(case, found, deleted)
    asked, question = ask_about_change_of_series(series_asked_for(case, found.to_book), change, reasons, ledger)
    notice = SeriesChangeAwaitsApproval(
        dates=len(found.to_book), until=change.until, reasons=reasons, deadline=question.deadline_at
    )
    return Decision(
        (
            *changes,
            *asked,
            record_series(case, found, Outcome.TENTATIVE, reasons, is_fact=False),
            case.note_standing(Standing.CHANGE_AWAITS_APPROVAL, None),
            answer_series(case, "tentativelyAccepted", notice),
        ),
        note="series_change_awaits_approval",
    )


def _find_deleted(case: Case, found: JudgedSeries) -> set[date]:
    """Return the dates that were on the calendar when the change was asked about, and were deleted since."""
    question, until = case.ledger.question, listing_of(case).listed_until
    if question is None or question.change is None or question.moves is not None:
        return set()
    to_come = (each for each in question.change.dates if each.window.end > case.now)
    listed = {each.original_date for each in to_come if until is None or each.window.start < until}
    return listed - set(found.planned)


def _change_to(case: Case, found: JudgedSeries, deleted: set[date]) -> SeriesChange:
    """Return what the series is to become, beside what stays booked meanwhile."""
    listing, to_book = listing_of(case), found.to_book
    lives = [slice_of(case.ledger, known).live for day, known in case.ledger.dates.items() if day not in deleted]
    booked = sorted((each.window for each in lives if each is not None), key=lambda each: each.start)
    return SeriesChange(
        recurrence=listing.recurrence,
        time_zone=listing.time_zone,
        window=case.judged.window,
        until=listing.listed_until,
        dates=tuple(
            SeriesDate(
                original_date=day,
                window=each.case.judged.window,
                people=each.case.judged.people,
                left_out=day not in to_book,
            )
            for day, each in sorted(found.planned.items())
        ),
        booked=tuple(booked),
    )


def refuse_change(case: Case, found: JudgedSeries, reasons: tuple[Explanation, ...]) -> Decision:
    """Keep the series as it was, and have holds show its dates as they are booked."""
    is_declined = case.ledger.space.refused_edit == "decline"
    changes: list[Change] = []
    for day, known in case.ledger.dates.items():
        ledger = slice_of(case.ledger, known)
        live, each = ledger.live, found.planned.get(day)
        if live is None:
            continue
        asked = each.case.judged if each is not None else case.judged
        before = live.refused_request
        at = before.at if before is not None and before.window == asked.window else case.now
        refused = RefusedRequest(
            window=asked.window, people=asked.people, reasons=reasons, at=at, leaves_out=each is None
        )
        kept = replace(
            live,
            refused_request=refused,
            kept_without_invitation=is_declined,
            proposed_change=None,
            moving_from=None,
        )
        changes += save_if_changed(kept, live, case.now)
        changes += keep_hold_if_changed(kept, ledger)
    outcome = Outcome.DECLINE if is_declined else Outcome.TENTATIVE
    standing = Standing.DECLINED if is_declined else Standing.PROPOSES_ORIGINAL
    notice = SeriesEditRefused(dates=len(found.planned), reasons=reasons)
    return Decision(
        (
            *changes,
            record_series(case, found, outcome, reasons, is_fact=False),
            case.note_standing(standing, None),
            answer_series(case, "declined" if is_declined else "tentativelyAccepted", notice),
        ),
        note="series_edit_refused",
    )
