"""Findings: what is wrong now, why it matters, and what mends it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.findings.finding import FindingCode, FindingLevel, WantedFindings, read_place
from services.policy.commands.callers import READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.findings import list_findings
from services.policy.console.access import Context, serves
from services.policy.console.listing import Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import FINDINGS

router = APIRouter(prefix="/findings", include_in_schema=False)


class ShownFindings(BaseModel):
    """Which findings an address shows; a level that is left empty by the form stands for all."""

    level: FindingLevel | Literal[""] = ""
    code: FindingCode | None = None
    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def show_findings(shown: Annotated[ShownFindings, Query()], request: Request, context: Context) -> Response:
    """List findings, the worst first."""
    after = read_cursor(shown.cursor, read_place) if shown.cursor else None
    async with context.reading() as conn:
        found = await list_findings(conn, WantedFindings(shown.level or None, shown.code), after)
    page, has_more = split_page(found)
    filters = {"level": shown.level or None, "code": shown.code}
    facts = {
        "findings": page,
        "levels": list(FindingLevel),
        "wanted": shown.level,
        "first": address_of_list(FINDINGS.address, filters),
        "next": address_of_list(FINDINGS.address, filters, cursor_at(*page[-1].place)) if has_more else None,
        "is_first": after is None,
    }
    return show(request, "findings", facts, section=FINDINGS)
