"""Policies as JSON: the kind beside the parameters, which each kind has its own of."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from libs.contracts.fields import Address
from services.policy.api.fields import Body, Line, MomentOut, among
from services.policy.api.paging import Cursor, Limit
from services.policy.commands.policies import PolicyRequest
from services.policy.commands.policy_fields import rule_errors
from services.policy.core.policies.describe import say_why_not
from services.policy.core.policies.policy import (
    KINDS,
    NOBODY,
    RULES,
    Attachment,
    Channel,
    Dates,
    Effect,
    Exemptions,
    Role,
)
from services.policy.core.policies.resolve import Resolved
from services.policy.core.policies.rule import Rule
from services.policy.store.policies import PolicyRow


def _schema_of_parameters(kind: type[Rule]) -> dict[str, Any]:
    """Describe the parameters of a kind, which are the fields of its model but for the kind itself."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    schema["properties"].pop("kind", None)
    inlined: dict[str, Any] = _inline({**schema, "additionalProperties": False}, definitions)
    return inlined


def _inline(part: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401 - any part of a JSON schema
    """Replace references to definitions by what they refer to, so that a schema stands by itself."""
    if isinstance(part, dict):
        reference = part.get("$ref")
        if reference is not None:
            return _inline(definitions[reference.rpartition("/")[2]], definitions)
        return {name: _inline(value, definitions) for name, value in part.items()}
    return [_inline(each, definitions) for each in part] if isinstance(part, list) else part


Kind = Annotated[str, Field(max_length=64), among(KINDS), WithJsonSchema({"type": "string", "enum": list(KINDS)})]
Parameters = Annotated[
    dict[str, Any], WithJsonSchema({"anyOf": [_schema_of_parameters(each) for each in KINDS.values()]})
]


class NewPolicy(Body):
    """A rule to set: what it asks for, where it holds, for whom not, and what breaking it leads to.

    `effect` of a broken rule: deny refuses; approve has an administrator decide; warn accepts and says so; shadow only
    records it. `dates` limit the rule to what starts on these dates.
    """

    kind: Kind
    attach: Attachment
    parameters: Parameters
    effect: Effect = "deny"
    exempt: Exemptions = NOBODY
    dates: Dates = Dates()
    name: Line | None = None

    def request(self) -> PolicyRequest:
        """Return what is asked of the ledger. Raises RequestValidationError if the parameters do not fit the kind."""
        rule = read_rule(self.kind, self.parameters)
        return PolicyRequest(rule, self.attach, self.effect, self.exempt, self.dates, self.name)  # type: ignore[arg-type]


class PolicyOut(BaseModel):
    """A policy."""

    id: UUID
    kind: Kind
    attach: Attachment
    parameters: Parameters
    effect: Effect
    exempt: Exemptions
    dates: Dates
    name: str | None
    version: int
    created_at: MomentOut
    updated_at: MomentOut


class PolicyFilter(BaseModel):
    """Which policies to list, in the order in which they were made."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    target_id: Annotated[UUID | None, Field(description="Only those attached to this space or group itself.")] = None
    limit: Limit = 100
    cursor: Cursor | None = None


class PolicyList(BaseModel):
    """Policies in the order in which they were made; `next` is the cursor of the next page, null on the last."""

    items: list[PolicyOut]
    next: str | None


class PolicyQuestion(BaseModel):
    """For whom, on which way in and on which date the policies of a space are asked for; today if no date is given."""

    organizer: Address | None = None
    channel: Channel = "outlook"
    role: Role | None = None
    on: date | None = None


class ResolvedOut(BaseModel):
    """A policy that concerns a space: whether it is in force for what was asked, and why not."""

    policy_id: UUID
    kind: Kind
    parameters: Parameters
    effect: Effect
    attach: Attachment
    version: int
    name: str | None
    in_force: bool
    why_not: str | None


class ResolvedList(BaseModel):
    """Every policy that concerns a space."""

    items: list[ResolvedOut]


def read_rule(kind: str, parameters: dict[str, Any]) -> Rule:
    """Return the rule of a known kind with its parameters. Raises RequestValidationError that names what is wrong."""
    if "kind" in parameters:
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("body", "parameters", "kind")}])
    try:
        return RULES.validate_python({**parameters, "kind": kind})
    except ValidationError as error:
        raise RequestValidationError(rule_errors(error)) from error


def parameters_of(rule: Rule) -> dict[str, Any]:
    """Return the parameters of a rule as JSON."""
    return {name: value for name, value in rule.model_dump(mode="json").items() if name != "kind"}


def show_policy(found: PolicyRow) -> PolicyOut:
    """Show a policy."""
    policy = found.policy
    return PolicyOut(
        id=policy.id,
        kind=policy.kind,
        attach=policy.attach,
        parameters=parameters_of(policy.rule),
        effect=policy.effect,
        exempt=policy.exempt,
        dates=policy.dates,
        name=policy.name,
        version=policy.version,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def show_resolved(found: Resolved) -> ResolvedOut:
    """Show a policy of a space, in force or not."""
    policy = found.policy
    return ResolvedOut(
        policy_id=policy.id,
        kind=policy.kind,
        parameters=parameters_of(policy.rule),
        effect=policy.effect,
        attach=policy.attach,
        version=policy.version,
        name=policy.name,
        in_force=found.why_not is None,
        why_not=say_why_not(found.why_not) if found.why_not is not None else None,
    )
