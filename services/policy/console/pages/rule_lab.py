"""The rule lab: a draft of a rule, judged against what was asked for in the past, and then set, if it is wanted."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request, Response

from libs.contracts.problems import FieldProblem
from services.policy.commands.callers import ADMINS
from services.policy.commands.policy_fields import UnusableFields
from services.policy.commands.replaying import ReplayRequest, replay_policy
from services.policy.commands.unknown import UnknownTarget
from services.policy.console.access import Context, serves
from services.policy.console.forms import Form, read_form
from services.policy.console.rule_form import form_as_written, read_rule_form
from services.policy.console.rule_targets import problem_of_target
from services.policy.console.rule_words import PERIODS, USUAL
from services.policy.console.shown_rule_form import FormOccasion, kind_of, replaced_by, show_form, show_found

router = APIRouter(prefix="/rules", include_in_schema=False)


@router.post("/lab", dependencies=serves(ADMINS))
async def try_draft(request: Request, context: Context) -> Response:
    """Show the draft as it was written, with what it would have come to. Nothing is set."""
    form = await read_form(request)
    kind, now = kind_of(form), context.clock()
    period, replaced = form.text("period") or USUAL, replaced_by(form)
    since = now - timedelta(days=int(period if period in PERIODS else USUAL))
    try:
        draft = read_rule_form(kind, form)
        async with context.reading() as conn:
            found = await replay_policy(conn, ReplayRequest(draft, since, now, replaced))
    except UnusableFields as error:
        return await _show_again(request, context, kind, form, error.problems)
    except UnknownTarget as error:
        return await _show_again(request, context, kind, form, [problem_of_target(error)])
    occasion = FormOccasion(replayed=found, replaced=replaced)
    return await show_form(request, context, form_as_written(kind, form), occasion)


@router.post("/target", dependencies=serves(ADMINS))
async def find_target(request: Request, context: Context) -> Response:
    """Show the form as it was written, with the spaces and groups that have in their name what is looked for."""
    form = await read_form(request)
    return await show_found(request, context, kind_of(form), form)


async def _show_again(
    request: Request, context: Context, kind: str, form: Form, problems: Sequence[FieldProblem]
) -> Response:
    occasion = FormOccasion(replaced=replaced_by(form))
    return await show_form(request, context, form_as_written(kind, form, problems), occasion, status=422)
