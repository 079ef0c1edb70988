"""The form of a rule: what stands in it, what it asks the command for, and which sentence belongs to which field."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from libs.contracts.problems import FieldProblem
from services.policy.commands.policies import PolicyRequest
from services.policy.commands.policy_fields import UnusableFields, read_policy
from services.policy.commands.refusals import say_invalid
from services.policy.console.forms import Form
from services.policy.console.rule_fields import (
    FormField,
    every_field,
    fields_of_dates,
    fields_of_exemptions,
    fields_of_kind,
)
from services.policy.console.rule_targets import EVERYWHERE, read_target, target_of
from services.policy.console.rule_values import read_values, write_values
from services.policy.console.written_form import WrittenForm
from services.policy.core.policies.policy import KINDS, Policy

_ZONES = available_timezones()
_ELSEWHERE = {"attach.id": "target", "attach": "target", "attach.scope": "target"}
"""The fields of the form that stand for others of a policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm(WrittenForm):
    """A form for a kind of rule, with its fields. A problem that belongs to no field is at `parameters`."""

    kind: str

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


def empty_form(kind: str) -> RuleForm:
    """Return the form for a new rule, with the defaults of its model."""
    written = {"target": [EVERYWHERE], "effect": ["deny"], **write_values(_all_fields(kind), {}, "UTC")}
    return RuleForm(written, kind=kind)


def filled_form(policy: Policy) -> RuleForm:
    """Return the form in which a rule stands as it is."""
    values = policy.rule.model_dump(mode="json")
    written: dict[str, Sequence[str]] = {
        "target": [target_of(policy.attach)],
        "effect": [policy.effect],
        "name": [policy.name or ""],
        "zone": ["UTC"],
        **write_values(fields_of_kind(policy.kind), values, "UTC"),
        **write_values(fields_of_exemptions(), policy.exempt.model_dump(mode="json"), "UTC"),
        **write_values(fields_of_dates(), policy.dates.model_dump(mode="json", by_alias=True), "UTC"),
    }
    return RuleForm(written, kind=policy.kind)


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
    return RuleForm(form.fields, {name: tuple(dict.fromkeys(said)) for name, said in found.items()}, kind=kind)


def read_rule_form(kind: str, form: Form) -> PolicyRequest:
    """Return the policy that a form asks for. Raises `UnusableFields`."""
    zone = _zone(form)
    problems: list[FieldProblem] = []
    attach: Mapping[str, str] = {"scope": EVERYWHERE}
    try:
        attach = read_target(form.text("target"))
    except UnusableFields as error:
        problems += error.problems
    around = {
        "attach": attach,
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


def _all_fields(kind: str) -> tuple[FormField, ...]:
    return (*fields_of_kind(kind), *fields_of_exemptions(), *fields_of_dates())


def _zone(form: Form) -> str:
    zone = form.text("zone")
    return zone if zone in _ZONES else "UTC"


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
