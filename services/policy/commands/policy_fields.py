"""Read a policy as somebody wrote it, and say at which field it cannot be used."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from libs.contracts.fields import Line
from libs.contracts.problems import FieldProblem
from services.policy.commands.invalid_fields import field_problems
from services.policy.commands.policies import PolicyRequest
from services.policy.commands.space_errors import SamePolicy
from services.policy.commands.unknown import UnknownTarget
from services.policy.core.policies.approval import FORMS
from services.policy.core.policies.policy import RULES, AnyRule, Attachment, Dates, Effect, Exemptions

Json = Mapping[str, Any]


class UnusableFields(Exception):
    """Some fields cannot be used. `problems` names each, with what was wrong and what would be right."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("some fields cannot be used")
        self.problems = problems


class _Around(BaseModel):
    """What every policy has beside its rule."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    attach: Attachment
    effect: Effect
    exempt: Exemptions
    dates: Dates
    name: Line | None


_AROUND = TypeAdapter(_Around)


def read_policy(kind: str, parameters: Json, around: Json) -> PolicyRequest:
    """Return the policy that somebody wrote. `around` has the fields of a policy beside its kind and its parameters.

    Raises `UnusableFields`, which names everything that cannot be used.
    """
    errors: list[Mapping[str, Any]] = []
    rule, besides = None, None
    try:
        rule = RULES.validate_python({**parameters, "kind": kind})
    except ValidationError as error:
        errors += rule_errors(error)
    try:
        besides = _AROUND.validate_python(around)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        errors += [{**each, "loc": ("body", *each["loc"])} for each in found]
    if rule is None or besides is None:
        raise UnusableFields(field_problems(errors, frozenset()))
    made = cast("AnyRule", rule)
    return PolicyRequest(made, besides.attach, besides.effect, besides.exempt, besides.dates, besides.name)


def rule_errors(error: ValidationError) -> list[dict[str, Any]]:
    """Return what is wrong with parameters, each at its place in the body, without the form that it was read as."""
    found = error.errors(include_url=False, include_input=False)
    return [{**each, "loc": ("body", "parameters", *_field_in(each["loc"]))} for each in found]


def explain_same(error: SamePolicy) -> FieldProblem:
    """Return which field makes a policy the same as another one, and what would be right."""
    return FieldProblem(
        field="parameters",
        problem=f"are those of the policy {error.holder_id}, which is attached alike",
        expected="other parameters, another attachment, or a change of that policy",
    )


def explain_target(error: UnknownTarget) -> FieldProblem:
    """Return which field names nothing that a policy could be attached to, and what would be right."""
    what = "space" if error.scope == "space" else "space group"
    return FieldProblem(field="attach.id", problem=f"names no {what}", expected=f"the id of an existing {what}")


def _field_in(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return the field that an error is about, without the kind and the form that its value was read as."""
    return tuple(part for part in location[1:] if part not in FORMS)
