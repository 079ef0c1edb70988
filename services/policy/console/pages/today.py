"""Today: what waits for somebody, and how quickly invitations were answered in the last hour."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from services.findings.finding import WantedFindings
from services.parked.messages import count_parked
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.findings import list_findings
from services.policy.console.access import Context, OpenBus, serves
from services.policy.console.page import show
from services.policy.console.sections import TODAY
from services.policy.console.visitor import visitor_of
from services.policy.store import questions, waiting_work
from services.policy.store.questions import WantedQuestions

MOST_QUESTIONS = 5
LATELY = timedelta(hours=1)

router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=serves(READERS))
async def show_today(request: Request, context: Context, bus: OpenBus) -> Response:
    """Show what waits: what somebody has to decide first, then what somebody has to mend."""
    parked = await count_parked(bus)
    async with context.reading() as conn:
        facts = {
            "parked": parked,
            "may_see_parked": visitor_of(request).caller.is_any_of(ADMINS),
            "waiting": await waiting_work.what_waits(conn),
            "questions": await questions.page(conn, WantedQuestions(state="pending"), None, MOST_QUESTIONS),
            "findings": await list_findings(conn, WantedFindings()),
            "answers": await waiting_work.answer_times(conn, LATELY),
        }
    return show(request, "today", facts, section=TODAY)
