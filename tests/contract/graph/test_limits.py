"""Bad days: throttling, failures, lost answers. What is tried again, and what is not."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from libs.graph import bodies
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import ConnectionLost, DuplicateTransaction, Throttled, Unavailable
from libs.graph.limiter import bulk
from tests.contract.graph.tenant import END, MORNING, START, tenancy
from tests.contract.graphsim.graph import Graph, Json
from tests.support.simulator import Simulator

DAY = timedelta(days=1)


def new_hold() -> Json:
    return bodies.new_hold(START, END, "Board", reservation_id=uuid4(), transaction_id=uuid4())


async def at_most(sim: Simulator, mailbox: str) -> int:
    high_water: dict[str, int] = (await sim.ask("GET", "/requests"))["high_water"]
    return high_water[mailbox]


async def copy_of_an_invitation(sim: Simulator, outlook: Graph) -> tuple[str, str]:
    room, organizer = await sim.add_room("Birch"), await sim.add_user("Ada")
    copy = await outlook.copy(room, await outlook.invite(organizer, room))
    return room, copy["id"]


async def test_no_more_than_four_calls_of_a_mailbox_are_under_way(sim: Simulator, client: GraphClient) -> None:
    await sim.ask("PUT", "/limits", {"latency_ms": 20})
    rooms = [await sim.add_room("Birch"), await sim.add_room("Cedar")]

    await asyncio.gather(*(client.find_events(room, str(each)) for each in range(30) for room in rooms))

    assert [await at_most(sim, room) for room in rooms] == [4, 4]
    assert {call["status"] for call in await sim.requests()} == {200}


async def test_two_connections_to_one_tenant_share_its_limits(sim: Simulator, clients: GraphClients) -> None:
    await sim.ask("PUT", "/limits", {"latency_ms": 20})
    room = await sim.add_room("Birch")
    both = [clients.of(tenancy(sim)), clients.of(tenancy(sim, connection_id=uuid4()))]

    await asyncio.gather(*(client.find_events(room, str(each)) for each in range(10) for client in both))

    assert await at_most(sim, room) == 4


async def test_people_are_served_before_bulk_work(sim: Simulator, client: GraphClient) -> None:
    await sim.ask("PUT", "/limits", {"latency_ms": 20})
    room = await sim.add_room("Birch")

    async def in_bulk(each: int) -> None:
        with bulk():
            await client.find_events(room, f"bulk-{each}")

    await asyncio.gather(*map(in_bulk, range(20)), client.find_events(room, "live"))

    asked = [call["query"] for call in await sim.requests(room)]
    assert next(place for place, query in enumerate(asked) if "live" in query) < 12


async def test_a_throttled_call_waits_as_long_as_it_was_told(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": {"mailbox": room}, "effect": {"status": 429, "retry_after": 1}, "times": 1}):
        made = await client.create_event(room, new_hold())

    refused, passed = (await sim.requests(room))[:2]
    assert (refused["status"], passed["status"]) == (429, 201)
    gap = datetime.fromisoformat(passed["time"]) - datetime.fromisoformat(refused["time"])
    assert gap >= timedelta(seconds=1)
    assert [each.event_id for each in await client.calendar_view(room, MORNING, MORNING + DAY)] == [made.event_id]


async def test_nobody_calls_a_throttled_mailbox_until_the_wait_is_over(sim: Simulator, client: GraphClient) -> None:
    room, other = await sim.add_room("Birch"), await sim.add_room("Cedar")
    async with sim.faults({"match": {"mailbox": room}, "effect": {"status": 429, "retry_after": 1}, "times": 1}):
        await client.find_events(other, "before")
        first = asyncio.create_task(client.find_events(room, "first"))
        while not await sim.requests(room):  # noqa: ASYNC110 - looks at another process
            await asyncio.sleep(0.02)
        await asyncio.gather(*(client.find_events(room, str(each)) for each in range(5)), first)

    refused, *passed = await sim.requests(room)
    told_at = datetime.fromisoformat(refused["time"])
    assert all(datetime.fromisoformat(call["time"]) - told_at >= timedelta(seconds=1) for call in passed)
    assert {call["status"] for call in passed} == {200}


async def test_two_hundred_writes_on_a_bad_day_are_made_once_each(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    rules = [
        {"match": {"method": "POST", "mailbox": room}, "effect": effect, "probability": 0.04, "seed": seed}
        for seed, effect in enumerate(
            [
                {"status": 429, "retry_after": 0.1},
                {"status": 503, "retry_after": 0.1},
                {"drop_after_commit": True},
                {"reset": True},
            ]
        )
    ]
    holds = [new_hold() for _ in range(200)]

    async def write(body: Json) -> None:
        for _ in range(5):
            try:
                await client.create_event(room, body)
            except DuplicateTransaction:
                return
            except (Throttled, Unavailable, ConnectionLost):
                continue
            else:
                return

    async with sim.faults(*rules):
        await asyncio.gather(*map(write, holds))

    found = await client.calendar_view(room, MORNING, MORNING + DAY)
    assert sorted(each.transaction_id or "" for each in found) == sorted(each["transactionId"] for each in holds)
    assert await at_most(sim, room) <= 4


async def test_a_create_whose_answer_was_lost_makes_one_event(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults(
        {"match": {"method": "POST", "mailbox": room}, "effect": {"drop_after_commit": True}, "times": 1}
    ):
        with pytest.raises(DuplicateTransaction) as told:
            await client.create_event(room, new_hold())

    assert told.value.existing_event_id is not None
    assert len(await client.calendar_view(room, MORNING, MORNING + DAY)) == 1


@pytest.mark.parametrize(
    "effect",
    [{"drop_after_commit": True}, {"reset": True}, {"status": 503, "retry_after": 0}, {"status": 504}],
    ids=["answer lost", "never arrived", "unavailable", "timed out"],
)
async def test_an_answer_to_an_invitation_is_never_sent_again_blindly(
    sim: Simulator, outlook: Graph, client: GraphClient, effect: Json
) -> None:
    room, event_id = await copy_of_an_invitation(sim, outlook)
    async with sim.faults({"match": {"method": "POST", "mailbox": room}, "effect": effect}):
        with pytest.raises((ConnectionLost, Unavailable)):
            await client.respond(room, event_id, "accept", comment="Booked.")

    assert len([call for call in await sim.requests(room) if call["method"] == "POST"]) == 1


async def test_a_read_is_tried_again_after_any_failure(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    for effect in ({"status": 503, "retry_after": 0}, {"status": 504}, {"reset": True}):
        async with sim.faults({"match": {"mailbox": room}, "effect": effect, "times": 2}):
            assert await client.find_events(room, "0400") == []


async def test_a_mailbox_that_stays_away_is_given_up_after_three_tries(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": {"mailbox": room}, "effect": {"status": 503, "retry_after": 0}}):
        with pytest.raises(Unavailable):
            await client.find_events(room, "0400")
    assert len(await sim.requests(room)) == 3


async def test_retries_tell_the_log_no_secret(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    with capture_logs() as logs:
        async with sim.faults({"match": {"mailbox": room}, "effect": {"status": 504}, "times": 2}):
            await client.create_event(
                room, bodies.new_hold(START, END, "Merger", reservation_id=uuid4(), transaction_id=uuid4())
            )
    told = repr(logs)
    assert logs
    assert not any(each in told for each in (sim.client_secret, "Bearer", "Merger", "eyJ"))
