"""The list of questions to administrators."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from libs.contracts.approvals import QuestionState
from services.policy.commands.callers import DECIDERS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.console.access import Context, serves
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import APPROVALS
from services.policy.console.visitor import visitor_of
from services.policy.core.policies.parameters import Moment
from services.policy.store import questions
from services.policy.store.questions import WantedQuestions

router = APIRouter(prefix="/approvals", include_in_schema=False)

WantedState = Literal[QuestionState, "any"]

_STATES: tuple[tuple[WantedState, str], ...] = (
    ("pending", "Waits"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("expired", "Expired"),
    ("withdrawn", "Withdrawn"),
    ("superseded", "Superseded"),
    ("any", "Any"),
)


class ShownApprovals(BaseModel):
    """Which questions an address shows: those that wait, unless it says otherwise; `space` is a part of a name."""

    state: WantedState = "pending"
    space: Annotated[str | None, Field(max_length=200)] = None
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class ApprovalFilters:
    """The filters as the form shows them."""

    state: WantedState
    space: str | None

    @property
    def is_default(self) -> bool:
        """Whether they are those of the plain address."""
        return self.state == "pending" and self.space is None


@router.get("", dependencies=serves(READERS))
async def list_approvals(shown: Annotated[ShownApprovals, Query()], request: Request, context: Context) -> Response:
    """List questions, those that were asked first before the others."""
    space = (shown.space or "").strip() or None
    after = read_cursor(shown.cursor, TypeAdapter(Moment).validate_python) if shown.cursor else None
    wanted = WantedQuestions(None if shown.state == "any" else shown.state, space=space)
    async with context.reading() as conn:
        found = await questions.page(conn, wanted, after, PAGE + 1)
    page, has_more = split_page(found)
    filters = {"state": shown.state if shown.state != "pending" else None, "space": space}
    more = cursor_at(page[-1].asked_at.isoformat(), page[-1].id) if has_more else None
    facts = {
        "questions": page,
        "wanted": ApprovalFilters(shown.state, space),
        "states": _STATES,
        "may_decide": visitor_of(request).caller.is_any_of(DECIDERS),
        "has_pending": any(each.state == "pending" for each in page),
        "first": address_of_list(APPROVALS.address, filters),
        "next": address_of_list(APPROVALS.address, filters, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "approvals", facts, section=APPROVALS)
