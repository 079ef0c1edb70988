"""Show the form of a rule: a new one, a change, or a draft, with whatever has to be said beside it."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import HTTPException, Request, Response

from services.policy.commands.refusals import CHANGED
from services.policy.commands.replaying import Replayed
from services.policy.commands.work import RequestContext
from services.policy.console.forms import Form
from services.policy.console.page import show
from services.policy.console.rule_form import RuleForm, form_as_written
from services.policy.console.rule_targets import LONGEST_PART, find_targets
from services.policy.console.rule_words import EFFECT_NAMES, KIND_NAMES, PERIODS, USUAL
from services.policy.console.sections import RULES
from services.policy.console.shown_rule import ShownRule
from services.policy.core.policies.describe import EFFECTS
from services.policy.core.policies.policy import KINDS
from services.policy.store.policies import PolicyRow


@dataclass(frozen=True, slots=True)
class FormOccasion:
    """Why a form is shown: `replaces` is the rule that it changes, as it is now, and `replaced` that of a draft.

    A form is `stale` if somebody else changed the rule since; a draft that was tried has what it came to.
    """

    replaces: tuple[PolicyRow, ShownRule] | None = None
    stale: bool = False
    replayed: Replayed | None = None
    replaced: UUID | None = None


NEW = FormOccasion()


async def show_form(
    request: Request, context: RequestContext, form: RuleForm, occasion: FormOccasion = NEW, *, status: int = 200
) -> Response:
    """Show the form of a rule, with the spaces and groups that it can be attached to."""
    async with context.reading() as conn:
        choice = await find_targets(conn, form.value("find"), form.value("target"))
    facts = {
        "form": form,
        "choice": choice,
        "longest_part": LONGEST_PART,
        "kinds": KIND_NAMES,
        "effects": EFFECT_NAMES,
        "leads_to": EFFECTS,
        "replaces": occasion.replaces,
        "changed": CHANGED if occasion.stale else None,
        "replayed": occasion.replayed,
        "replaced": occasion.replaced,
        "periods": PERIODS,
        "usual": USUAL,
    }
    return show(request, "rule_form", facts, section=RULES, status=status)


async def show_found(request: Request, context: RequestContext, kind: str, form: Form) -> Response:
    """Show a form as it was written, with the spaces and groups that have in their name what is looked for."""
    return await show_form(request, context, form_as_written(kind, form), FormOccasion(replaced=replaced_by(form)))


def kind_of(form: Form) -> str:
    """Return the kind of rule that a form is for. Raises an error that is shown as a page if it names none."""
    kind = form.text("kind")
    if kind not in KINDS:
        raise HTTPException(400, "This form names no kind of rule. Nothing was changed. Begin with a new rule.")
    return kind


def replaced_by(form: Form) -> UUID | None:
    """Return the rule that a draft is to stand in for; None if it is a new one."""
    written = form.text("replaces")
    try:
        return UUID(written) if written is not None else None
    except ValueError:
        return None
