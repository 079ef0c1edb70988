"""The first hold of a reservation or group is created without a look, and there is one of it whatever gets lost."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from libs.contracts.intents import KeepHold
from libs.contracts.messages import Settlement
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.test_recurring_holds import DATES, FIRST, at, expected, moved, recurring, removed, shown
from tests.integration.outbound.world import ComesAgain, Room, World, edges, holding

DONE = Settlement.DONE


async def requests(world: World, room: Room) -> list[str]:
    """What our application asked of a room's mailbox, in HTTP requests: a batch is one."""
    calls = [each for each in await world.sim.requests(room.mailbox) if each["app"] == "roomsync"]
    said = {each["batch"] or number: _name(each) for number, each in enumerate(calls)}
    return list(said.values())


def _name(call: Json) -> str:
    return "batch" if call["batch"] else f"{call['method']} {call['path'].rpartition('/')[2]}"


async def forget(world: World, room: Room) -> None:
    """Have outbound know nothing of a room's intents, as after its database was restored."""
    await world.admin.execute("DELETE FROM outbound.intents WHERE space_id = $1", room.space_id)


@pytest.mark.parametrize("hold", [holding(uuid4()), recurring(uuid4())], ids=["single", "recurring"])
async def test_the_first_hold_is_created_in_one_request(world: World, hold: KeepHold) -> None:
    room = await world.room()

    settled = await world.settle(room.issued(hold))

    assert (settled.settlement, settled.has_written) == (DONE, True)
    assert await requests(world, room) == ["POST events"]


async def test_the_first_hold_of_a_group_of_150_with_five_exceptions_takes_three_requests(world: World) -> None:
    room = await world.room()
    days = [FIRST + timedelta(days=number) for number in range(150)]
    daily = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "endDate", "startDate": FIRST.isoformat(), "endDate": days[-1].isoformat()},
    }
    exceptions = [removed(days[10]), removed(days[149]), *(moved(days[n], at(days[n], 14)) for n in (0, 50, 100))]

    settled = await world.settle(room.issued(recurring(uuid4(), *exceptions, recurrence=daily)))

    assert (settled.settlement, settled.has_written) == (DONE, True)
    assert len(await shown(world, room)) == 148
    assert await requests(world, room) == ["POST events", "GET instances", "batch"]


@pytest.mark.parametrize("status", [400, 409])
async def test_a_hold_that_nobody_remembers_is_found_and_brought_to_what_is_wanted(world: World, status: int) -> None:
    await world.sim.ask("PUT", "/options", {"duplicate_transaction_status": status})
    room = await world.room()
    message = room.issued(recurring(uuid4(), removed(DATES[1])))
    first = await world.settle(message)
    await world.outlook.call("PATCH", f"/users/{room.mailbox}/events/{first.event_id}", edges(at(FIRST, 15)))
    await forget(world, room)

    again = await world.settle_in_the_end(message)

    assert (again.settlement, again.event_id) == (DONE, first.event_id)
    assert len(await world.events(room)) == 1
    assert await shown(world, room) == expected(at(DATES[0]), *map(at, DATES[2:]))


async def test_a_hold_whose_first_writing_was_broken_off_is_looked_for(world: World) -> None:
    room = await world.room()
    message = room.issued(holding(uuid4()))
    await world.sim.ask("PUT", "/limits", {"latency_ms": 500})
    with pytest.raises((TimeoutError, ComesAgain)):
        await asyncio.wait_for(world.settle(message), 0.2)
    await world.sim.ask("PUT", "/limits", {"latency_ms": 0})
    await world.quiet()
    before = len(await requests(world, room))

    settled = await world.settle_in_the_end(message)

    assert settled.settlement is DONE
    assert (await requests(world, room))[before] == "GET events"
    assert len(await world.events(room)) == 1


async def test_a_message_that_came_twice_at_once_creates_one_hold_and_looks_for_it(world: World) -> None:
    room = await world.room()
    message = room.issued(holding(uuid4()))

    await world.handle(message, message.model_copy())

    assert await requests(world, room) == ["POST events", "GET events"]
    assert len(await world.events(room)) == 1


async def test_a_later_generation_of_a_hold_is_looked_for(world: World) -> None:
    room, reservation = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(reservation)))
    await forget(world, room)

    again = await world.settle(room.issued(holding(reservation), 2))

    assert (again.settlement, again.has_written, again.event_id) == (DONE, False, first.event_id)
