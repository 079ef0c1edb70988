"""What a rule of approval in force costs a decision: where it asks about nothing, and where it asks about each."""

from collections.abc import Mapping
from statistics import median

from deploy.local.tenant import DOMAIN
from services.policy.core.policies.approval import Approval, ApprovalConditions
from tests.bench.figures import Line, Target
from tests.bench.ground import Ground
from tests.bench.samples import over_rounds
from tests.bench.under_rules import NONE, Round, RuleSet, beside, rounds_under

DAYS_AHEAD = 1100
ROUNDS = 4
AT_LEAST = 0.9
APPROVERS = (f"approver@{DOMAIN}",)

SETS: Mapping[str, RuleSet] = {
    NONE: RuleSet(()),
    "passes": RuleSet((Approval(when=ApprovalConditions(people_over=500), approvers=APPROVERS),)),
    "asks": RuleSet((Approval(when="always", approvers=APPROVERS, deadline_minutes=60),), books="pending"),
}


async def measure(ground: Ground) -> list[Line]:
    """Measure each rule in turn. Raises Incorrect if an observation is not booked, or does not wait, as it says."""
    return _lines(await rounds_under(ground, "approvals", SETS, DAYS_AHEAD, ROUNDS))


def _lines(rounds: Mapping[str, list[Round]]) -> list[Line]:
    rates = {name: over_rounds([each.rate for each in rounds[name]], "/s") for name in SETS}
    used = {name: f"{median(each.used_ms for each in rounds[name]):.2f} ms" for name in SETS}
    what = {
        "passes": "observations decided with a rule of approval in force that they pass, beside none",
        "asks": "observations decided that each ask an administrator, beside none",
    }
    return [
        Line(
            "approvals",
            what[name],
            beside(rounds, name),
            "times",
            Target("at_least", AT_LEAST),
            note=f"{rates[name][0]:,.0f} /s, {rates[name][1]}; {rates[NONE][0]:,.0f} /s without; of policy's processor "
            f"time {used[name]} each, and {used[NONE]}",
        )
        for name in what
    ]
