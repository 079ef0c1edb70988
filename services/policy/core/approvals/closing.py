"""Close the question about what is pending no longer, whatever brought that about."""

from dataclasses import replace
from typing import Literal
from uuid import UUID

from libs.contracts.keys import MeetingKey
from services.policy.core.approvals.asking import close
from services.policy.core.approvals.question import Question
from services.policy.core.changes import Decision, NoteMeeting, Save, SaveGroup, SaveQuestion
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.recurring.asked import questions_of_dates, waiting_dates
from services.policy.core.standing import Standing


def close_questions(ledger: Slice, decision: Decision) -> Decision:
    """Return a decision that also closes the questions that it leaves with nothing pending to decide about.

    A question is withdrawn with what it is about, and superseded where some of that can be booked without it.
    """
    saved = {each.reservation.id: each.reservation for each in decision.changes if isinstance(each, Save)}
    asked = {each.question.id for each in decision.changes if isinstance(each, SaveQuestion)}
    open_questions = [each for each in (ledger.question, *questions_of_dates(ledger)) if each is not None]
    closed = [
        close(each, state, ledger.now)
        for each in open_questions
        if each.id not in asked and (state := _find_state(each, ledger, decision, saved)) is not None
    ]
    return replace(decision, changes=(*decision.changes, *closed)) if closed else decision


def _find_state(
    question: Question, ledger: Slice, decision: Decision, saved: dict[UUID, Reservation]
) -> Literal["superseded", "withdrawn"] | None:
    """Return how a question is closed by a decision; None if it stays."""
    if question.moves is not None:
        return _find_state_of_move(question, ledger, decision, saved)
    if question.change is not None:
        return _find_state_of_change(ledger, decision)
    ended = _find_ended(question, ledger, saved) or _find_answered(question, ledger, decision)
    if not ended:
        return None
    return "superseded" if any(each.is_live for each in ended) else "withdrawn"


def _find_state_of_change(ledger: Slice, decision: Decision) -> Literal["superseded", "withdrawn"] | None:
    """Return how the question about a change of a booked series is closed: it ends, or is answered otherwise."""
    group = ledger.group
    if group is None:
        return None
    ended = [each for each in decision.changes if isinstance(each, SaveGroup) and each.group.status == "cancelled"]
    if any(each.group.id == group.id for each in ended):
        return "withdrawn"
    key = MeetingKey(ledger.space.id, group.ical_uid) if group.ical_uid is not None else None
    noted = [each.meeting.standing for each in decision.changes if isinstance(each, NoteMeeting) and each.key == key]
    return "superseded" if any(each is not None and not each.awaits_approval for each in noted) else None


def _find_state_of_move(
    question: Question, ledger: Slice, decision: Decision, saved: dict[UUID, Reservation]
) -> Literal["superseded", "withdrawn"] | None:
    """Return how the question whether a meeting in Outlook may be moved is closed: it ends, or is not as it was booked.

    A date of a series that ended by itself is only asked for no more.
    """
    asked = [each for each in ledger.reservations if _is_asked_about(each, question) and each.is_live]
    now = [(each, saved[each.id]) for each in asked if each.id in saved]
    if question.group_id is None and any(not after.is_live for _, after in now):
        return "withdrawn"
    if ledger.group is not None and _find_state_of_change(ledger, decision) == "withdrawn":
        return "withdrawn"
    keys = {each.key for each in asked} | {MeetingKey(each.space_id, each.ical_uid or "") for each in asked}
    noted = [each.meeting.standing for each in decision.changes if isinstance(each, NoteMeeting) and each.key in keys]
    is_elsewhere = any(each not in {None, Standing.ACCEPTED, Standing.PROPOSES_CHANGE} for each in noted)
    has_changed = any(after.is_live and after.judged != before.judged for before, after in now)
    return "superseded" if is_elsewhere or has_changed else None


def _is_asked_about(booked: Reservation, question: Question) -> bool:
    if question.change is None:
        return booked.id == question.reservation_id
    return booked.group_id == question.group_id and booked.original_date in question.change.days


def _find_answered(question: Question, ledger: Slice, decision: Decision) -> list[Reservation]:
    """Return the booking of which a change was asked about, if its meeting is answered otherwise now."""
    about = [each for each in ledger.reservations if each.id == question.reservation_id]
    noted = {each.key: each.meeting.standing for each in decision.changes if isinstance(each, NoteMeeting)}

    def is_answered(booked: Reservation) -> bool:
        standing = noted.get(booked.key) if isinstance(booked.key, MeetingKey) else None
        return booked.status == "confirmed" and standing is not None and not standing.awaits_approval

    return [each for each in about if is_answered(each)]


def _find_ended(question: Question, ledger: Slice, saved: dict[UUID, Reservation]) -> list[Reservation]:
    """Return what was pending until now by a question, as it is now; nothing if some of it is still pending."""
    if question.reservation_id is not None:
        after = saved.get(question.reservation_id)
        if after is None or after.status == "pending":
            return []
        was_pending = any(each.id == after.id and each.status == "pending" for each in ledger.reservations)
        return [after] if was_pending or not after.is_live else []
    now = [saved.get(each.id, each) for each, _ in waiting_dates(ledger)]
    new = [each for each in saved.values() if each.group_id == question.group_id]
    is_left = any(each.status == "pending" for each in (*now, *new))
    return [] if is_left else now
