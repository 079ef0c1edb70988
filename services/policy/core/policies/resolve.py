"""Say which policies judge a request, and why the others do not: the only place that does.

In this order. A policy does not judge whom it exempts, and not on dates outside its own. Of the others of one kind the
most specific judge: those of the space before those of its groups, and these before those of all spaces. Among equals,
one that is covered by another, which is at least as strict and has at least as severe an effect, yields to it; where
neither covers the other, both judge. Kinds that stack, quotas and blackouts, all judge.

A policy of effect `shadow` is being tried out, so no other yields to it; it yields like any other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

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


WhyNot = Exempted | OutsideDates | YieldsTo


@dataclass(frozen=True, slots=True)
class Resolved:
    """A policy that concerns a space, and why it does not judge, if it does not."""

    policy: Policy
    why_not: WhyNot | None


def find_in_force(policies: Iterable[Policy], asker: Asker, on: date) -> list[Policy]:
    """Return the policies that judge what this asker asks for on this date."""
    return [policy for policy, why_not in _explain(policies, asker, on) if why_not is None]


def resolve(policies: Iterable[Policy], asker: Asker, on: date) -> list[Resolved]:
    """Say of each policy that concerns a space whether it judges; `policies` are all that are attached to it."""
    return [Resolved(policy, why_not) for policy, why_not in _explain(policies, asker, on)]


def _explain(policies: Iterable[Policy], asker: Asker, on: date) -> list[tuple[Policy, WhyNot | None]]:
    explained: list[tuple[Policy, WhyNot | None]] = []
    concerned: defaultdict[str, list[Policy]] = defaultdict(list)
    for each in policies:
        exempted = None if each.exempts_nobody else _find_exemption(each, asker)
        if exempted is not None:
            explained.append((each, exempted))
        elif not each.dates.include(on):
            explained.append((each, OutsideDates(each)))
        else:
            concerned[each.rule.kind].append(each)
    for alike in concerned.values():
        all_judge = len(alike) == 1 or alike[0].rule.stacks
        explained += [(each, None if all_judge else _find_superior(each, alike)) for each in alike]
    return explained


def _find_exemption(policy: Policy, asker: Asker) -> Exempted | None:
    exempt = policy.exempt
    if asker.channel in exempt.channels:
        return Exempted(f"the channel {asker.channel}")
    for role in exempt.roles:
        if role in asker.roles:
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
