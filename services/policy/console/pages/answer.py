"""The words of one kind of answer: previewed as they would be sent, set, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.problems import FieldProblem
from services.policy.commands.answers import AnswerChange, Preview, change_answer, preview_answer, read_answer
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.errors import StaleVersion
from services.policy.commands.listed_connections import read_listed_connection
from services.policy.commands.policy_fields import UnusableFields
from services.policy.commands.refusals import CHANGED
from services.policy.commands.template_fields import read_template
from services.policy.commands.unknown import UnknownReservation
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.answer_words import ANSWER_NAMES, FIELD_LABELS
from services.policy.console.deciding import read_version
from services.policy.console.forms import Form, read_form
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import CONNECTIONS
from services.policy.console.visitor import visitor_of
from services.policy.console.written_form import WrittenForm, say_at_fields
from services.policy.core.answers import consequences
from services.policy.core.answers.examples import example_of
from services.policy.core.answers.grammar import PROBLEM_WORDS
from services.policy.core.answers.kinds import FORMS, AnswerKind
from services.policy.core.answers.rendering import LONGEST_TEMPLATE

router = APIRouter(prefix="/connections/{connection_id}/answers/{kind}", include_in_schema=False)

_NO_RESERVATION = FieldProblem(
    field="about", problem="is not known", expected="the id of one, as it ends the address of its page"
)


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page shows beside what is set: a form as it was sent, what it previews, and what was done before."""

    form: WrittenForm | None = None
    wanted: Preview | None = None
    done: Literal["set", "taken_back"] | None = None
    status: int = 200


@router.get("", dependencies=serves(READERS))
async def show_answer(
    connection_id: UUID,
    kind: AnswerKind,
    request: Request,
    context: Context,
    done: Literal["set", "taken_back"] | None = None,
) -> Response:
    """Show how a kind of answer reads now; whoever may change that gets a form."""
    return await _show(request, context, connection_id, kind, _Page(done=done))


@router.post("/preview", dependencies=serves(ADMINS))
async def preview(connection_id: UUID, kind: AnswerKind, request: Request, context: Context) -> Response:
    """Show how an answer would read in the words that are written. Nothing is set, and nothing is sent."""
    form = await read_form(request)
    try:
        wanted = Preview(kind, read_template(kind, form.text("template") or ""), _about(form))
        return await _show(request, context, connection_id, kind, _Page(WrittenForm(form.fields), wanted))
    except UnusableFields as error:
        return await _show(request, context, connection_id, kind, _refused(form, error))
    except UnknownReservation:
        refused = _refused(form, UnusableFields([_NO_RESERVATION]))
        return await _show(request, context, connection_id, kind, refused)


@router.post("", dependencies=serves(ADMINS))
async def set_words(connection_id: UUID, kind: AnswerKind, request: Request, context: Context) -> Response:
    """Set the words that are written, and show them."""
    form = await read_form(request)
    try:
        template = read_template(kind, form.text("template") or "")
        await _change(request, context, _wanted(connection_id, kind, template, form))
    except UnusableFields as error:
        return await _show(request, context, connection_id, kind, _refused(form, error))
    except StaleVersion:
        page = _Page(WrittenForm(form.fields), status=412)
        return await _show(request, context, connection_id, kind, page)
    return RedirectResponse(f"{_address(connection_id, kind)}?done=set", 303)


@router.post("/default", dependencies=serves(ADMINS))
async def take_back(connection_id: UUID, kind: AnswerKind, request: Request, context: Context) -> Response:
    """Take back the words that were set, and show the default. Raises `StaleVersion`, which is shown as a page."""
    await _change(request, context, _wanted(connection_id, kind, None, await read_form(request)))
    return RedirectResponse(f"{_address(connection_id, kind)}?done=taken_back", 303)


def _wanted(connection_id: UUID, kind: AnswerKind, template: str | None, form: Form) -> AnswerChange:
    return AnswerChange(connection_id, kind, template, read_version(form.text("version")))


async def _change(request: Request, context: RequestContext, change: AnswerChange) -> None:
    by = visitor_of(request).caller.actor

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        await change_answer(conn, change, context.clock(), by=by)
        return None, ()

    await perform(context, work)


def _about(form: Form) -> UUID | None:
    written = form.text("about")
    try:
        return UUID(written.rpartition("/")[2]) if written is not None else None
    except ValueError:
        raise UnusableFields([_NO_RESERVATION]) from None


def _refused(form: Form, error: UnusableFields) -> _Page:
    return _Page(WrittenForm(form.fields, say_at_fields(error.problems, FIELD_LABELS)), status=422)


def _address(connection_id: UUID, kind: AnswerKind) -> str:
    return f"{CONNECTIONS.address}/{connection_id}/answers/{kind}"


async def _show(
    request: Request, context: RequestContext, connection_id: UUID, kind: AnswerKind, page: _Page
) -> Response:
    async with context.reading() as conn:
        found = await read_listed_connection(conn, connection_id)
        answer = await read_answer(conn, connection_id, kind)
        now, _ = await preview_answer(conn, connection_id, Preview(kind))
        tried, _ = await preview_answer(conn, connection_id, page.wanted) if page.wanted is not None else (None, None)
    words = answer.template if answer.template is not None else FORMS[kind].default
    form = page.form or WrittenForm({"template": [words], "version": [str(answer.version)]})
    is_stale = page.status == 412
    facts = {
        "connection": found.connection,
        "where": consequences.say_where(found.rooms, found.connection.name),
        "consequences": consequences,
        "address": _address(connection_id, kind),
        "kind": kind,
        "names": ANSWER_NAMES,
        "described": FORMS[kind],
        "example": example_of(kind).variables,
        "problems": PROBLEM_WORDS,
        "answer": answer,
        "words": words,
        "now": now,
        "form": form,
        "tried": tried,
        "done": page.done,
        "changed": CHANGED if is_stale else None,
        "version": answer.version if is_stale else form.value("version"),
        "longest": LONGEST_TEMPLATE,
        "may_change": visitor_of(request).caller.is_any_of(ADMINS),
    }
    return show(request, "answer", facts, section=CONNECTIONS, status=page.status)
