"""Findings: everything that is wrong now and that somebody can mend."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.findings.finding import Finding, FindingCode, FindingLevel, WantedFindings, read_place
from services.policy.api.access import serves
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Context
from services.policy.commands.callers import READERS
from services.policy.commands.findings import list_findings

router = APIRouter(prefix="/v1/findings", tags=["findings"], route_class=JsonRoute)


class FindingList(BaseModel):
    """Findings, the worst first; `next` is the cursor of the next page, null on the last."""

    items: list[Finding]
    next: str | None


class FindingFilter(BaseModel):
    """Which findings to list."""

    model_config = ConfigDict(extra="forbid")

    level: FindingLevel | None = None
    code: FindingCode | None = None
    space_id: Annotated[UUID | None, Field(description="Those about this space and its mailbox only.")] = None
    limit: Limit = 100
    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def read_findings(wanted: Annotated[FindingFilter, Query()], context: Context) -> FindingList:
    """List what is wrong now, why it matters and what mends it. What is mended is no longer listed."""
    after = place_of(wanted.cursor, read_place)
    chosen = WantedFindings(wanted.level, wanted.code, wanted.space_id)
    async with context.reading() as conn:
        found = await list_findings(conn, chosen, after)
    shown = list(found[: wanted.limit])
    more = cursor_at(*shown[-1].place) if len(found) > wanted.limit else None
    return FindingList(items=shown, next=more)
