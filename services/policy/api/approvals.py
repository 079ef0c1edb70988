"""Approvals: list the questions to administrators, and decide them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.common.db import Connection as Db
from libs.contracts.approvals import ApprovalOut, QuestionState
from services.policy.api.access import actor_of, serves
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Body, Prose
from services.policy.api.openapi import refuses
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import approvals
from services.policy.commands.callers import DECIDERS, READERS
from services.policy.commands.questions import Ruled, decide_question
from services.policy.core.policies.parameters import Moment
from services.policy.store import questions
from services.policy.store.questions import WantedQuestions

router = APIRouter(prefix="/v1/approvals", tags=["approvals"], route_class=JsonRoute)


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
    return ApprovalList(items=[approvals.show_approval(each) for each in shown], next=more)


@router.get("/{approval_id}", response_model=ApprovalOut, dependencies=serves(READERS))
async def read_approval(approval_id: UUID, context: Context, known: Known) -> Response:
    """Read one question."""
    async with context.reading() as conn:
        return answer_reader(await approvals.read_approval(conn, approval_id), known)


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
        shown = await approvals.read_approval(conn, approval_id)
        headers = {"ETag": etag(shown)}
        return Done(200, shown.model_dump(mode="json"), headers, tuple(messages))

    return await perform(request, context, work, claim)
