"""Conflicts: list what both sides have at one time, and keep one side of it in the operator's name.

A conflict is resolved by the command that the API uses too, in one transaction, and a running policy service sends what
follows from it.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from libs.common.db import Connection, Pool
from libs.contracts.message import Message
from libs.contracts.values import Actor, ActorKind
from services.cli.carrying_out import carry_out
from services.cli.database import with_the_database
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show, tell
from services.policy.commands.apply import Patience
from services.policy.commands.conflicts import KeptSide, resolve_conflict
from services.policy.core.explanations import Keep
from services.policy.store import conflicts
from services.policy.store.conflicts import OpenConflict

PAGE = 500

app = typer.Typer(help="Conflicts: what both sides have at one time, until somebody keeps one of them.")

ConflictId = Annotated[UUID, typer.Argument(help="The id that `conflicts list` shows.")]
Kept = Annotated[Keep, typer.Option("--keep", help="What is kept: the reservation, or the event in Outlook.")]
By = Annotated[str, typer.Option("--by", help="Who decides; it is written down, and others are told.")]
Comment = Annotated[str | None, typer.Option("--comment", help="What the organizer of what is not kept is told.")]
SpaceId = Annotated[UUID | None, typer.Option("--space", help="Those about the space of this id only.")]


@app.command("list")
def list_conflicts(*, space: SpaceId = None, as_json: AsJson = False) -> None:
    """List the conflicts, the oldest first."""

    async def work(pool: Pool) -> list[OpenConflict]:
        found = []
        async with pool.acquire() as conn:
            page = await conflicts.page(conn, space, None, PAGE)
            while page:
                found += page
                page = await conflicts.page(conn, space, (page[-1].since, page[-1].id), PAGE)
        return found

    found = with_the_database("policy", work)
    show([_row(each) for each in found], as_json=as_json, nothing="There is no conflict.")


list_by_default(app, list_conflicts)


@app.command()
def resolve(conflict_id: ConflictId, keep: Kept, by: By, comment: Comment = None, *, as_json: AsJson = False) -> None:
    """Keep one side and give up the other, whose organizer is told."""
    actor, kept = Actor(kind=ActorKind.ADMINISTRATOR, name=by), KeptSide(keep, (comment or "").strip() or None)

    async def command(conn: Connection, patience: Patience) -> tuple[OpenConflict, Sequence[Message]]:
        resolved = await resolve_conflict(conn, conflict_id, kept, patience, by=actor)
        return resolved.conflict, resolved.messages

    found = carry_out(command)
    tell(f"The conflict {conflict_id} is resolved: {keep} is kept.", _row(found), as_json=as_json)


def _row(found: OpenConflict) -> dict[str, object]:
    return {
        "conflict_id": str(found.id),
        "space_id": str(found.space_id),
        "reservation_id": str(found.reservation_id),
        "ledger": found.ledger_title,
        "ledger_start": found.ledger_start.isoformat(),
        "ledger_end": found.ledger_end.isoformat(),
        "outlook": found.outlook_title,
        "outlook_start": found.outlook_start.isoformat(),
        "outlook_end": found.outlook_end.isoformat(),
        "since": found.since.isoformat(),
    }
