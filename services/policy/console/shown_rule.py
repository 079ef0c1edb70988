"""A rule in words, as lists and pages show it."""

from dataclasses import dataclass

from services.policy.core.policies.describe import describe_dates, describe_exemptions, describe_rule
from services.policy.core.policies.policy import Policy


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as the list shows it: what it asks for, where, for whom and when it does not hold."""

    policy: Policy
    target: str | None
    asks: str
    besides: tuple[str, ...]


def describe_policy(policy: Policy, target: str | None) -> ShownRule:
    """Put a rule into words. `target` is the name of the space or the group that it is attached to."""
    besides = (describe_exemptions(policy.exempt), describe_dates(policy.dates))
    return ShownRule(policy, target, describe_rule(policy.rule), tuple(each for each in besides if each is not None))
