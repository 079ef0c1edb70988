"""Several questions decided at once, with one comment: first what that will do, then what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response

from libs.common.db import AWAY
from services.policy.commands.callers import DECIDERS
from services.policy.commands.question_detail import read_question_detail
from services.policy.commands.questions import Ruled
from services.policy.commands.refusals import AWAY_NOW, REFUSED, refuse
from services.policy.commands.unknown import UnknownApproval
from services.policy.console.access import Context, serves
from services.policy.console.deciding import decide, read_version
from services.policy.console.forms import Form, read_form
from services.policy.console.page import show
from services.policy.console.sections import APPROVALS
from services.policy.core.approvals.outcome import say_outcome
from services.policy.store import questions
from services.policy.store.questions import ShownQuestion

MOST_AT_ONCE = 50

router = APIRouter(prefix="/approvals/several", include_in_schema=False)

_NOTHING_CHOSEN = "Choose Approve or Reject on the page that lists what you selected. Nothing was changed."


@dataclass(frozen=True, slots=True)
class DecidedOne:
    """What became of one of several questions, in a sentence; the question is None if there is none of its id."""

    question: ShownQuestion | None
    is_done: bool
    sentence: str


@router.get("", dependencies=serves(DECIDERS))
async def show_several(
    request: Request,
    context: Context,
    ids: Annotated[list[UUID], Query(alias="id", max_length=MOST_AT_ONCE)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Show what deciding the selected questions will do. Nothing is changed by that."""
    async with context.reading() as conn:
        found = [await read_question_detail(conn, each) for each in dict.fromkeys(ids)]
    waiting = [each for each in found if each.consequences is not None]
    facts = {"open": waiting, "closed": len(found) - len(waiting)}
    return show(request, "several", facts, section=APPROVALS)


@router.post("", dependencies=serves(DECIDERS))
async def decide_several(request: Request, context: Context) -> Response:
    """Decide each question in a transaction of its own, so that one that cannot be decided keeps no other from it."""
    form = await read_form(request)
    ruled, chosen = Ruled(_read_ruling(form), form.text("comment")), _read_questions(form)
    results = [await _decide_one(request, context, *each, ruled) for each in chosen]
    facts = {"results": results, "done": sum(each.is_done for each in results)}
    return show(request, "decided", facts, section=APPROVALS)


async def _decide_one(
    request: Request, context: Context, question_id: UUID, version: int | None, ruled: Ruled
) -> DecidedOne:
    problem = None
    try:
        await decide(request, context, question_id, ruled, version)
    except REFUSED as error:
        problem = refuse(error).detail
    except AWAY:
        return DecidedOne(None, is_done=False, sentence=AWAY_NOW)
    async with context.reading() as conn:
        found = await questions.read(conn, question_id)
    if found is None:
        return DecidedOne(None, is_done=False, sentence=problem or refuse(UnknownApproval(question_id)).detail)
    return DecidedOne(found, problem is None, problem or say_outcome(found, found.time_zone))


def _read_ruling(form: Form) -> Literal["approve", "reject"]:
    match form.text("action"):
        case "approve":
            return "approve"
        case "reject":
            return "reject"
        case _:
            raise HTTPException(422, _NOTHING_CHOSEN)


def _read_questions(form: Form) -> Sequence[tuple[UUID, int | None]]:
    """Return the questions, each once, with the versions in which they were shown."""
    found: dict[UUID, int | None] = {}
    for each in form.all("question")[:MOST_AT_ONCE]:
        named, _, version = each.partition(" ")
        try:
            found[UUID(named)] = read_version(version)
        except ValueError as error:
            raise HTTPException(422, _NOTHING_CHOSEN) from error
    return list(found.items())
