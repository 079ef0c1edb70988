"""The rule lab: a draft of a rule, judged against what was asked for in the past, and then set, if it is wanted."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.policy.commands.callers import ADMINS
from services.policy.commands.policy_fields import UnusableFields
from services.policy.commands.replaying import ReplayRequest, replay_policy
from services.policy.commands.unknown import UnknownTarget
from services.policy.console.access import Context, serves
from services.policy.console.forms import Form, read_form
from services.policy.console.pages.rule import kind_of, show_form
from services.policy.console.rule_form import form_as_written, problem_of_target, read_rule_form
from services.policy.console.rule_words import PERIODS, USUAL

router = APIRouter(prefix="/rules", include_in_schema=False)


@router.post("/lab", dependencies=serves(ADMINS))
async def try_draft(request: Request, context: Context) -> Response:
    """Show the draft as it was written, with what it would have come to. Nothing is set."""
    form = await read_form(request)
    kind, now = kind_of(form), context.clock()
    period, replaced = form.text("period") or USUAL, _replaced(form)
    since = now - timedelta(days=int(period if period in PERIODS else USUAL))
    try:
        async with context.reading() as conn:
            draft = await read_rule_form(conn, kind, form)
            found = await replay_policy(conn, ReplayRequest(draft, since, now, replaced))
    except UnusableFields as error:
        return show_form(request, form_as_written(kind, form, error.problems), replaced=replaced, status=422)
    except UnknownTarget as error:
        return show_form(
            request, form_as_written(kind, form, [problem_of_target(error)]), replaced=replaced, status=422
        )
    return show_form(request, form_as_written(kind, form), replayed=found, replaced=replaced)


def _replaced(form: Form) -> UUID | None:
    written = form.text("replaces")
    try:
        return UUID(written) if written is not None else None
    except ValueError:
        return None
