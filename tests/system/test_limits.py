"""B15: whatever is going on in a room, Graph is never called more than four times at once about its mailbox."""

import asyncio

from deploy.driver.cast import Cast
from deploy.driver.looks import answered, blocked
from deploy.driver.slots import slot

HOURS = range(7, 17)
LATENCY_MS = 60
WITHIN_S = 60


async def test_b15_all_services_together_stay_within_graphs_limit_of_a_mailbox(swept_cast: Cast) -> None:
    cast = swept_cast
    room = await cast.room()
    people = [await cast.user() for _ in range(3)]
    invited = [(person, slot(days, hour=hour)) for days, person in enumerate(people, 20) for hour in HOURS]

    async with cast.tenant.limits(latency_ms=LATENCY_MS), cast.tenant.delivery(extra_updates=[2, 3]):
        events, reservations = await asyncio.gather(
            asyncio.gather(*(person.invite("Planning", when, room.calendar) for person, when in invited)),
            asyncio.gather(
                *(cast.administrator.reserve(room.space, slot(30, hour=hour), f"Board {hour}") for hour in HOURS)
            ),
        )
        for (person, _), event in zip(invited, events, strict=True):
            await answered(person, event, room, "accepted", within_s=WITHIN_S)
        for hour in HOURS:
            await blocked(room, slot(30, hour=hour), within_s=WITHIN_S)

    assert len(reservations) == len(HOURS)
    assert 2 <= await cast.tenant.most_calls_at_once(room.calendar) <= 4
