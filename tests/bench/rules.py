"""What ten rules in force cost a decision: how many observations policy decides in a second with them and without any.

The rules are set and removed through the API, and the rounds take turns: without any rule, with ten that look at a
request alone, with ten of which two count what its organizer has besides. Every observation keeps to all of them, and
counts only if all ten judged it. The meetings are of many organizers, as in life.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from deploy.driver.administrator import Administrator
from deploy.driver.http import Json
from deploy.driver.slots import Slot, slot
from deploy.local.tenant import DOMAIN
from libs.common.bus.rabbitmq import RabbitBus, open_rabbitmq
from services.policy.api.policy_bodies import NewPolicy
from services.policy.core.policies.rule import Rule
from tests.bench.deciding import Invitation, decided_per_second, only_policy, window_after
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import ROOMS, Ground
from tests.bench.proc import cpu_seconds
from tests.bench.samples import over_rounds
from tests.bench.ten_rules import TEN, TEN_THAT_COUNT

ROUNDS, OBSERVATIONS = 9, 500
"""Many short rounds, so that what else the machine does meets each set of rules alike."""

DAYS_AHEAD, FIRST_HOUR = 1000, 8
ORGANIZERS = 250
AT_LEAST_PER_S, AT_LEAST = 300, 0.9
EVERYWHERE: Json = {"scope": "all"}

SETS: Mapping[str, Sequence[Rule]] = {"none": (), "ten": TEN, "counting": TEN_THAT_COUNT}

_LEAST_JUDGED = "SELECT min(jsonb_array_length(policies)) FROM policy.reservations WHERE title = $1"


@dataclass(frozen=True, slots=True)
class _Round:
    """How many observations were decided a second, and the milliseconds of policy's processor time that each took."""

    rate: float
    used_ms: float


async def measure(ground: Ground) -> list[Line]:
    """Measure each set of rules in turn. Raises Incorrect if an observation is refused, or not judged by every rule."""
    administrator = ground.cast.administrator
    there_before = [_settable(each) for each in await administrator.policies()]
    rounds: Mapping[str, list[_Round]] = {name: [] for name in SETS}
    async with only_policy(ground), open_rabbitmq(ground.amqp_url, ground.topology) as bus:
        try:
            for number in range(ROUNDS + 1):
                ground.say(f"{OBSERVATIONS:,} observations to decide without and with rules, {number} of {ROUNDS}.")
                for name in SETS if number % 2 else reversed(list(SETS)):
                    measured = await _with_rules(ground, bus, name, number)
                    if number:
                        rounds[name].append(measured)
        finally:
            await _replace_all(administrator, there_before)
    return _lines(rounds)


def _lines(rounds: Mapping[str, list[_Round]]) -> list[Line]:
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
            _beside(rounds, "ten"),
            "times",
            share,
            note=f"{rates['none'][0]:,.0f} /s without, {rates['none'][1]}; of policy's processor time {used['ten']} "
            f"each, and {used['none']}",
        ),
        Line(
            "rules",
            f"{what}, of which two count the organizer's other bookings, beside none",
            _beside(rounds, "counting"),
            "times",
            share,
            note=f"{rates['counting'][0]:,.0f} /s, {rates['counting'][1]}; {counting}, which lock the organizer; "
            f"{ORGANIZERS} organizers; of policy's processor time {used['counting']} each",
        ),
    ]


def _beside(rounds: Mapping[str, list[_Round]], name: str) -> float:
    """Return the median, over the rounds, of the rate with a set of rules as a part of the rate without any."""
    return median(some.rate / none.rate for some, none in zip(rounds[name], rounds["none"], strict=True))


async def _with_rules(ground: Ground, bus: RabbitBus, name: str, number: int) -> _Round:
    """Set the rules of a set and no others, and measure how observations are decided under them."""
    rules, policy = SETS[name], ground.stack.processes["policy"].pid
    await _replace_all(ground.cast.administrator, [body_of(rule) for rule in rules])
    invitations = _invite(ground, number * len(SETS) + list(SETS).index(name))
    used = cpu_seconds(policy)
    rate = await decided_per_second(ground, bus, invitations)
    used = cpu_seconds(policy) - used
    judged = await ground.ledger.fetchval(_LEAST_JUDGED, invitations[0].title)
    if judged != len(rules):
        raise Incorrect(f"Only {judged} of {len(rules)} rules in force judged an observation.")
    return _Round(rate, used / OBSERVATIONS * 1000)


def _invite(ground: Ground, number: int) -> list[Invitation]:
    """Invite the rooms in turn to meetings of a round, each organizer in turn."""
    title = f"rules {number}"
    return [
        Invitation(ground.rooms[each % ROOMS], window_of(number, each), title, organizer_of(each))
        for each in range(OBSERVATIONS)
    ]


def window_of(number: int, each: int) -> Slot:
    """Return when a meeting of a round is: each round has a day, and each room an hour after the other."""
    return window_after(slot(DAYS_AHEAD + number, FIRST_HOUR).start, each // ROOMS)


def organizer_of(each: int) -> str:
    """Return who invites to a meeting of a round."""
    return f"organizer{each % ORGANIZERS}@{DOMAIN}"


def body_of(rule: Rule) -> Json:
    """Return what the API is told to set a rule for all spaces."""
    parameters = rule.model_dump(mode="json")
    return {"kind": parameters.pop("kind"), "parameters": parameters, "attach": EVERYWHERE}


def _settable(policy: Json) -> Json:
    """Return what the API is told to set a policy that it shows."""
    return {name: policy[name] for name in NewPolicy.model_fields}


async def _replace_all(administrator: Administrator, wanted: Sequence[Json]) -> None:
    """Remove every policy, and set those that are wanted."""
    for each in await administrator.policies():
        await administrator.delete_policy(each)
    for each in wanted:
        await administrator.add_policy(each)
