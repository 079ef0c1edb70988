"""Settle what is over: nobody is answered any more, and the ledger says so instead of leaving it open.

A reservation whose meeting was over before its answer was on the calendar stays as it was, with that remark. An
invitation that was over before it was judged is declined in the ledger, and nothing is written in Outlook. What ended
before the space was mapped is none of ours.
"""

from dataclasses import replace

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Record, Save, save_if_changed
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import MovedToThePast, NotAnswered
from services.policy.core.ledger import Slice
from services.policy.core.standing import Standing

_UNANSWERED = {Answer.NONE, Answer.NOT_RESPONDED}


def leave_past(case: Case) -> Decision:
    """Note a meeting that is over, without answering it.

    A meeting that was moved into the past no longer needs the time it had. It is too late to tell the organizer, and
    keeping the room would block it for a meeting that Outlook does not show.
    """
    seen, before = case.see(), case.known.judged
    has_moved = before is not None and before.window != case.judged.window
    freed = end_reservation(case.ledger, case.key, MovedToThePast()) if has_moved else []
    if freed:
        unjudged = replace(seen, judged=None, standing=None, moved_back_from=None, pending_look=None)
        return Decision((case.note(unjudged), *freed), note="moved_to_the_past")
    if case.known.standing is None and _came_too_late(case):
        return _decline_without_a_word(case)
    remarked = [] if has_moved or not _was_never_shown(case) else remark_not_answered(case.ledger, case.key)
    return Decision((case.note(seen), *remarked), note="over_unanswered" if remarked else "over")


def remark_not_answered(ledger: Slice, key: MeetingKey) -> list[Change]:
    """Say of a reservation that is over that its meeting was never answered; nothing if that is said already."""
    past = ledger.past
    if past is None or any(isinstance(each, NotAnswered) for each in past.reasons):
        return []
    why = NotAnswered(end=past.ends_at)
    after = replace(past, reasons=(*past.reasons, why), version=past.version + 1, updated_at=ledger.now)
    return [Save(after, past), Record(key, past.id, past.outcome, (why,), past.judged)]


def _was_never_shown(case: Case) -> bool:
    """Whether nobody ever saw the answer that was decided on the calendar."""
    standing = case.known.standing
    if standing is None or not standing.holds_the_room:
        return False
    return standing.shows_as not in {case.meeting.answer, case.known.shown_answer}


def _came_too_late(case: Case) -> bool:
    """Whether an invitation of which the ledger knows nothing still waits for an answer that we owe."""
    mapped_at = case.ledger.space.mapped_at
    is_ours = mapped_at is not None and case.meeting.end > mapped_at and case.ledger.reservation is None
    return is_ours and case.meeting.answer in _UNANSWERED


def _decline_without_a_word(case: Case) -> Decision:
    ledger, why = case.ledger, (NotAnswered(end=case.meeting.end),)
    asked = case.reserve()
    late = replace(asked, id=case.new_id, status="declined", outcome=Outcome.DECLINE, reasons=why)
    return Decision(
        (
            *save_if_changed(late, None, ledger.now),
            case.record(Outcome.DECLINE, why, late.id),
            case.note_standing(Standing.DECLINED, late.id),
        ),
        note="over_unanswered",
    )
