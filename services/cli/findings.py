"""What is wrong now and what mends it, on the operator's command line."""

from typing import Annotated
from uuid import UUID

import typer

from libs.common.db import Pool
from services.cli.database import with_the_database
from services.cli.output import AsJson, show
from services.findings.finding import Finding, FindingCode, FindingLevel, WantedFindings
from services.policy.commands.findings import list_findings

Level = Annotated[FindingLevel | None, typer.Option("--level", help="Those of this level only.")]
Code = Annotated[FindingCode | None, typer.Option("--code", help="Those with this code only.")]
SpaceId = Annotated[UUID | None, typer.Option("--space", help="Those about the space of this id only.")]


def findings(*, level: Level = None, code: Code = None, space: SpaceId = None, as_json: AsJson = False) -> None:
    """List what is wrong and can be mended, the worst first, as the API does."""

    async def work(pool: Pool) -> list[Finding]:
        async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            return list(await list_findings(conn, WantedFindings(level, code, space)))

    found = with_the_database("policy", work)
    nothing = "Nothing is wrong." if (level, code, space) == (None, None, None) else "There is no such finding."
    show([each.model_dump(mode="json") if as_json else _row(each) for each in found], as_json=as_json, nothing=nothing)


def _row(found: Finding) -> dict[str, object]:
    return {
        "code": found.code,
        "level": found.level,
        "subject": found.subject,
        "since": found.since,
        "finding": found.finding,
        "why": found.why,
        "remedy": found.remedy,
        "doc": found.doc,
    }
