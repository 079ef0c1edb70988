"""A change of many dates asks little of Graph, makes the calendar that single calls make, and one hold a date."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from libs.common.topology import Lane
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Window
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.test_waiting import SELDOM, running
from tests.integration.outbound.world import KEPT, Room, World, dropping, holding

DATES = 150
AT_ONCE = 20
"""As many intents as outbound gets at a time."""


@pytest.fixture
async def empty(world: World) -> World:
    await world.pool.execute("TRUNCATE waiting, outbox, inbox, intents")
    return world


def reservation(number: int, room: Room) -> UUID:
    return uuid5(room.space_id, str(number))


def holds(room: Room, dates: int, generation: int = 1) -> list[IntentIssued]:
    """Issue what a refused change of a series of so many dates leads to: a hold for each of them."""
    return [
        room.issued(
            holding(
                reservation(number, room),
                Window(start=KEPT.start + timedelta(days=number), end=KEPT.end + timedelta(days=number)),
                subject=f"Date {number}",
            ),
            generation,
        )
        for number in range(dates)
    ]


async def held(world: World, room: Room) -> list[tuple[str, str]]:
    """Return what stands in a room, in its order."""
    found: list[Json] = (await world.outlook.get(f"/users/{room.mailbox}/events?$top=999"))["value"]
    return sorted((each["start"]["dateTime"], each["subject"]) for each in found)


async def requests(world: World, room: Room) -> int:
    """Count the HTTP requests that our application's calls on a mailbox came in."""
    calls = [call for call in await world.sim.requests(room.mailbox) if call["app"] == "roomsync"]
    return len({call["batch"] for call in calls} - {None}) + sum(call["batch"] is None for call in calls)


async def test_the_holds_of_a_refused_series_are_few_requests_and_stand_as_single_calls_make_them(
    empty: World, migrated: str, tmp_path: Path
) -> None:
    """Each hold is made without a look: 16 batches at best in two turns, and some more, as nothing waits for others."""
    await empty.sim.ask("PUT", "/limits", {"latency_ms": 5, "requests_per_window": 100_000})
    together, alone = await empty.room(), await empty.room()

    async with running(empty, migrated, tmp_path, SELDOM, graph_requests_per_10_min=100_000) as outbound:
        await outbound.send(*holds(together, DATES), lane=Lane.BULK)
        await outbound.send(*holds(alone, DATES))
        await outbound.settle(*holds(together, DATES), *holds(alone, DATES), within_s=60)

    assert await held(empty, together) == await held(empty, alone)
    assert len(await held(empty, together)) == DATES
    assert await requests(empty, together) <= DATES / 3
    assert await requests(empty, alone) == DATES
    at_once = (await empty.sim.ask("GET", "/requests"))["high_water"]
    assert (at_once[together.mailbox], at_once[alone.mailbox]) == (2, 1)


async def test_they_are_changed_and_dropped_in_few_requests_too(world: World) -> None:
    room = await world.room()
    issued = holds(room, AT_ONCE)
    made = {each.key: each.event_id for each in await world.handle(*issued, lane=Lane.BULK)}
    before = await requests(world, room)

    drops = [room.issued(dropping(reservation(number, room), made[each.key]), 2) for number, each in enumerate(issued)]
    settled = await world.handle(*drops, lane=Lane.BULK)

    assert [each.has_written for each in settled] == [True] * AT_ONCE
    assert await held(world, room) == []
    assert await requests(world, room) - before <= 15


@pytest.mark.parametrize("after", [1, 8, 16], ids=["at the first writes", "among them", "at the last ones"])
async def test_a_process_that_dies_in_the_middle_leaves_one_hold_a_date(world: World, after: int) -> None:
    room = await world.room()
    await world.sim.ask("PUT", "/limits", {"latency_ms": 5})
    issued = holds(room, AT_ONCE)
    killed = asyncio.create_task(world.handle(*issued, lane=Lane.BULK))

    async def under_way() -> bool:
        return len(await world.sim.requests(room.mailbox)) >= after

    while not killed.done() and not await under_way():  # noqa: ASYNC110 - looks at another process
        await asyncio.sleep(0.005)
    killed.cancel()
    await asyncio.wait([killed])
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "make calls together"]

    for each in issued:
        await world.settle_in_the_end(each)

    assert [subject for _, subject in await held(world, room)] == [f"Date {number}" for number in range(AT_ONCE)]


async def test_people_do_not_wait_for_a_batch_of_the_bulk_lane(empty: World, migrated: str, tmp_path: Path) -> None:
    room = await empty.room()
    many, one = holds(room, AT_ONCE), holds(room, AT_ONCE + 1)[-1]
    slow = {"match": {"path": r"\$batch$"}, "effect": {"answer_delay_ms": 3000}, "times": 1}

    async with running(empty, migrated, tmp_path, SELDOM) as outbound, empty.sim.faults(slow):
        await outbound.send(*many, lane=Lane.BULK)
        while await requests(empty, room) == 0:  # noqa: ASYNC110 - looks at another process
            await asyncio.sleep(0.01)
        await outbound.send(one)
        await outbound.settle(one)
        settled_before = len(outbound.settled())
        await outbound.settle(*many, within_s=25)

    assert settled_before == 1
    assert len(await held(empty, room)) == AT_ONCE + 1
