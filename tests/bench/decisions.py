"""How many observed meetings one policy process decides in a second, and who wins a slot that fifty want."""

from collections.abc import Sequence

from deploy.driver.cast import BookableRoom
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import RequestRefused
from deploy.driver.slots import slot
from libs.common.bus.rabbitmq import RabbitBus, open_rabbitmq
from libs.common.together import together
from tests.bench.deciding import LIVE, Invitation, decided_per_second, now, observed, only_policy, publish, window_after
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import ROOMS, Ground
from tests.bench.proc import cpu_seconds
from tests.bench.samples import over_rounds

ROUNDS, OBSERVATIONS = 3, 1200
WARM_UP = 300
RACES, CONTENDERS = 10, 50
DAYS_AHEAD = 400


async def measure(ground: Ground) -> list[Line]:
    """Measure decisions, then races. Raises Incorrect for a lost observation and for more or fewer than one winner."""
    rooms = ground.rooms
    async with only_policy(ground), open_rabbitmq(ground.amqp_url, ground.topology) as bus:
        ground.say("Warming up policy.")
        await decided_per_second(ground, bus, _invitations(rooms, 0, WARM_UP))
        rates, policy = [], ground.stack.processes["policy"].pid
        used = cpu_seconds(policy)
        for number in range(1, ROUNDS + 1):
            ground.say(f"{OBSERVATIONS:,} observations to decide, round {number} of {ROUNDS}.")
            rates.append(await decided_per_second(ground, bus, _invitations(rooms, number, OBSERVATIONS)))
        used = cpu_seconds(policy) - used
        ground.say(f"{CONTENDERS} contenders for one slot, {RACES} times.")
        winners = [await _winners(ground, bus, rooms[number], number) for number in range(RACES)]
    rate, note = over_rounds(rates, "/s")
    note += f"; {ROOMS} spaces in {ground.topology.shards} shards; {used / ROUNDS / OBSERVATIONS * 1000:.1f} ms "
    note += "of policy's processor time each"
    if set(winners) != {1}:
        raise Incorrect(f"Of {CONTENDERS} contenders for one slot, so many won, race by race: {winners}.")
    what = f"{CONTENDERS} contenders for one slot, {RACES} races: most winners of a race"
    half = CONTENDERS // 2
    return [
        Line("decisions", "observations decided and committed", rate, "/s", Target("at_least", 300), note=note),
        Line(
            "decisions",
            what,
            max(winners),
            "winner",
            Target("exactly", 1),
            note=f"{half} by invitation and {half} by the API at once",
        ),
    ]


def _invitations(rooms: Sequence[BookableRoom], number: int, many: int) -> list[Invitation]:
    """Invite the rooms in turn, hour after hour, to meetings of a round."""
    start, title = slot(DAYS_AHEAD + 30 * number).start, f"round {number}"
    return [Invitation(rooms[each % ROOMS], window_after(start, each // ROOMS), title) for each in range(many)]


async def _winners(ground: Ground, bus: RabbitBus, room: BookableRoom, number: int) -> int:
    """Let fifty ask for one window at once, half of them by invitation; return how many have it in the end."""
    window, title = window_after(slot(DAYS_AHEAD - 30).start, number), f"race {number}"
    handled, began = await _handled(ground), await now(ground)
    messages = [observed(Invitation(room, window, title), began) for _ in range(CONTENDERS // 2)]

    async def reserve() -> None:
        try:
            await ground.cast.administrator.reserve(room.space, window, title)
        except RequestRefused as refused:
            expect(refused.status == 409, refused)

    async def all_handled() -> None:
        expect(await _handled(ground) >= handled + len(messages), "observations are not decided")

    await together([publish(ground, bus, messages), *(reserve() for _ in range(CONTENDERS // 2))])
    await eventually(all_handled)
    won: int = await ground.ledger.fetchval(LIVE, title, "confirmed")
    return won


async def _handled(ground: Ground) -> int:
    handled: int = await ground.ledger.fetchval("SELECT count(*) FROM policy.inbox")
    return handled
