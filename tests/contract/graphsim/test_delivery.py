"""Notifications arrive as from Graph: several for one change, late, twice, again until taken, or not at all."""

import pytest

from tests.contract.graphsim.graph import Graph, assert_is, eventually, meeting
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import subscribed, wanted
from tests.support.simulator import Simulator

IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
PROMPT = {"delay_ms": [0, 5], "extra_updates": [0, 0]}


async def quiet(sim: Simulator) -> None:
    """Wait until nothing is under way."""

    async def look() -> bool:
        return bool((await sim.ask("GET", "/quiet"))["quiet"])

    await eventually(look)


async def test_a_change_is_told_in_graphs_envelope(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    room = await sim.add_room("Birch")
    made = await subscribed(graph, room, receiver)
    event = await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await receiver.received(2)
    await quiet(sim)
    assert [item["changeType"] for item in receiver.items("created")] == ["created"]
    assert 1 <= len(receiver.items("updated")) <= 2
    for post in receiver.posts:
        assert_is("changeNotificationCollection", post)
    for item in receiver.items():
        assert item["subscriptionId"] == made["id"]
        assert item["clientState"] == "secret"
        assert item["tenantId"] == sim.tenant_id
        assert item["resourceData"]["id"] == event["id"]
        assert item["resource"] == f"Users/{item['resource'].split('/')[1]}/Events/{event['id']}"


async def test_ids_are_of_the_kind_asked_for_at_the_start(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    room = await sim.add_room("Birch")
    await graph.call(
        "POST", "/subscriptions", wanted(room, receiver, changeType="created"), expect=201, headers=IMMUTABLE
    )
    event = await graph.call("POST", f"/users/{room}/events", meeting(), expect=201, headers=IMMUTABLE)
    [item] = await receiver.received()
    assert item["resourceData"]["id"] == event["id"]


async def test_only_the_changes_asked_for_are_told(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver, changeType="deleted")
    event = await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await graph.call("DELETE", f"/users/{room}/events/{event['id']}", expect=204)
    await receiver.received(1, "deleted")
    assert receiver.items("created", "updated") == []


async def test_items_for_several_subscriptions_share_a_post(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", {"delay_ms": [150, 150], "extra_updates": [0, 0]})
    rooms = [await sim.add_room(f"R{number}") for number in range(5)]
    for room in rooms:
        await subscribed(graph, room, receiver)
    batch = [
        {"id": room, "method": "POST", "url": f"/users/{room}/events", "body": meeting(), "headers": {}}
        for room in rooms
    ]
    await graph.call("POST", "/$batch", {"requests": batch})
    await receiver.received(len(rooms))
    assert len(receiver.posts) < len(rooms)


async def test_a_delivery_that_is_not_taken_is_tried_again(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "retry_after_s": 0.05})
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    receiver.answers += [500, 404]
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await receiver.received(3)
    await quiet(sim)
    assert [item["changeType"] for item in receiver.items()] == ["created"] * 3
    assert len({item["id"] for item in receiver.items()}) == 1


async def test_what_is_never_taken_is_reported_as_missed(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "retry_after_s": 0.02, "give_up_after_s": 0.05})
    room = await sim.add_room("Birch")
    made = await subscribed(graph, room, receiver)
    receiver.answers += [503] * 3
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)

    async def look() -> list[str]:
        return receiver.lifecycle()

    assert await eventually(look) == ["missed"]
    assert receiver.items()[-1]["subscriptionId"] == made["id"]


async def test_silence_is_silence(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "silence": True})
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    await graph.call("POST", f"/users/{room}/events", meeting("Unheard"), expect=201)
    await quiet(sim)
    await sim.ask("PUT", "/delivery", {**PROMPT, "silence": False})
    event = await graph.call("POST", f"/users/{room}/events", meeting("Heard"), expect=201)
    await receiver.received()
    await quiet(sim)
    assert {item["resourceData"]["id"] for item in receiver.items()} == {event["id"]}


@pytest.mark.parametrize(
    ("setting", "count"), [({"duplicate": 1}, 2), ({"extra_updates": [3, 3]}, 4), ({"drop": 1}, 0)]
)
async def test_notifications_can_be_made_to_multiply_and_vanish(
    sim: Simulator, graph: Graph, receiver: Receiver, setting: dict[str, object], count: int
) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, **setting})
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await quiet(sim)
    assert len(receiver.items()) == count


async def test_notifications_can_be_made_to_overtake_each_other(
    sim: Simulator, graph: Graph, receiver: Receiver
) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "reorder": 0.5, "held_back_ms": 200})
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    made = [
        (await graph.call("POST", f"/users/{room}/events", meeting(day=day), expect=201))["id"] for day in range(1, 13)
    ]
    told = [item["resourceData"]["id"] for item in await receiver.received(len(made))]
    assert told != made
    assert sorted(told) == sorted(made)


@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved", "missed"])
async def test_lifecycle_events_go_to_their_own_address(
    sim: Simulator, graph: Graph, receiver: Receiver, event: str
) -> None:
    made = await subscribed(graph, await sim.add_room("Birch"), receiver)
    await sim.ask("POST", "/lifecycle", {"id": made["id"], "event": event})
    [item] = await receiver.received()
    assert item["lifecycleEvent"] == event
    assert item["subscriptionId"] == made["id"]
    assert item["clientState"] == "secret"
    [post] = receiver.posts
    assert_is("changeNotificationCollection", {**post, "value": [{**item, "changeType": "updated", "resource": ""}]})


async def test_a_subscription_to_be_reauthorized_pauses_until_it_is(
    sim: Simulator, graph: Graph, receiver: Receiver
) -> None:
    await sim.ask("PUT", "/delivery", PROMPT)
    room = await sim.add_room("Birch")
    made = await subscribed(graph, room, receiver)
    await sim.ask("POST", "/lifecycle", {"mailbox": room, "event": "reauthorizationRequired", "pauses": True})
    await graph.call("POST", f"/users/{room}/events", meeting("Lost"), expect=201)
    await quiet(sim)
    assert receiver.items("created") == []
    await graph.call("POST", f"/subscriptions/{made['id']}/reauthorize", expect=204)
    await graph.call("POST", f"/users/{room}/events", meeting("Told"), expect=201)
    await receiver.received(1, "created")


async def test_an_expired_subscription_is_silent(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    await sim.ask("POST", "/subscriptions/expire", {"mailbox": room})
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await quiet(sim)
    assert receiver.items() == []
