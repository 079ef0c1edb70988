"""One question: what is asked for, what bears on it, and the two answers."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from services.policy.commands.callers import DECIDERS, READERS
from services.policy.commands.question_detail import read_question_detail
from services.policy.commands.questions import Ruled
from services.policy.console.access import Context, serves
from services.policy.console.deciding import decide, read_version
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.sections import APPROVALS
from services.policy.console.visitor import visitor_of
from services.policy.core.approvals.outcome import say_organizer, say_outcome
from services.policy.core.approvals.telling import say_until

router = APIRouter(prefix="/approvals", include_in_schema=False)


@router.get("/{approval_id}", dependencies=serves(READERS))
async def show_approval(approval_id: UUID, request: Request, context: Context) -> Response:
    """Show a question with all that bears on it; whoever may decide it gets a form that says what each answer does."""
    async with context.reading() as conn:
        detail = await read_question_detail(conn, approval_id)
    question = detail.question
    facts = {
        "detail": detail,
        "organizer": say_organizer(question),
        "until": say_until(question),
        "outcome": say_outcome(question, question.time_zone),
        "may_decide": visitor_of(request).caller.is_any_of(DECIDERS),
    }
    return show(request, "approval", facts, section=APPROVALS)


@router.post("/{approval_id}/approve", dependencies=serves(DECIDERS))
async def approve(approval_id: UUID, request: Request, context: Context) -> Response:
    """Book what is asked for, and show the question as it is then. Whoever decides second learns who was first."""
    return await _decide(approval_id, "approve", request, context)


@router.post("/{approval_id}/reject", dependencies=serves(DECIDERS))
async def reject(approval_id: UUID, request: Request, context: Context) -> Response:
    """Decline what is asked for, and show the question as it is then. Whoever decides second learns who was first."""
    return await _decide(approval_id, "reject", request, context)


async def _decide(
    approval_id: UUID, ruling: Literal["approve", "reject"], request: Request, context: Context
) -> Response:
    form = await read_form(request)
    ruled = Ruled(ruling, form.text("comment"))
    await decide(request, context, approval_id, ruled, read_version(form.text("version")))
    return RedirectResponse(f"{APPROVALS.address}/{approval_id}", 303)
