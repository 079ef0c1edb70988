"""What is left of the rate of decisions while timelines are open that show them, each of fifty rooms and 31 days."""

from itertools import count
from statistics import median

from deploy.driver.slots import slot
from libs.common.bus.rabbitmq import open_rabbitmq
from tests.bench.console.visit import Visit
from tests.bench.console.watchers import open_watchers
from tests.bench.deciding import Invitation, decided_per_second, only_policy, window_after
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import ROOMS, Ground
from tests.bench.samples import digits

PAGES = 5
ROUNDS, OBSERVATIONS, WARM_UP = 3, 900, 300
DAYS_AHEAD = 1_200
LEFT = Target("at_least", 0.95)


async def measure(ground: Ground, visit: Visit) -> Line:
    """Decide without open pages and with them, in turn. Raises Incorrect if the pages hear of nothing."""
    ground.say(f"Decisions beside {PAGES} open timelines.")
    numbers = count()
    query = {"name": "room", "days": "31", "from": f"{slot(DAYS_AHEAD).start:%Y-%m-%d}"}
    async with only_policy(ground), open_rabbitmq(ground.amqp_url, ground.topology) as bus:

        async def rate(many: int = OBSERVATIONS) -> float:
            return await decided_per_second(ground, bus, _invitations(ground, next(numbers), many))

        await rate(WARM_UP)
        alone, beside, looks = [], [], 0
        for _ in range(ROUNDS):
            alone.append(await rate())
            async with open_watchers(visit, PAGES, query) as watchers:
                beside.append(await rate())
                looks += sum(each.looks for each in watchers)
    if not looks:
        raise Incorrect("Open timelines heard of none of the decisions.")
    return Line(
        "console",
        f"rate of decisions beside {PAGES} open timelines that show them, of that without",
        median(beside) / median(alone),
        "of it",
        LEFT,
        note=f"{digits(median(beside))}/s, and {digits(median(alone))}/s without; {looks} looks in {ROUNDS} rounds",
    )


def _invitations(ground: Ground, number: int, many: int) -> list[Invitation]:
    """Invite the rooms in turn, hour after hour, to meetings of a round."""
    start = slot(DAYS_AHEAD + 2 * number, hour=0).start
    return [
        Invitation(ground.rooms[each % ROOMS], window_after(start, each // ROOMS), f"beside {number}")
        for each in range(many)
    ]
