"""What ten rules in force cost a decision: how many observations policy decides in a second with them and without any.

The rounds take turns: without any rule, with ten that look at a request alone, with ten of which two count what its
organizer has besides. Every observation keeps to all of them, and counts only if all ten judged it. The meetings are of
many organizers, as in life.
"""

from collections.abc import Mapping
from statistics import median

from tests.bench.figures import Line, Target
from tests.bench.ground import Ground
from tests.bench.samples import over_rounds
from tests.bench.ten_rules import TEN, TEN_THAT_COUNT
from tests.bench.under_rules import NONE, ORGANIZERS, Round, RuleSet, beside, body_of, rounds_under

DAYS_AHEAD = 1000
AT_LEAST_PER_S, AT_LEAST = 300, 0.9

SETS: Mapping[str, RuleSet] = {NONE: RuleSet(()), "ten": RuleSet(TEN), "counting": RuleSet(TEN_THAT_COUNT)}


async def measure(ground: Ground) -> list[Line]:
    """Measure each set of rules in turn. Raises Incorrect if an observation is refused, or not judged by every rule."""
    return _lines(await rounds_under(ground, "rules", SETS, DAYS_AHEAD))


def _lines(rounds: Mapping[str, list[Round]]) -> list[Line]:
    rates = {name: over_rounds([each.rate for each in rounds[name]], "/s") for name in SETS}
    used = {name: f"{median(each.used_ms for each in rounds[name]):.2f} ms" for name in SETS}
    kinds, counting = (", ".join(body_of(rule)["kind"] for rule in rules) for rules in (TEN, TEN_THAT_COUNT[-2:]))
    rate, note = rates["ten"]
    what, share = f"observations decided and committed with {len(TEN)} rules in force", Target("at_least", AT_LEAST)
    return [
        Line("rules", what, rate, "/s", Target("at_least", AT_LEAST_PER_S), note=f"{note}; {kinds}"),
        Line(
            "rules",
            f"{what}, beside none",
            beside(rounds, "ten"),
            "times",
            share,
            note=f"{rates['none'][0]:,.0f} /s without, {rates['none'][1]}; of policy's processor time {used['ten']} "
            f"each, and {used['none']}",
        ),
        Line(
            "rules",
            f"{what}, of which two count the organizer's other bookings, beside none",
            beside(rounds, "counting"),
            "times",
            share,
            note=f"{rates['counting'][0]:,.0f} /s, {rates['counting'][1]}; {counting}, which lock the organizer; "
            f"{ORGANIZERS} organizers; of policy's processor time {used['counting']} each",
        ),
    ]
