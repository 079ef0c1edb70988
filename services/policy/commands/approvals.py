"""Approvals as everybody is shown them, whether they ask by HTTP, by message or on the command line."""

from uuid import UUID

from libs.common.db import Connection
from libs.contracts.approvals import ApprovalOut, AskedOut, OrganizerOut
from services.policy.commands.errors import UnknownApproval
from services.policy.core.place import Place
from services.policy.core.wording import state_reason
from services.policy.store import questions
from services.policy.store.questions import ShownQuestion


async def read_approval(conn: Connection, approval_id: UUID) -> ApprovalOut:
    """Read one approval. Raises `UnknownApproval`."""
    found = await questions.read(conn, approval_id)
    if found is None:
        raise UnknownApproval(approval_id)
    return show_approval(found)


def show_approval(found: ShownQuestion) -> ApprovalOut:
    """Return what people are shown of a question, its reasons in words."""
    place = Place(found.space_name, found.time_zone)
    asked = found.asked
    organizer = None
    if asked.organizer is not None:
        organizer = OrganizerOut(name=found.organizer_name, email=asked.organizer)
    return ApprovalOut(
        id=found.id,
        state=found.state,
        reservation_id=found.reservation_id,
        group_id=found.group_id,
        space_id=found.space_id,
        asked_at=found.asked_at,
        deadline_at=found.deadline_at,
        at_deadline=found.at_deadline,
        asked=AskedOut(
            start=asked.window.start,
            end=asked.window.end,
            dates=len(asked.windows),
            time_zone=found.time_zone,
            title=found.title,
            organizer=organizer,
            attendee_count=asked.people,
        ),
        reasons=[state_reason(each, place) for each in found.reasons],
        approvers=list(found.approvers),
        stand_ins=list(found.stand_ins),
        rivals=[],
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        comment=found.comment,
        version=found.version,
        updated_at=found.updated_at,
    )
