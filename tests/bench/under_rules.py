"""Rates of decisions under sets of rules, which take turns in many short rounds.

The rules are set and removed through the API. What else the machine does meets each set alike, so the rate under one
set is compared with the rate without any of the same round.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from deploy.driver.administrator import Administrator
from deploy.driver.http import Json
from deploy.driver.slots import Slot, slot
from deploy.local.tenant import DOMAIN
from libs.common.bus.rabbitmq import RabbitBus, open_rabbitmq
from services.policy.api.policy_bodies import NewPolicy
from services.policy.core.policies.rule import Rule
from tests.bench.deciding import Booked, Invitation, decided_per_second, only_policy, window_after
from tests.bench.figures import Incorrect
from tests.bench.ground import ROOMS, Ground
from tests.bench.proc import cpu_seconds

ROUNDS, OBSERVATIONS = 9, 500
FIRST_HOUR = 8
ORGANIZERS = 250
EVERYWHERE: Json = {"scope": "all"}
NONE = "none"

_LEAST_JUDGED = "SELECT min(jsonb_array_length(policies)) FROM policy.reservations WHERE title = $1"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules for all spaces, and what becomes of a request for a free time that all of them judged."""

    rules: Sequence[Rule]
    books: Booked = "confirmed"


@dataclass(frozen=True, slots=True)
class Round:
    """How many observations were decided a second, and the milliseconds of policy's processor time that each took."""

    rate: float
    used_ms: float


async def rounds_under(
    ground: Ground, figure: str, sets: Mapping[str, RuleSet], days_ahead: int, rounds_of_each: int = ROUNDS
) -> Mapping[str, list[Round]]:
    """Measure each set of rules in turn, the one called `none` among them, after one round that does not count.

    Raises Incorrect if an observation does not end as its set says, or is not judged by every rule.
    """
    rounds: Mapping[str, list[Round]] = {name: [] for name in sets}
    async with (
        only_rules(ground.cast.administrator) as rules,
        only_policy(ground),
        open_rabbitmq(ground.amqp_url, ground.topology) as bus,
    ):
        for number in range(rounds_of_each + 1):
            ground.say(f"{OBSERVATIONS:,} observations to decide without and with rules, {number} of {rounds_of_each}.")
            for name in sets if number % 2 else reversed(list(sets)):
                await rules.replace(sets[name].rules)
                nth = number * len(sets) + list(sets).index(name)
                measured = await _measure(ground, bus, sets[name], invite(ground, f"{figure} {nth}", days_ahead + nth))
                if number:
                    rounds[name].append(measured)
    return rounds


def beside(rounds: Mapping[str, list[Round]], name: str) -> float:
    """Return the median, over the rounds, of the rate with a set of rules as a part of the rate without any."""
    return median(some.rate / none.rate for some, none in zip(rounds[name], rounds[NONE], strict=True))


def invite(ground: Ground, title: str, days_ahead: int) -> list[Invitation]:
    """Invite the rooms in turn to meetings of a round, each organizer in turn."""
    return [
        Invitation(ground.rooms[each % ROOMS], window_of(days_ahead, each), title, organizer_of(each))
        for each in range(OBSERVATIONS)
    ]


def window_of(days_ahead: int, each: int) -> Slot:
    """Return when a meeting of a round is: each round has a day, and each room an hour after the other."""
    return window_after(slot(days_ahead, FIRST_HOUR).start, each // ROOMS)


def organizer_of(each: int) -> str:
    """Return who invites to a meeting of a round."""
    return f"organizer{each % ORGANIZERS}@{DOMAIN}"


def body_of(rule: Rule) -> Json:
    """Return what the API is told to set a rule for all spaces."""
    parameters = rule.model_dump(mode="json")
    return {"kind": parameters.pop("kind"), "parameters": parameters, "attach": EVERYWHERE}


async def _measure(ground: Ground, bus: RabbitBus, under: RuleSet, invitations: Sequence[Invitation]) -> Round:
    policy = ground.stack.processes["policy"].pid
    used = cpu_seconds(policy)
    rate = await decided_per_second(ground, bus, invitations, under.books)
    used = cpu_seconds(policy) - used
    judged = await ground.ledger.fetchval(_LEAST_JUDGED, invitations[0].title)
    if judged != len(under.rules):
        raise Incorrect(f"Only {judged} of {len(under.rules)} rules in force judged an observation.")
    return Round(rate, used / OBSERVATIONS * 1000)


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules in force, as an administrator sets them."""

    administrator: Administrator

    async def replace(self, wanted: Sequence[Rule]) -> None:
        """Remove every policy, and have these rules for all spaces."""
        await self.set([body_of(each) for each in wanted])

    async def set(self, wanted: Sequence[Json]) -> None:
        """Remove every policy, and set those that are wanted."""
        for each in await self.administrator.policies():
            await self.administrator.delete_policy(each)
        for each in wanted:
            await self.administrator.add_policy(each)


@asynccontextmanager
async def only_rules(administrator: Administrator) -> AsyncIterator[RulesInForce]:
    """Yield what sets rules; afterwards those are in force that were before."""
    rules = RulesInForce(administrator)
    before = [{name: policy[name] for name in NewPolicy.model_fields} for policy in await administrator.policies()]
    try:
        yield rules
    finally:
        await rules.set(before)
