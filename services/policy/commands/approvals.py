"""Approvals as everybody is shown them, whether they ask by HTTP, by message or on the command line."""

from uuid import UUID

from libs.common.db import Connection
from libs.contracts.approvals import ApprovalOut, AskedOut, BookedOut, MailOut, OrganizerOut
from services.policy.commands.unknown import UnknownApproval
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
    asked = found.asked
    organizer = None
    if asked.organizer is not None:
        organizer = OrganizerOut(name=found.asker_name, email=asked.organizer)
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
        booked=_show_booked(found),
        reasons=[state_reason(each, found.place) for each in found.reasons],
        approvers=list(found.approvers),
        stand_ins=list(found.stand_ins),
        mails=[MailOut(kind=each.kind, to=each.recipient, at=each.at, state=each.state) for each in found.mails],
        rivals=list(found.rivals),
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        comment=found.comment,
        version=found.version,
        updated_at=found.updated_at,
    )


def _show_booked(found: ShownQuestion) -> BookedOut | None:
    windows = found.booked
    return BookedOut(start=windows[0].start, end=windows[0].end, dates=len(windows)) if windows else None
