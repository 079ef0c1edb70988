"""The list of rules."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, TypeAdapter

from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.trials import MOST_COUNTED, count_broken
from services.policy.console.access import Context, serves
from services.policy.console.listing import PAGE, Cursor, Part, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.rule_words import EFFECT_NAMES, KIND_NAMES, SCOPE_NAMES
from services.policy.console.sections import RULES
from services.policy.console.shown_rule import describe_policy
from services.policy.console.visitor import visitor_of
from services.policy.core.policies.parameters import Moment
from services.policy.core.policies.policy import KINDS, Effect, Scope
from services.policy.store import policies
from services.policy.store.policies import PoliciesAmong

router = APIRouter(prefix="/rules", include_in_schema=False)


def _known_kind(kind: str) -> str:
    if kind and kind not in KINDS:
        raise ValueError("no kind of rule")
    return kind


class ShownRules(BaseModel):
    """Which rules an address shows: all, unless it says otherwise; `target` is a part of a space's or group's name.

    What a filter leaves open is sent as an empty text.
    """

    scope: Scope | Literal[""] = ""
    kind: Annotated[str, AfterValidator(_known_kind)] = ""
    effect: Effect | Literal[""] = ""
    target: Part = ""
    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def list_rules(shown: Annotated[ShownRules, Query()], request: Request, context: Context) -> Response:
    """List rules in the order in which they were made."""
    target = shown.target
    after = read_cursor(shown.cursor, TypeAdapter(Moment).validate_python) if shown.cursor else None
    among = PoliciesAmong(shown.kind or None, None, shown.scope or None, shown.effect or None, target or None)
    async with context.reading() as conn:
        found = await policies.page(conn, among, after, PAGE + 1)
        page, has_more = split_page(found)
        names = await policies.named(conn, [each.policy.attach.id for each in page if each.policy.attach.id])
        broken = await count_broken(conn, [each.policy for each in page])
    filters = {"scope": shown.scope, "kind": shown.kind, "effect": shown.effect, "target": target}
    more = cursor_at(page[-1].created_at.isoformat(), page[-1].policy.id) if has_more else None
    facts = {
        "rules": [describe_policy(each.policy, names.get(each.policy.attach.id or each.policy.id)) for each in page],
        "broken": broken,
        "most_counted": MOST_COUNTED,
        "wanted": filters,
        "kinds": KIND_NAMES,
        "scopes": SCOPE_NAMES,
        "effects": EFFECT_NAMES,
        "may_change": visitor_of(request).caller.is_any_of(ADMINS),
        "first": address_of_list(RULES.address, filters),
        "next": address_of_list(RULES.address, filters, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "rules", facts, section=RULES)
