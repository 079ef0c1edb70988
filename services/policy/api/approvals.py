"""Approvals: list the questions to administrators, and decide them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.common.db import Connection as Db
from libs.contracts.values import Actor, Reason
from services.policy.api.access import DECIDERS, READERS, actor_of, serves
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Body, MomentOut, Prose
from services.policy.api.openapi import refuses
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.reservation_bodies import OrganizerOut
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.errors import UnknownApproval
from services.policy.commands.questions import Ruled, decide_question
from services.policy.core.approvals.question import AtDeadline, QuestionState
from services.policy.core.place import Place
from services.policy.core.policies.parameters import Moment
from services.policy.core.wording import state_reason
from services.policy.store import questions
from services.policy.store.questions import ShownQuestion, WantedQuestions

router = APIRouter(prefix="/v1/approvals", tags=["approvals"], route_class=JsonRoute)


class AskedOut(BaseModel):
    """What an administrator is asked to allow; of a series, `start` and `end` are those of its first date."""

    start: MomentOut
    end: MomentOut
    dates: Annotated[int, Field(description="How many dates are asked for: more than 1 only of a series.")]
    time_zone: str
    title: str
    organizer: OrganizerOut | None
    attendee_count: int


class ApprovalOut(BaseModel):
    """A question to administrators: whether a reservation that waits for them may be booked."""

    id: UUID
    state: Annotated[
        QuestionState,
        Field(
            description="A question is withdrawn with its reservation, and superseded when more is asked for, or when "
            "what is asked for needs no approval any more."
        ),
    ]
    reservation_id: Annotated[UUID | None, Field(description="Null if it is about a series.")]
    group_id: Annotated[UUID | None, Field(description="The series, all of whose dates it is about.")]
    space_id: UUID
    asked_at: Annotated[MomentOut, Field(description="When this was first asked, in this question or an earlier one.")]
    deadline_at: MomentOut | None
    at_deadline: Annotated[AtDeadline, Field(description="What becomes of it at the deadline, if nobody decides.")]
    asked: AskedOut
    reasons: Annotated[list[Reason], Field(description="The rules that leave it to an administrator.")]
    approvers: list[str]
    stand_ins: list[str]
    rivals: Annotated[list[UUID], Field(description="Reservations that wait for the same time.")]
    decided_by: Actor | None
    decided_at: Annotated[MomentOut | None, Field(description="When it was closed, by whomever or whatever.")]
    comment: str | None
    version: int
    updated_at: MomentOut


class ApprovalList(BaseModel):
    """Questions in the order in which they were asked; `next` is the cursor of the next page, null on the last."""

    items: list[ApprovalOut]
    next: str | None


class ApprovalFilter(BaseModel):
    """Which questions to list."""

    model_config = ConfigDict(extra="forbid")

    state: QuestionState | None = None
    space_id: UUID | None = None
    reservation_id: UUID | None = None
    group_id: UUID | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class ApprovalDecision(Body):
    """What to say about a decision."""

    comment: Annotated[Prose | None, Field(description="What the organizer is told with it.")] = None


@router.get("", dependencies=serves(READERS))
async def list_approvals(wanted: Annotated[ApprovalFilter, Query()], context: Context) -> ApprovalList:
    """List the questions, those that were asked first before the others."""
    after = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    filters = WantedQuestions(wanted.state, wanted.space_id, wanted.reservation_id, wanted.group_id)
    async with context.reading() as conn:
        found = await questions.page(conn, filters, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].asked_at.isoformat(), shown[-1].id) if len(found) > wanted.limit else None
    return ApprovalList(items=[_show(each) for each in shown], next=more)


@router.get("/{approval_id}", response_model=ApprovalOut, dependencies=serves(READERS))
async def read_approval(approval_id: UUID, context: Context, known: Known) -> Response:
    """Read one question."""
    async with context.reading() as conn:
        found = await questions.read(conn, approval_id)
    if found is None:
        raise UnknownApproval(approval_id)
    return answer_reader(_show(found), known)


@router.post(
    "/{approval_id}/approve", response_model=ApprovalOut, dependencies=serves(DECIDERS), responses=refuses(404, 409)
)
async def approve(
    request: Request,
    approval_id: UUID,
    context: Context,
    expected: ExpectedVersion,
    *,
    claim: Claimed,
    body: ApprovalDecision | None = None,
) -> Response:
    """Book what was asked for; the organizer is told. Whoever decides second learns who was first."""
    return await _decide(request, context, approval_id, "approve", body, expected=expected, claim=claim)


@router.post(
    "/{approval_id}/reject", response_model=ApprovalOut, dependencies=serves(DECIDERS), responses=refuses(404, 409)
)
async def reject(
    request: Request,
    approval_id: UUID,
    context: Context,
    expected: ExpectedVersion,
    *,
    claim: Claimed,
    body: ApprovalDecision | None = None,
) -> Response:
    """Decline what was asked for; the organizer is told. Whoever decides second learns who was first."""
    return await _decide(request, context, approval_id, "reject", body, expected=expected, claim=claim)


async def _decide(
    request: Request,
    context: Context,
    approval_id: UUID,
    ruling: Literal["approve", "reject"],
    body: ApprovalDecision | None,
    *,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    by, ruled = actor_of(request), Ruled(ruling, (body.comment or None) if body else None)

    async def work(conn: Db) -> Done:
        messages = await decide_question(
            conn, approval_id, ruled, expected_version=expected, patience=context.patience, by=by
        )
        found = await questions.read(conn, approval_id)
        if found is None:
            raise UnknownApproval(approval_id)
        shown = _show(found)
        headers = {"ETag": etag(shown)}
        return Done(200, shown.model_dump(mode="json"), headers, tuple(messages))

    return await perform(request, context, work, claim)


def _show(found: ShownQuestion) -> ApprovalOut:
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
