"""A policy: a rule as an administrator set it, with where it holds, for whom not, and what breaking it leads to."""

from datetime import date
from functools import cached_property
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from libs.contracts.values import Value
from services.policy.core.policies.approval import Approval
from services.policy.core.policies.dates import AdvanceWindow, Blackout, BookingDates, ChangeCutOff, LeadTime
from services.policy.core.policies.durations import AllDay, MaximumDuration, MinimumDuration, TimeGrid
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.parameters import Addresses, Date, Domains
from services.policy.core.policies.people import Capacity, WhoMayBook
from services.policy.core.policies.rule import Breach, Rule
from services.policy.core.policies.series import Series
from services.policy.core.policies.usage import Concurrency, Quota

AnyRule = Annotated[
    MaximumDuration
    | MinimumDuration
    | LeadTime
    | ChangeCutOff
    | AdvanceWindow
    | BookingDates
    | OpeningHours
    | Blackout
    | TimeGrid
    | AllDay
    | Capacity
    | WhoMayBook
    | Quota
    | Concurrency
    | Series
    | Approval,
    Field(discriminator="kind"),
]
"""Every kind of rule."""

KINDS: dict[str, type[Rule]] = {each.model_fields["kind"].default: each for each in get_args(get_args(AnyRule)[0])}
"""The model of each kind of rule, in the order in which the documentation lists them."""

RULES: TypeAdapter[Rule] = TypeAdapter(AnyRule)

Scope = Literal["all", "group", "space"]
Effect = Literal["deny", "approve", "warn", "shadow"]
Channel = Literal["outlook", "api", "command"]
Role = Literal["viewer", "approver", "admin", "service"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
ROLES: tuple[Role, ...] = get_args(Role)

SPECIFICITY: dict[Scope, int] = {"all": 0, "group": 1, "space": 2}
BINDING: frozenset[Effect] = frozenset({"approve", "deny"})
"""The effects with which a broken policy stands in the way of a request."""

SEVERITY: dict[Effect, int] = {"shadow": 0, "warn": 1, "approve": 2, "deny": 3}


class Attachment(Value):
    """Where a policy holds: in all spaces, in those of a group, or in one. `id` is that of the group or the space."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope
    id: UUID | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "Attachment":
        if (self.scope == "all") != (self.id is None):
            raise ValueError("The scopes group and space go with an id, and the scope all with none")
        return self


class Exemptions(Value):
    """For whom a policy does not hold: organizers by address or domain, callers of the API by role, and ways in."""

    model_config = ConfigDict(extra="forbid")

    addresses: Addresses = ()
    domains: Domains = ()
    roles: tuple[Role, ...] = ()
    channels: tuple[Channel, ...] = ()

    @model_validator(mode="after")
    def _leaves_somebody(self) -> "Exemptions":
        if set(self.channels) == set(CHANNELS):
            raise ValueError("A rule that exempts every channel holds for nobody: leave one out, or delete the rule")
        if set(self.roles) == set(ROLES) and "outlook" in self.channels:
            raise ValueError("A rule that exempts Outlook and every role holds for nobody: leave one out, or delete it")
        return self


class Dates(Value):
    """On which dates a policy holds, both included: it judges what starts then, in the space's zone."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=lambda name: name.rstrip("_"), populate_by_name=True, serialize_by_alias=True
    )

    from_: Date | None = None
    until: Date | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> "Dates":
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError("until lies on or after from")
        return self

    def include(self, day: date) -> bool:
        """Whether the policy holds on that day."""
        return (self.from_ is None or day >= self.from_) and (self.until is None or day <= self.until)


class JudgedBy(Value):
    """A policy that judged a request, in which version and with which effect, and what broke it, if anything did."""

    policy_id: UUID
    version: int
    kind: str
    effect: Effect
    breach: Breach | None = None

    @property
    def held(self) -> bool:
        """Whether the request keeps to it."""
        return self.breach is None


NOBODY = Exemptions()


class Policy(Value):
    """One version of a policy."""

    id: UUID
    version: int
    rule: AnyRule
    attach: Attachment
    effect: Effect = "deny"
    exempt: Exemptions = NOBODY
    dates: Dates = Dates()
    name: str | None = None

    @property
    def kind(self) -> str:
        """Return the kind of its rule."""
        return self.rule.kind

    @cached_property
    def as_held(self) -> JudgedBy:
        """Return what is recorded of every request that keeps to it."""
        return JudgedBy(policy_id=self.id, version=self.version, kind=self.kind, effect=self.effect)

    @cached_property
    def exempts_nobody(self) -> bool:
        """Whether it holds whoever asks, and on whichever way in."""
        return self.exempt == NOBODY


def addresses_in(policy: Policy) -> frozenset[str]:
    """Return the mail addresses by which a policy tells organizers apart."""
    listed = policy.rule.addresses if isinstance(policy.rule, WhoMayBook) else ()
    return frozenset((*policy.exempt.addresses, *listed))
