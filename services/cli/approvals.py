"""Questions to administrators: list them, show one, and decide it in the operator's name.

A decision is made by the command that the API and messages use too, in one transaction, and a running policy service
sends what follows from it. So whoever decides second, by whichever of these, is told who was first.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import typer

from libs.common.db import Connection, Pool
from libs.contracts.approvals import ApprovalOut
from libs.contracts.message import Message
from libs.contracts.values import Actor, ActorKind
from services.cli.carrying_out import carry_out, or_end
from services.cli.database import with_the_database
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show, tell
from services.policy.commands.apply import Patience
from services.policy.commands.approvals import read_approval, show_approval
from services.policy.commands.questions import Ruled, decide_question
from services.policy.commands.refusals import Refusal, refuse
from services.policy.commands.unknown import UnknownApproval
from services.policy.store import questions
from services.policy.store.questions import WantedQuestions

PAGE = 500

app = typer.Typer(help="Questions to administrators: whether something may be booked.")

ApprovalId = Annotated[UUID, typer.Argument(help="The id that `approvals list` shows.")]
By = Annotated[str, typer.Option("--by", help="Who decides; it is written down, and others are told.")]
Comment = Annotated[str | None, typer.Option("--comment", help="What the organizer is told with it.")]
State = Annotated[
    Literal["pending", "approved", "rejected", "withdrawn", "superseded", "expired", "any"],
    typer.Option("--state", help="Those in this state only."),
]
SpaceId = Annotated[UUID | None, typer.Option("--space", help="Those about the space of this id only.")]


@app.command("list")
def list_approvals(*, state: State = "pending", space: SpaceId = None, as_json: AsJson = False) -> None:
    """List the questions, those that were asked first before the others."""
    wanted = WantedQuestions(state=None if state == "any" else state, space_id=space)

    async def work(pool: Pool) -> list[ApprovalOut]:
        found = []
        async with pool.acquire() as conn:
            page = await questions.page(conn, wanted, None, PAGE)
            while page:
                found += page
                page = await questions.page(conn, wanted, (page[-1].asked_at, page[-1].id), PAGE)
        return [show_approval(each) for each in found]

    found = with_the_database("policy", work)
    nothing = "There is no such question." if state != "pending" else "No question waits for an administrator."
    show([_body(each) if as_json else _row(each) for each in found], as_json=as_json, nothing=nothing)


list_by_default(app, list_approvals)


@app.command("show")
def show_one(approval_id: ApprovalId, *, as_json: AsJson = False) -> None:
    """Show one question, and what became of it; as JSON as the API does."""

    async def work(pool: Pool) -> ApprovalOut | Refusal:
        async with pool.acquire() as conn:
            try:
                return await read_approval(conn, approval_id)
            except UnknownApproval as error:
                return refuse(error)

    found = or_end(with_the_database("policy", work))
    if as_json:
        typer.echo(json.dumps(_body(found), indent=2))
    else:
        show([_row(found) | _rest(found)], as_json=False, nothing="")


@app.command()
def approve(approval_id: ApprovalId, by: By, comment: Comment = None, *, as_json: AsJson = False) -> None:
    """Book what was asked for; the organizer is told."""
    _decide(approval_id, Ruled("approve", _said(comment)), by, as_json=as_json)


@app.command()
def reject(approval_id: ApprovalId, by: By, comment: Comment = None, *, as_json: AsJson = False) -> None:
    """Decline what was asked for; the organizer is told."""
    _decide(approval_id, Ruled("reject", _said(comment)), by, as_json=as_json)


def _decide(approval_id: UUID, ruled: Ruled, by: str, *, as_json: bool) -> None:
    actor = Actor(kind=ActorKind.ADMINISTRATOR, name=by)

    async def command(conn: Connection, patience: Patience) -> tuple[ApprovalOut, Sequence[Message]]:
        messages = await decide_question(conn, approval_id, ruled, expected_version=None, patience=patience, by=actor)
        return await read_approval(conn, approval_id), messages

    decided = carry_out(command)
    tell(f"The question {approval_id} is {decided.state}, and the organizer is told.", _body(decided), as_json=as_json)


def _said(comment: str | None) -> str | None:
    return (comment or "").strip() or None


def _body(found: ApprovalOut) -> dict[str, object]:
    return found.model_dump(mode="json")


def _row(found: ApprovalOut) -> dict[str, object]:
    asked = found.asked
    return {
        "approval_id": found.id,
        "state": found.state,
        "space_id": found.space_id,
        "title": asked.title,
        "organizer": asked.organizer.email if asked.organizer is not None else None,
        "start": asked.start,
        "end": asked.end,
        "dates": asked.dates,
        "asked_at": found.asked_at,
        "deadline_at": found.deadline_at,
    }


def _rest(found: ApprovalOut) -> dict[str, object]:
    """Return what is shown of one question alone."""
    by = found.decided_by
    return {
        "at_deadline": found.at_deadline,
        "attendee_count": found.asked.attendee_count,
        "reservation_id": found.reservation_id,
        "group_id": found.group_id,
        "reasons": " ".join(each.message for each in found.reasons),
        "approvers": ", ".join(found.approvers),
        "stand_ins": ", ".join(found.stand_ins),
        "decided_at": found.decided_at,
        "decided_by": (by.name or by.subject) if by is not None else None,
        "comment": found.comment,
    }
