"""Decide a question: book what was asked for, or decline it, and have Outlook show that.

What was asked for is not judged again: the policies left it to an administrator, and its time was held meanwhile.
"""

from dataclasses import replace
from typing import Literal
from uuid import uuid5

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Actor, Outcome
from services.policy.core.approvals.question import Question
from services.policy.core.changes import (
    Change,
    Decision,
    LookAgain,
    NoteMeeting,
    Record,
    Save,
    SaveQuestion,
    record_of,
)
from services.policy.core.explanations import (
    ApprovedAtDeadline,
    ApprovedByAdministrator,
    Explanation,
    NotApprovedInTime,
    RejectedByAdministrator,
)
from services.policy.core.holds import drop_hold
from services.policy.core.invited import answer_known_invitation, answer_known_series, take_room_off
from services.policy.core.ledger import Judged, Reservation, Slice, Standing
from services.policy.core.notices import Approved, Declined, SeriesApproved, SeriesDeclined
from services.policy.core.recurring.asked import waiting_dates
from services.policy.core.recurring.ending import decline_waiting

Decided = Literal["approved", "rejected", "expired"]


def approve(question: Question, ledger: Slice, comment: str | None, by: Actor) -> Decision:
    """Book what was asked for."""
    closed = _close(question, "approved", ledger, by, comment)
    return _book(closed, ledger, ApprovedByAdministrator(comment=comment))


def reject(question: Question, ledger: Slice, comment: str | None, by: Actor) -> Decision:
    """Decline what was asked for."""
    closed = _close(question, "rejected", ledger, by, comment)
    return _decline(closed, ledger, RejectedByAdministrator(comment=comment))


def expire(question: Question, ledger: Slice) -> Decision:
    """Do what is to happen at the deadline of a question, or at the end of what it is about; nothing before that."""
    ends_at, now = question.asked.ends_at, ledger.now
    if question.due_at > now:
        return Decision(note="not_due")
    closed = _close(question, "expired", ledger)
    deadline = question.deadline_at or ends_at
    if ends_at > now and question.at_deadline == "approve":
        return _book(closed, ledger, ApprovedAtDeadline(deadline=deadline))
    return _decline(closed, ledger, NotApprovedInTime(deadline=deadline))


def _close(
    question: Question, state: Decided, ledger: Slice, by: Actor | None = None, comment: str | None = None
) -> SaveQuestion:
    closed = replace(
        question,
        state=state,
        decided_at=ledger.now,
        decided_by=by,
        comment=comment,
        version=question.version + 1,
        updated_at=ledger.now,
    )
    return SaveQuestion(closed, question)


def _book(closed: SaveQuestion, ledger: Slice, why: Explanation) -> Decision:
    if closed.question.group_id is not None:
        return _book_series(closed, ledger, why)
    before, asked = _asked_about(ledger), closed.question.asked
    window = asked.window
    changed = replace(before, starts_at=window.start, ends_at=window.end, attendee_count=asked.people)
    booked = replace(_approved(changed, ledger, why), refused_request=None)
    answer = answer_known_invitation(booked, ledger, Standing.ACCEPTED, Approved(why=why))
    return Decision((Save(booked, before), closed, record_of(booked), *answer), note="approved")


def _book_series(closed: SaveQuestion, ledger: Slice, why: Explanation) -> Decision:
    waiting = waiting_dates(ledger)
    if not waiting:
        return _leave_nothing(closed)
    changes: list[Change] = []
    for pending, _ in waiting:
        booked = _approved(pending, ledger, why)
        changes += [Save(booked, pending), record_of(booked)]
    until = ledger.group.materialised_until if ledger.group is not None else None
    notice = SeriesApproved(dates=len(waiting), why=why, until=until)
    return Decision((closed, *changes, *answer_known_series(ledger, Standing.ACCEPTED, notice)), note="approved")


def _decline(closed: SaveQuestion, ledger: Slice, why: Explanation) -> Decision:
    if closed.question.group_id is not None:
        return _decline_series(closed, ledger, why)
    pending = _asked_about(ledger)
    if pending.status == "confirmed":
        return _leave_as_booked(closed, pending, ledger, why)
    declined = replace(
        pending,
        status="declined",
        outcome=Outcome.DECLINE,
        reasons=(why,),
        version=pending.version + 1,
        updated_at=ledger.now,
    )
    answer = answer_known_invitation(declined, ledger, Standing.DECLINED, Declined(reasons=(why,)))
    off = take_room_off(answer, ledger)
    changes = (Save(declined, pending), closed, record_of(declined), *off, *drop_hold(ledger))
    return Decision(changes, note="rejected")


def _leave_as_booked(closed: SaveQuestion, booked: Reservation, ledger: Slice, why: Explanation) -> Decision:
    """Leave a booking as it is, and have the meeting looked at: its change is refused by what it is then."""
    question, meeting, key = closed.question, ledger.meeting, booked.key
    asked = Judged(window=question.asked.window, organizer=question.asked.organizer, people=question.asked.people)
    record = Record(key, booked.id, Outcome.DECLINE, (why,), asked)
    if not isinstance(key, MeetingKey) or meeting is None:
        return Decision((closed, record), note="change_rejected")
    unjudged = NoteMeeting(key, replace(meeting, standing=None))
    look = LookAgain(uuid5(question.id, "rejected"), key.ical_uid, ())
    return Decision((closed, record, unjudged, look), note="change_rejected")


def _decline_series(closed: SaveQuestion, ledger: Slice, why: Explanation) -> Decision:
    dates = len(waiting_dates(ledger))
    if not dates:
        return _leave_nothing(closed)
    answer = answer_known_series(ledger, Standing.DECLINED, SeriesDeclined(dates=dates, reasons=(why,)))
    changes = (closed, *decline_waiting(ledger, (why,)), *take_room_off(answer, ledger))
    return Decision(changes, note="rejected")


def _leave_nothing(closed: SaveQuestion) -> Decision:
    """Close the question about a series whose dates ended one after the other, of which the organizer was told then."""
    return Decision((closed,), note="nothing_left")


def _approved(pending: Reservation, ledger: Slice, why: Explanation) -> Reservation:
    return replace(
        pending,
        status="confirmed",
        outcome=Outcome.ACCEPT,
        reasons=(why,),
        version=pending.version + 1,
        updated_at=ledger.now,
    )


def _asked_about(ledger: Slice) -> Reservation:
    if ledger.reservation is None or not ledger.reservation.is_live:
        raise LookupError("the question is about no live reservation")
    return ledger.reservation
