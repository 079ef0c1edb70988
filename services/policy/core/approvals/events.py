"""Build the events that tell other services about a question."""

from libs.contracts.events import ApprovalDecided, ApprovalEvent, ApprovalExpired, ApprovalRequested
from libs.contracts.titles import PRIVATE
from libs.contracts.values import Person
from services.policy.core.approvals.question import Question
from services.policy.core.changes import SaveQuestion
from services.policy.core.ledger import Reservation
from services.policy.core.place import Place
from services.policy.core.wording import state_reason


def announce_question(change: SaveQuestion, about: Reservation, place: Place) -> list[ApprovalEvent]:
    """Return the event about a question that was asked or closed; none if it only asks for less than before."""
    question, before = change.question, change.before
    if before is None:
        return [_event(ApprovalRequested, question, about, place)]
    if question.state == before.state:
        return []
    return [_event(ApprovalExpired if question.state == "expired" else ApprovalDecided, question, about, place)]


def _event(kind: type[ApprovalEvent], question: Question, about: Reservation, place: Place) -> ApprovalEvent:
    organizer = None
    if question.asked.names_organizer and question.asked.organizer is not None:
        organizer = Person(address=question.asked.organizer, name=question.asked.organizer_name)
    elif about.organizer_address is not None:
        organizer = Person(address=about.organizer_address, name=about.organizer_name)
    return kind(
        space_id=question.space_id,
        space_name=place.name,
        approval_id=question.id,
        reservation_id=question.reservation_id,
        group_id=question.group_id,
        dates=len(question.asked.windows),
        version=question.version,
        state=question.state,
        window=question.asked.window,
        time_zone=about.time_zone,
        title=PRIVATE if about.is_private else about.title,
        is_private=about.is_private,
        organizer=organizer,
        attendee_count=question.asked.people,
        reasons=tuple(state_reason(each, place) for each in question.reasons),
        approvers=question.approvers,
        stand_ins=question.stand_ins,
        asked_at=question.asked_at,
        deadline_at=question.deadline_at,
        decided_at=question.decided_at,
        decided_by=question.decided_by,
        comment=question.comment,
    )
