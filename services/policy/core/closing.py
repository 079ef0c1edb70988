"""Decide about what the calendar of a closing space shows: every invitation that is not over is declined.

The space was deleted, and its reservations were cancelled with it. An invitation that was moved or sent just then would
otherwise be answered by nobody.
"""

from dataclasses import replace

from libs.contracts.values import Answer, Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Decision, Want
from services.policy.core.explanations import CancelledByAdministrator
from services.policy.core.freshness import is_of_another_mailbox, is_stale
from services.policy.core.goals import GiveAnswer
from services.policy.core.notices import TakenAway
from services.policy.core.standing import Standing

NO_LONGER_BOOKABLE = "This room can no longer be booked."


def decide_while_closing(case: Case) -> Decision:
    """Decline an invitation that the room has not declined yet; nothing about anything else."""
    if is_of_another_mailbox(case) or is_stale(case):
        return Decision(note="stale")
    if not _is_to_be_declined(case):
        return Decision(note="closing")
    if _is_being_declined(case):
        return Decision(note="in_flight")
    goal = GiveAnswer(
        ical_uid=case.meeting.ical_uid,
        event_id=case.meeting.event_id,
        answer="declined",
        notice=TakenAway(comment=NO_LONGER_BOOKABLE),
        judged=case.judged.window,
        pattern=case.judged.pattern,
    )
    noted = case.note(replace(case.see(), judged=case.judged, standing=Standing.DECLINED, pending_look=None))
    about = case.known.reservation_id
    reasons = (CancelledByAdministrator(comment=NO_LONGER_BOOKABLE),)
    return Decision((noted, case.record(Outcome.DECLINE, reasons, about), Want(case.key, goal, about)), note="declined")


def _is_to_be_declined(case: Case) -> bool:
    meeting = case.observation.meeting
    if meeting is None or meeting.is_room_owned or meeting.is_cancelled or meeting.is_unreadable:
        return False
    is_over = meeting.window.end <= case.now and not meeting.is_series
    return not is_over and meeting.answer is not Answer.DECLINED


def _is_being_declined(case: Case) -> bool:
    intent = case.ledger.intent
    if intent is None or not isinstance(intent.wanted, GiveAnswer) or intent.wanted.answer != "declined":
        return False
    is_same = (intent.wanted.judged, intent.wanted.pattern) == (case.judged.window, case.judged.pattern)
    return is_same and intent.is_awaited(case.observation.observed_at)
