"""One rule: what it asks for, its form, and its end."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.errors import StaleVersion
from services.policy.commands.policy_fields import UnusableFields
from services.policy.commands.unknown import UnknownPolicy
from services.policy.console.access import Context, serves
from services.policy.console.deciding import read_version
from services.policy.console.forms import read_form
from services.policy.console.listing import Cursor
from services.policy.console.page import show
from services.policy.console.rule_changes import delete_rule, save_rule
from services.policy.console.rule_form import RuleForm, empty_form, filled_form, form_as_written
from services.policy.console.rule_targets import is_looked_for
from services.policy.console.rule_trial import read_trial
from services.policy.console.rule_words import EFFECT_NAMES, KIND_NAMES
from services.policy.console.sections import RULES
from services.policy.console.shown_rule import ShownRule, describe_policy
from services.policy.console.shown_rule_form import FormOccasion, kind_of, show_form, show_found
from services.policy.console.visitor import visitor_of
from services.policy.core.policies.describe import EFFECTS
from services.policy.core.policies.policy import KINDS, Effect
from services.policy.store import policies
from services.policy.store.policies import PolicyRow

router = APIRouter(prefix="/rules", include_in_schema=False)


@router.get("/new", dependencies=serves(ADMINS))
async def new_rule(request: Request, context: Context, kind: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Show the kinds of rules to choose from, or the form of one."""
    if kind not in KINDS:
        kinds = [(each, KIND_NAMES[each], empty_form(each).doc.partition(". ")[0].rstrip(".") + ".") for each in KINDS]
        return show(request, "rule_kinds", {"kinds": kinds}, section=RULES)
    return await show_form(request, context, empty_form(kind))


@router.post("", dependencies=serves(ADMINS))
async def create_rule(request: Request, context: Context) -> Response:
    """Set a rule, and show it; or show what is found where somebody looked for something, and nothing is set."""
    form = await read_form(request)
    kind = kind_of(form)
    if is_looked_for(form.text("find"), form.text("found")):
        return await show_found(request, context, kind, form)
    try:
        made = await save_rule(request, context, kind, form)
    except UnusableFields as error:
        return await show_form(request, context, form_as_written(kind, form, error.problems), status=422)
    return RedirectResponse(f"{RULES.address}/{made}", 303)


@router.get("/{policy_id}", dependencies=serves(READERS))
async def show_rule(
    policy_id: UUID, request: Request, context: Context, cursor: Annotated[Cursor | None, Query()] = None
) -> Response:
    """Show a rule: what it asks for, where and for whom, what breaking it leads to, and on trial would have led to."""
    async with context.reading() as conn:
        row, shown = await _read(conn, policy_id)
        trial = await read_trial(conn, row.policy, cursor) if row.policy.effect == "shadow" else None
    facts = {
        "trial": trial,
        "rule": shown,
        "row": row,
        "kinds": KIND_NAMES,
        "effects": EFFECT_NAMES,
        "leads_to": EFFECTS[row.policy.effect],
        "may_change": visitor_of(request).caller.is_any_of(ADMINS),
    }
    return show(request, "rule", facts, section=RULES)


@router.get("/{policy_id}/change", dependencies=serves(ADMINS))
async def change_rule(
    policy_id: UUID, request: Request, context: Context, effect: Annotated[Effect | None, Query()] = None
) -> Response:
    """Show the form in which a rule stands as it is, or with the effect that it is to be given."""
    async with context.reading() as conn:
        row, shown = await _read(conn, policy_id)
    wanted = row.policy if effect is None else row.policy.model_copy(update={"effect": effect})
    return await show_form(request, context, filled_form(wanted), FormOccasion(replaces=(row, shown)))


@router.post("/{policy_id}/change", dependencies=serves(ADMINS))
async def replace_rule(policy_id: UUID, request: Request, context: Context) -> Response:
    """Put what a form asks for in place of a rule. Whoever changes it second is told how it stands by then.

    Where somebody looked for something, what is found is shown, and nothing is changed.
    """
    form = await read_form(request)
    kind = kind_of(form)
    if is_looked_for(form.text("find"), form.text("found")):
        return await show_found(request, context, kind, form)
    try:
        await save_rule(request, context, kind, form, (policy_id, read_version(form.text("version"))))
    except UnusableFields as error:
        return await _show_again(request, context, policy_id, form_as_written(kind, form, error.problems))
    except StaleVersion:
        return await _show_again(request, context, policy_id, form_as_written(kind, form), stale=True)
    return RedirectResponse(f"{RULES.address}/{policy_id}", 303)


@router.get("/{policy_id}/delete", dependencies=serves(ADMINS))
async def ask_to_delete(policy_id: UUID, request: Request, context: Context) -> Response:
    """Say what it means to delete a rule, before it is done."""
    async with context.reading() as conn:
        row, shown = await _read(conn, policy_id)
    facts = {"rule": shown, "row": row, "kinds": KIND_NAMES, "effects": EFFECT_NAMES}
    return show(request, "rule_delete", facts, section=RULES)


@router.post("/{policy_id}/delete", dependencies=serves(ADMINS))
async def end_rule(policy_id: UUID, request: Request, context: Context) -> Response:
    """Delete a rule as it was shown, and go back to the list."""
    form = await read_form(request)
    await delete_rule(request, context, policy_id, read_version(form.text("version")))
    return RedirectResponse(RULES.address, 303)


async def _show_again(
    request: Request, context: Context, policy_id: UUID, form: RuleForm, *, stale: bool = False
) -> Response:
    async with context.reading() as conn:
        found = await _read(conn, policy_id)
    occasion = FormOccasion(replaces=found, stale=stale)
    return await show_form(request, context, form, occasion, status=412 if stale else 422)


async def _read(conn: Connection, policy_id: UUID) -> tuple[PolicyRow, ShownRule]:
    row = await policies.read(conn, policy_id)
    if row is None:
        raise UnknownPolicy(policy_id)
    target = row.policy.attach.id
    names = await policies.named(conn, [target]) if target is not None else {}
    return row, describe_policy(row.policy, names.get(target) if target is not None else None)
