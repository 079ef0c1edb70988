"""Throttling: so many calls at once and in a while, for each application and mailbox."""

import asyncio
import time

import pytest

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, eventually
from tests.support.simulator import Simulator


async def statuses(graph: Graph, path: str, count: int) -> list[int]:
    """The statuses of calls made at the same time, sorted."""
    replies = await asyncio.gather(*(graph.send("GET", path) for _ in range(count)))
    return sorted(reply.status for reply in replies)


async def test_four_calls_at_once_are_let_in_and_a_fifth_is_not(sim: Simulator, graph: Graph) -> None:
    room, other = await sim.add_room("Birch"), await sim.add_room("Cedar")
    await sim.ask("PUT", "/limits", {"latency_ms": 200})

    first, second = await asyncio.gather(
        statuses(graph, f"/users/{room}/events", 6), statuses(graph, f"/users/{other}/events", 4)
    )

    assert first == [200] * 4 + [429] * 2
    assert second == [200] * 4
    # A refused call is over at once, so that two of them need not meet.
    high_water = (await sim.ask("GET", "/requests"))["high_water"]
    assert high_water[room] in {5, 6}
    assert high_water[other] == 4


async def test_a_throttled_call_says_when_to_come_back(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"concurrency": 0, "retry_after_s": 7})
    refused = await graph.send("GET", f"/users/{room}/events")
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "ApplicationThrottled", "7")

    await sim.ask("PUT", "/limits", {"retry_after_s": None})
    assert "Retry-After" not in (await graph.send("GET", f"/users/{room}/events")).headers


async def test_requests_of_a_window_run_out_and_refused_ones_count(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"requests_per_window": 3})
    replies = [(await graph.send("GET", f"/users/{room}/events")).status for _ in range(5)]
    assert replies == [200, 200, 200, 429, 429]


async def test_a_window_opens_again(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"requests_per_window": 1, "window_s": 0.3})
    assert [(await graph.send("GET", f"/users/{room}/events")).status for _ in range(2)] == [200, 429]

    async def look() -> bool:
        await asyncio.sleep(0.31)
        return (await graph.send("GET", f"/users/{room}/events")).status == 200

    assert await eventually(look)


async def test_calls_of_an_application_can_be_limited_over_all_mailboxes(sim: Simulator, graph: Graph) -> None:
    rooms = [await sim.add_room(name) for name in ("Birch", "Cedar", "Maple")]
    await sim.ask("PUT", "/limits", {"app_concurrency": 2, "latency_ms": 200})
    replies = await asyncio.gather(*(graph.send("GET", f"/users/{room}/events") for room in rooms))
    assert sorted(reply.status for reply in replies) == [200, 200, 429]


async def test_writes_of_subscriptions_run_out_too(sim: Simulator, graph: Graph) -> None:
    await sim.ask("PUT", "/limits", {"subscription_writes": 1})
    assert [(await graph.send("POST", "/subscriptions", {})).status for _ in range(2)] == [400, 429]


async def test_outlook_is_not_throttled(sim: Simulator, outlook: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"concurrency": 1, "latency_ms": 50})
    assert await statuses(outlook, f"/users/{room}/events", 6) == [200] * 6


async def test_lists_of_subscriptions_are_few(sim: Simulator, graph: Graph) -> None:
    assert [(await graph.send("GET", "/subscriptions")).status for _ in range(26)] == [200] * 25 + [429]


async def test_latency_is_added_to_every_call(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"latency_ms": 150})
    began = time.monotonic()
    await graph.get(f"/users/{room}/events")
    assert time.monotonic() - began >= 0.15


async def test_an_unknown_limit_is_refused(sim: Simulator) -> None:
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("PUT", "/limits", {"patience": 3})
    assert refused.value.status == 400
