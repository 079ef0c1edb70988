"""The words of a connection's answers: read, set, taken back and tried out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from libs.common.db import Connection as Db
from libs.contracts.fields import MomentOut
from libs.contracts.values import Actor
from services.policy.api.access import actor_of, serves
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Body
from services.policy.api.openapi import refuses
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import answers as commands
from services.policy.commands.answers import AnswerChange, Preview
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.template_fields import TemplateText
from services.policy.core.answers.grammar import TemplateProblem
from services.policy.core.answers.kinds import FORMS, AnswerKind
from services.policy.store.answers import AnswerRow

router = APIRouter(prefix="/v1/connections/{connection_id}", tags=["answers"], route_class=JsonRoute)


class NewTemplate(Body):
    """The words of one kind of answer."""

    template: TemplateText


class AnswerPreview(Body):
    """What to try out. What is left out is as it is set, and about the example of docs/answers.md."""

    kind: AnswerKind
    template: TemplateText | None = None
    reservation_id: UUID | None = None


class AnswerOut(BaseModel):
    """The words of one kind of answer."""

    kind: AnswerKind
    template: str
    is_default: bool
    failing_since: Annotated[
        MomentOut | None,
        Field(description="Since when the template could not be used, and the default was said in its place."),
    ]
    last_error: Annotated[TemplateProblem | None, Field(description="Why it could not be used.")]
    updated_at: MomentOut | None
    updated_by: Actor | None
    version: Annotated[int, Field(description="0 if it was never set.")]


class AnswerList(BaseModel):
    """Every kind of answer."""

    items: list[AnswerOut]


class PreviewOut(BaseModel):
    """An answer as it would be sent; with a problem, in the default words, because the template cannot be used."""

    text: str
    is_default: bool
    problem: TemplateProblem | None


@router.get("/answers", dependencies=serves(READERS))
async def list_answers(connection_id: UUID, context: Context) -> AnswerList:
    """List what each kind of answer says: its template, or the default."""
    async with context.reading() as conn:
        return AnswerList(items=[_show(each) for each in await commands.list_answers(conn, connection_id)])


@router.get("/answers/{answer}", response_model=AnswerOut, dependencies=serves(READERS))
async def read_answer(connection_id: UUID, answer: AnswerKind, context: Context, known: Known) -> Response:
    """Read what one kind of answer says."""
    async with context.reading() as conn:
        return answer_reader(_show(await commands.read_answer(conn, connection_id, answer)), known)


@router.put("/answers/{answer}", response_model=AnswerOut, dependencies=serves(ADMINS))
async def set_answer(
    request: Request,
    connection_id: UUID,
    answer: AnswerKind,
    body: NewTemplate,
    context: Context,
    *,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Set the template of one kind of answer. It holds for whatever is sent from then on."""
    change = AnswerChange(connection_id, answer, body.template, expected)
    return await _change(request, context, change, claim)


@router.delete("/answers/{answer}", response_model=AnswerOut, dependencies=serves(ADMINS))
async def reset_answer(
    request: Request,
    connection_id: UUID,
    answer: AnswerKind,
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Take back the template of one kind of answer, so that it says the default."""
    return await _change(request, context, AnswerChange(connection_id, answer, None, expected), claim)


@router.post("/answers:preview", dependencies=serves(READERS), responses=refuses(404))
async def preview_answer(connection_id: UUID, body: AnswerPreview, context: Context) -> PreviewOut:
    """Write an answer as it would be sent, about a reservation or the example. Nothing is sent, and nothing is kept."""
    async with context.reading() as conn:
        wanted = Preview(body.kind, body.template, body.reservation_id)
        letter, is_default = await commands.preview_answer(conn, connection_id, wanted)
    return PreviewOut(text=letter.text, is_default=is_default, problem=letter.problem)


async def _change(request: Request, context: Context, change: AnswerChange, claim: Claimed) -> Response:
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        shown = _show(await commands.change_answer(conn, change, context.clock(), by=by))
        return Done(200, shown.model_dump(mode="json"), {"ETag": etag(shown)})

    return await perform(request, context, work, claim)


def _show(found: AnswerRow) -> AnswerOut:
    return AnswerOut(
        kind=found.kind,
        template=found.template if found.template is not None else FORMS[found.kind].default,
        is_default=found.template is None,
        failing_since=found.failing_since,
        last_error=found.last_error,
        updated_at=found.updated_at,
        updated_by=found.updated_by,
        version=found.version,
    )
