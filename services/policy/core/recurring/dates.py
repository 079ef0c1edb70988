"""What becomes of one date of a series: booked with the series, or answered by itself."""

from dataclasses import replace

from libs.contracts.values import Answer, Outcome
from services.policy.core.answering import answer_invitation, decline
from services.policy.core.case import Case
from services.policy.core.changes import (
    Change,
    Record,
    Want,
    judged_on,
    record_verdict,
    save_if_changed,
    succeed_past,
)
from services.policy.core.explanations import CancelledByAdministrator
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold
from services.policy.core.ledger import ReservationGroup
from services.policy.core.notices import Booked, Declined, TakenAway
from services.policy.core.recurring.asked import PlannedDate
from services.policy.core.recurring.judge import JudgedDate
from services.policy.core.recurring.proposed import stay_wanted
from services.policy.core.standing import Standing
from services.policy.core.taken_over import take_over
from services.policy.core.verdict import Accept, NeedsApproval, Refuse


def book_with_series(
    planned: PlannedDate, judged: JudgedDate, verdict: Accept, group: ReservationGroup
) -> list[Change]:
    """Book a date that the answer to its series covers; one that had another answer of its own gets this one too."""
    case = case_as_judged(planned, judged, group)
    booked = stay_wanted(replace(case.reserve(), policies=verdict.judged_by, warnings=verdict.told), planned.live)
    record = record_verdict(case.key, booked.id, Outcome.ACCEPT, (), judged.asked.request, verdict)
    return [
        *succeed_past(case.ledger.past),
        *save_if_changed(booked, planned.live, case.now),
        replace(record, judged_on=case.ledger),
        *_answer_again(planned),
        *(drop_hold(case.ledger) if booked.proposed_change is None else []),
    ]


def hold_with_series(planned: PlannedDate, judged: JudgedDate, group: ReservationGroup) -> list[Change]:
    """Hold a date that waits for an administrator with its series, whether or not it needs approval by itself."""
    case, verdict = case_as_judged(planned, judged, group), judged.verdict
    reasons = verdict.reasons if isinstance(verdict, NeedsApproval) else ()
    held = replace(
        case.reserve(),
        status="pending",
        outcome=Outcome.TENTATIVE,
        reasons=reasons,
        policies=verdict.judged_by,
        warnings=verdict.warnings,
    )
    record = record_verdict(case.key, held.id, Outcome.TENTATIVE, reasons, judged.asked.request, verdict)
    if not isinstance(verdict, NeedsApproval):
        record = replace(record, asked=None)  # what is decided does not follow from this verdict alone
    return [
        *succeed_past(case.ledger.past),
        *save_if_changed(held, planned.live, case.now),
        replace(record, judged_on=case.ledger),
        *drop_hold(case.ledger),
    ]


def keep_with_series(planned: PlannedDate) -> list[Change]:
    """Keep a date that is booked as it stands; nothing is left of an edit that was refused before.

    One that had another answer of its own gets that of the series. What the room proposes for this date is proposed as
    before.
    """
    live = planned.live
    if live is None:
        return []
    kept = replace(live, refused_request=None, kept_without_invitation=False, moving_from=None)
    saved = save_if_changed(kept, live, planned.case.now)
    if live.proposed_change is not None:
        return [*saved]
    return [*saved, *_answer_again(planned), *drop_hold(planned.case.ledger)]


def answer_date(planned: PlannedDate, judged: JudgedDate, group: ReservationGroup) -> list[Change]:
    """Answer a date by itself, as a single meeting is answered; nobody is mailed what is shown already."""
    case = case_as_judged(planned, judged, group)
    decided = answer_invitation(case, judged.verdict)
    is_shown = planned.occurrence.answer is Answer.ACCEPTED and planned.live is None
    return [_say_once(each, case, is_shown=is_shown) for each in decided.changes]


def decline_date(
    planned: PlannedDate, judged: JudgedDate, verdict: NeedsApproval | Refuse, group: ReservationGroup
) -> list[Change]:
    """Decline a date of a series that is booked otherwise; a reservation that it had before ends."""
    case = case_as_judged(planned, judged, group)
    refused = Refuse(verdict.reasons, verdict.warnings, verdict.judged_by)
    decided = decline(case, refused, Declined(reasons=verdict.reasons))
    return [_say_once(each, case, is_shown=False) for each in decided.changes]


def take_over_date(planned: PlannedDate, judged: JudgedDate, group: ReservationGroup) -> list[Change]:
    """Take over a date that was accepted before the mapping, though others had some of its time; nobody is answered."""
    case = case_as_judged(planned, judged, group)
    return judged_on(case.ledger, take_over(case).changes)


def decline_taken_away(planned: PlannedDate) -> list[Change]:
    """Decline a date that the back office does not want booked, before it is."""
    case = planned.case
    return [
        case.record(Outcome.DECLINE, (CancelledByAdministrator(),), None),
        case.note_standing(Standing.DECLINED, None),
        case.answer("declined", TakenAway(), None),
    ]


def case_as_judged(planned: PlannedDate, judged: JudgedDate, group: ReservationGroup) -> Case:
    """Return the case of a date on the slice that it was judged on."""
    found = judged.ledger
    ledger = replace(planned.case.ledger, taken=found.taken, bookings=found.bookings, group=group)
    return replace(planned.case, ledger=ledger)


def _say_once(change: Change, case: Case, *, is_shown: bool) -> Change:
    match change:
        case Record():
            return replace(change, judged_on=case.ledger)
        case Want(goal=GiveAnswer(answer="accepted")) if is_shown:
            return replace(change, is_shown=True)
        case _:
            return change


def _answer_again(planned: PlannedDate) -> list[Change]:
    """Accept a date by itself that was answered otherwise by itself; the answer to the series may not reach it."""
    intent, known = planned.known.intent, planned.known.meeting
    if known is None:
        return []
    noted = planned.case.note_standing(Standing.ACCEPTED, planned.live.id if planned.live else planned.case.new_id)
    if intent is None or not isinstance(intent.wanted, GiveAnswer) or intent.wanted.answer == "accepted":
        return [noted]
    return [noted, planned.case.answer("accepted", Booked(), noted.meeting.reservation_id)]
