"""The form of a rule: what stands in it, what it asks the command for, and which sentence belongs to which field."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID
from zoneinfo import available_timezones

from libs.common.db import Connection
from libs.contracts.problems import FieldProblem
from services.policy.commands.policies import PolicyRequest
from services.policy.commands.policy_fields import UnusableFields, explain_target, read_policy
from services.policy.commands.refusals import say_invalid
from services.policy.commands.unknown import UnknownTarget
from services.policy.console.forms import Form
from services.policy.console.rule_fields import (
    FormField,
    every_field,
    fields_of_dates,
    fields_of_exemptions,
    fields_of_kind,
)
from services.policy.console.rule_values import Written, read_values, write_values
from services.policy.core.policies.policy import KINDS, Policy, Scope
from services.policy.store import policies

MOST_NAMESAKES = 5

_ZONES = available_timezones()
_ELSEWHERE = {"attach.id": "target", "attach": "target", "attach.scope": "scope"}
"""The fields of the form that stand for others of a policy."""


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A form for a kind of rule: its fields, what stands in them, and what is wrong with that.

    `problems` are by the name of their field; what belongs to none is `parameters`.
    """

    kind: str
    written: Written
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def doc(self) -> str:
        """Return what the model says about its kind, in one line for each paragraph."""
        return " ".join((KINDS[self.kind].__doc__ or "").replace("`", "").split())

    @property
    def fields(self) -> tuple[FormField, ...]:
        """Return the fields of its parameters."""
        return fields_of_kind(self.kind)

    @property
    def has_times(self) -> bool:
        """Whether some field is an instant, which is written in a zone."""
        return any(each.widget == "moment" for each in self.fields)

    @property
    def exemptions(self) -> tuple[FormField, ...]:
        """Return the fields for whom it does not hold."""
        return fields_of_exemptions()

    @property
    def dates(self) -> tuple[FormField, ...]:
        """Return the fields of the dates on which it holds."""
        return fields_of_dates()

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        values = self.written.get(name, ())
        return values[-1] if values else ""


def empty_form(kind: str) -> RuleForm:
    """Return the form for a new rule, with the defaults of its model."""
    return RuleForm(kind, {"scope": ["all"], "effect": ["deny"], **write_values(_all_fields(kind), {}, "UTC")})


def filled_form(policy: Policy, target: str | None) -> RuleForm:
    """Return the form in which a rule stands as it is. `target` says what it is attached to: a name, or an id."""
    values = policy.rule.model_dump(mode="json")
    written: dict[str, Sequence[str]] = {
        "scope": [policy.attach.scope],
        "target": [target or ""],
        "effect": [policy.effect],
        "name": [policy.name or ""],
        "zone": ["UTC"],
        **write_values(fields_of_kind(policy.kind), values, "UTC"),
        **write_values(fields_of_exemptions(), policy.exempt.model_dump(mode="json"), "UTC"),
        **write_values(fields_of_dates(), policy.dates.model_dump(mode="json", by_alias=True), "UTC"),
    }
    return RuleForm(policy.kind, written)


def form_as_written(kind: str, form: Form, problems: Iterable[FieldProblem] = ()) -> RuleForm:
    """Return a form as it was sent, with a sentence at each field that cannot be used."""
    names = {each.name: each for each in every_field(_all_fields(kind))}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in problems:
        place = _place(each.field, names)
        known = names.get(place)
        label = known.label if known is not None else place.rpartition(".")[2].capitalize()
        expected = (known.bounds if known is not None else None) or each.expected
        found[place].append(say_invalid(label, each.problem, expected))
    return RuleForm(kind, form.fields, {name: tuple(dict.fromkeys(said)) for name, said in found.items()})


async def read_rule_form(conn: Connection, kind: str, form: Form) -> PolicyRequest:
    """Return the policy that a form asks for. Raises `UnusableFields`."""
    zone = _zone(form)
    scope = form.text("scope")
    problems: list[FieldProblem] = []
    target: str | None = None
    if scope in {"group", "space"}:
        try:
            target = str(await _find_target(conn, cast("Scope", scope), form.text("target")))
        except UnusableFields as error:
            problems += error.problems
    around = {
        "attach": {"scope": scope, "id": target} if not problems else {"scope": "all"},
        "effect": form.text("save_as") or form.text("effect"),
        "exempt": read_values(fields_of_exemptions(), form, zone),
        "dates": read_values(fields_of_dates(), form, zone),
        "name": form.text("name"),
    }
    try:
        request = read_policy(kind, read_values(fields_of_kind(kind), form, zone), around)
    except UnusableFields as error:
        raise UnusableFields([*problems, *error.problems]) from error
    if problems:
        raise UnusableFields(problems)
    return request


async def name_target(conn: Connection, policy: Policy) -> str | None:
    """Return what tells apart what a policy is attached to: its name, or its id where others have that name too."""
    attach = policy.attach
    if attach.id is None:
        return None
    name = (await policies.named(conn, [attach.id])).get(attach.id)
    if name is None:
        return str(attach.id)
    same = await policies.targets_named(conn, attach.scope, name, 2)
    return name if len(same) == 1 else str(attach.id)


def _all_fields(kind: str) -> tuple[FormField, ...]:
    return (*fields_of_kind(kind), *fields_of_exemptions(), *fields_of_dates())


def _zone(form: Form) -> str:
    zone = form.text("zone")
    return zone if zone in _ZONES else "UTC"


async def _find_target(conn: Connection, scope: Scope, written: str | None) -> UUID:
    """Return the id of the one space or group that is meant. Raises `UnusableFields`."""
    what = "space" if scope == "space" else "group of spaces"
    if written is None:
        raise _no_target("is missing", f"The name of a {what}")
    found = await policies.targets_named(conn, scope, written, MOST_NAMESAKES + 1)
    if len(found) == 1:
        return found[0]
    if found:
        raise _no_target(f"is the name of several {what}s", f"The id of one of them, such as {found[0]}")
    try:
        return UUID(written)
    except ValueError:
        raise _no_target(f"names no {what}", "The name of one, as it is listed, or its id") from None


def _no_target(problem: str, expected: str) -> UnusableFields:
    return UnusableFields([FieldProblem(field="target", problem=problem, expected=expected)])


def problem_of_target(error: UnknownTarget) -> FieldProblem:
    """Say at the field of the form that nothing has the id that was written there."""
    return explain_target(error).model_copy(update={"field": "target"})


def _place(path: str, names: Mapping[str, object]) -> str:
    """Return the field of the form that a path is about, or lies in."""
    while path:
        if path in names:
            return path
        if path in _ELSEWHERE:
            return _ELSEWHERE[path]
        if "." not in path:
            return path
        path = path.rpartition(".")[0]
    return path
