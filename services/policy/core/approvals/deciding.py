"""Decide a question: book what was asked for, or decline it, and have Outlook show that.

What was asked for is not judged again: the policies left it to an administrator, and its time was held meanwhile. Where
it was not, because several compete for it, the caller sees to it that the time is free, or else it gives way.
"""

from dataclasses import replace
from typing import Literal
from uuid import uuid5

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Actor, Outcome
from services.policy.core.approvals.asking import close
from services.policy.core.approvals.competing import find_in_the_way
from services.policy.core.approvals.question import Question
from services.policy.core.approvals.series_change import book_change, leave_series
from services.policy.core.changes import (
    NOTHING,
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
from services.policy.core.groups.deciding import book_group_change
from services.policy.core.holds import drop_hold, keep_hold_if_changed
from services.policy.core.invited import answer_known_invitation, answer_known_series, take_room_off
from services.policy.core.ledger import Judged, Reservation, Slice
from services.policy.core.notices import Approved, Declined, SeriesApproved, SeriesDeclined
from services.policy.core.recurring.asked import waiting_dates
from services.policy.core.recurring.ending import decline_waiting
from services.policy.core.standing import Standing

Decided = Literal["approved", "rejected", "expired"]


def approve(question: Question, ledger: Slice, comment: str | None, by: Actor) -> Decision:
    """Book what was asked for."""
    closed = _close(question, "approved", ledger, by, comment)
    return _book(closed, ledger, ApprovedByAdministrator(comment=comment))


def approve_move(question: Question, ledger: Slice, comment: str | None, by: Actor) -> SaveQuestion:
    """Close the question about a move of a meeting in Outlook as approved; making it is another decision."""
    return _close(question, "approved", ledger, by, comment)


def approve_move_at_deadline(question: Question, ledger: Slice) -> SaveQuestion | None:
    """Close the question about a move as one that is approved by its deadline; None if it is no such, or not due."""
    is_due = question.due_at <= ledger.now < question.asked.ends_at
    if question.moves is None or not is_due or question.at_deadline != "approve":
        return None
    return _close(question, "expired", ledger)


def reject(question: Question, ledger: Slice, comment: str | None, by: Actor) -> Decision:
    """Decline what was asked for."""
    closed = _close(question, "rejected", ledger, by, comment)
    return _decline(closed, ledger, RejectedByAdministrator(comment=comment))


def expire(question: Question, ledger: Slice) -> Decision:
    """Do what is to happen at the deadline of a question, or at the end of what it is about; nothing before that.

    What would be approved, and competes for time that another has by then, gives way.
    """
    ends_at, now = question.asked.ends_at, ledger.now
    if question.due_at > now:
        return Decision(note="not_due")
    closed = _close(question, "expired", ledger)
    deadline = question.deadline_at or ends_at
    if ends_at > now and question.at_deadline == "approve":
        if find_in_the_way(question, ledger):
            return give_way(question, ledger)
        return _book(closed, ledger, ApprovedAtDeadline(deadline=deadline))
    return _decline(closed, ledger, NotApprovedInTime(deadline=deadline))


def give_way(question: Question, ledger: Slice) -> Decision:
    """Decline what competes for time that another has by now; nothing if the time is free after all.

    A booking whose change it is stays as it is. The organizer keeps the room on the event, to choose another time.
    """
    in_the_way = find_in_the_way(question, ledger)
    if not in_the_way:
        return NOTHING
    closed, about = close(question, "superseded", ledger.now), _asked_about(ledger)
    if about.status == "confirmed":
        return _leave_as_booked(closed, about, ledger, in_the_way)
    declined = _declined(about, ledger, in_the_way)
    answer = answer_known_invitation(declined, ledger, Standing.DECLINED, Declined(reasons=in_the_way))
    changes = (Save(declined, about), closed, record_of(declined), *answer, *drop_hold(ledger))
    return Decision(changes, note="gave_way")


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
    if asked.names_organizer:
        changed = replace(changed, organizer_address=asked.organizer, organizer_name=asked.organizer_name)
    booked = replace(_approved(changed, ledger, why), refused_request=None)
    answer = answer_known_invitation(booked, ledger, Standing.ACCEPTED, Approved(why=why))
    is_held = booked.ical_uid is None or booked.kept_without_invitation
    held = keep_hold_if_changed(booked, ledger) if is_held else []
    return Decision((Save(booked, before), closed, record_of(booked), *answer, *held), note="approved")


def _book_series(closed: SaveQuestion, ledger: Slice, why: Explanation) -> Decision:
    change = closed.question.change
    if change is not None:
        book = book_change if change.group is None else book_group_change
        return book(closed, change, ledger, why)
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
        return _leave_as_booked(closed, pending, ledger, (why,))
    declined = _declined(pending, ledger, (why,))
    answer = answer_known_invitation(declined, ledger, Standing.DECLINED, Declined(reasons=(why,)))
    off = take_room_off(answer, ledger)
    changes = (Save(declined, pending), closed, record_of(declined), *off, *drop_hold(ledger))
    return Decision(changes, note="rejected")


def _declined(pending: Reservation, ledger: Slice, reasons: tuple[Explanation, ...]) -> Reservation:
    return replace(
        pending,
        status="declined",
        competes=False,
        outcome=Outcome.DECLINE,
        reasons=reasons,
        version=pending.version + 1,
        updated_at=ledger.now,
    )


def _leave_as_booked(
    closed: SaveQuestion, booked: Reservation, ledger: Slice, reasons: tuple[Explanation, ...]
) -> Decision:
    """Leave a booking as it is, and have the meeting looked at: its change is refused by what it is then."""
    question, meeting, key = closed.question, ledger.meeting, booked.key
    asked = Judged(window=question.asked.window, organizer=question.asked.organizer, people=question.asked.people)
    record = Record(key, booked.id, Outcome.DECLINE, reasons, asked)
    if not isinstance(key, MeetingKey) or meeting is None or question.moves is not None:
        return Decision((closed, record), note="change_rejected")
    unjudged = NoteMeeting(key, replace(meeting, standing=None))
    look = LookAgain(uuid5(question.id, "rejected"), key.ical_uid, ())
    return Decision((closed, record, unjudged, look), note="change_rejected")


def _decline_series(closed: SaveQuestion, ledger: Slice, why: Explanation) -> Decision:
    if closed.question.change is not None:
        return leave_series(closed, ledger, (why,))
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
        competes=False,
        outcome=Outcome.ACCEPT,
        reasons=(why,),
        version=pending.version + 1,
        updated_at=ledger.now,
    )


def _asked_about(ledger: Slice) -> Reservation:
    if ledger.reservation is None or not ledger.reservation.is_live:
        raise LookupError("the question is about no live reservation")
    return ledger.reservation
