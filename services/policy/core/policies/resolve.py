"""Say which policies judge a request, and why the others do not: the only place that does.

In this order. A policy does not judge whom it exempts, and not on dates outside its own. Of the others of one kind the
most specific judge: those of the space before those of its groups, and these before those of all spaces. Among equals,
one that is covered by another, which is at least as strict and has at least as severe an effect, yields to it; where
neither covers the other, both judge. Kinds that stack, quotas and blackouts, all judge.

A policy of effect `shadow` is being tried out, so no other yields to it; it yields like any other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.policy.core.policies.policy import SEVERITY, SPECIFICITY, Channel, Policy, Role


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the organizer's address in lower case, the way in, and the roles of whoever calls the API."""

    organizer: str | None
    channel: Channel
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Exempted:
    """The policy does not hold for this organizer, caller or way in: `what` of it is exempt."""

    what: str


@dataclass(frozen=True, slots=True)
class OutsideDates:
    """The policy does not hold on this date."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class YieldsTo:
    """Another policy of the kind is more specific, or as specific and at least as strict."""

    other: Policy

    @property
    def id(self) -> UUID:
        """Return the id of the other policy."""
        return self.other.id


WhyNot = Exempted | OutsideDates | YieldsTo


@dataclass(frozen=True, slots=True)
class Resolved:
    """A policy that concerns a space, and why it does not judge, if it does not."""

    policy: Policy
    why_not: WhyNot | None


def find_in_force(policies: Iterable[Policy], asker: Asker, on: date) -> list[Policy]:
    """Return the policies that judge what this asker asks for on this date."""
    return [each.policy for each in resolve(policies, asker, on) if each.why_not is None]


def resolve(policies: Iterable[Policy], asker: Asker, on: date) -> list[Resolved]:
    """Say of each policy that concerns a space whether it judges; `policies` are all that are attached to it."""
    resolved: list[Resolved] = []
    concerned: dict[str, list[Policy]] = {}
    for each in policies:
        exempted = _find_exemption(each, asker)
        if exempted is not None:
            resolved.append(Resolved(each, exempted))
        elif not each.dates.include(on):
            resolved.append(Resolved(each, OutsideDates(each)))
        else:
            concerned.setdefault(each.kind, []).append(each)
    for alike in concerned.values():
        if len(alike) == 1 or alike[0].rule.stacks:
            resolved.extend(Resolved(each, None) for each in alike)
        else:
            resolved.extend(Resolved(each, _find_superior(each, alike)) for each in alike)
    return resolved


def _find_exemption(policy: Policy, asker: Asker) -> Exempted | None:
    exempt = policy.exempt
    if asker.channel in exempt.channels:
        return Exempted(f"the channel {asker.channel}")
    role = next((each for each in exempt.roles if each in asker.roles), None)
    if role is not None:
        return Exempted(f"the role {role}")
    if asker.organizer is None:
        return None
    if asker.organizer in exempt.addresses:
        return Exempted(f"the address {asker.organizer}")
    domain = asker.organizer.rpartition("@")[2]
    return Exempted(f"the domain {domain}") if domain in exempt.domains else None


def _find_superior(policy: Policy, alike: Sequence[Policy]) -> YieldsTo | None:
    """Return the policy that this one yields to: one that judges itself, of several the first by id."""
    above = [each for each in alike if _is_above(each, policy)]
    highest = [each for each in above if not any(_is_above(other, each) for other in above)]
    return YieldsTo(min(highest, key=lambda each: each.id)) if highest else None


def _is_above(one: Policy, other: Policy) -> bool:
    """Whether the other yields to this one; what yields to it in turn, yields to this one too."""
    if one is other or one.effect == "shadow" != other.effect:
        return False
    specific, general = SPECIFICITY[one.attach.scope], SPECIFICITY[other.attach.scope]
    return specific > general or (specific == general and _covers(one, other))


def _covers(one: Policy, other: Policy) -> bool:
    """Whether this one is at least as strict, and as severe; of two that are that to each other, the first by id is."""
    if SEVERITY[one.effect] < SEVERITY[other.effect] or not one.rule.covers(other.rule):
        return False
    is_mutual = SEVERITY[one.effect] == SEVERITY[other.effect] and other.rule.covers(one.rule)
    return one.id < other.id if is_mutual else True
