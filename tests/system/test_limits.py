"""B15: whatever is going on in a room, Graph is never called more than four times at once about its mailbox."""

import asyncio

from deploy.driver.cast import Cast
from deploy.driver.looks import accepted_meeting, accepted_series, answered, blocked
from deploy.driver.slots import slot, weeks

HOURS = range(7, 17)
LATENCY_MS = 60
WITHIN_S = 60
DATES = 30


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


async def test_b15_the_holds_of_a_refused_series_are_written_together_and_within_the_same_limit(
    swept_cast: Cast,
) -> None:
    cast, when = swept_cast, slot()
    room, ben = await cast.room(), await cast.user("ben")
    taken = when.later(days=7, hours=1)
    await accepted_meeting(ben, room, taken, "Board")
    ada, event = await accepted_series(cast, room, when, DATES, other=taken)
    singles = [slot(20, hour=hour) for hour in HOURS]

    async with cast.tenant.limits(latency_ms=LATENCY_MS):
        await ada.move(event, when.later(hours=1))
        invited = await asyncio.gather(*(ben.invite("Planning", single, room.calendar) for single in singles))
        for each in invited:
            await answered(ben, each, room, "accepted", within_s=WITHIN_S)
        await answered(ada, event, room, "tentativelyAccepted", within_s=WITHIN_S)
        for window in weeks(when, DATES):
            await blocked(room, window, within_s=WITHIN_S)

    calls = await cast.tenant.calls(room.calendar)
    holds = [call for call in calls if call["method"] == "POST" and call["path"].endswith("/events")]
    assert len(holds) == DATES
    assert len({call["batch"] or call["time"] for call in holds}) <= DATES / 2
    assert 2 <= await cast.tenant.most_calls_at_once(room.calendar) <= 4
