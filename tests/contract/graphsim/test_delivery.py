"""Notifications arrive as from Graph: several for one change, late, twice, again until taken, or not at all."""

import asyncio
from itertools import pairwise

import pytest
import trustme

from tests.contract.graphsim.graph import Graph, assert_is, eventually, meeting
from tests.contract.graphsim.receiver import Receiver, open_receiver
from tests.contract.graphsim.subscribing import in_minutes, subscribed, wanted
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
    headers = {"Content-Type": "application/json"}
    batch = [
        {"id": room, "method": "POST", "url": f"/users/{room}/events", "body": meeting(), "headers": headers}
        for room in rooms
    ]

    async def one_is_shared() -> bool:
        before = len(receiver.items())
        await graph.call("POST", "/$batch", {"requests": batch})
        await receiver.received(before + len(rooms))
        return len(receiver.posts) < len(receiver.items())

    # Items share a post if they come within some milliseconds, which a busy machine may need for one of them.
    await eventually(one_is_shared)


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


async def test_pauses_between_tries_double_up_to_the_longest(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "retry_after_s": 0.1, "longest_retry_delay_s": 0.3})
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    receiver.answers += [503] * 4
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await receiver.received(5)
    pauses = [later - earlier for earlier, later in pairwise(receiver.times)]
    for pause, least in zip(pauses, (0.1, 0.2, 0.3, 0.3), strict=True):
        assert least <= pause < least + 0.2


async def test_an_answer_that_comes_too_late_counts_as_none(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    patience = {"first_answer_within_s": 0.1, "later_answers_within_s": 5, "retry_after_s": 0.02}
    await sim.ask("PUT", "/delivery", {**PROMPT, **patience})
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    receiver.pauses += [0.4, 0.4]
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await receiver.received(2)
    await quiet(sim)
    assert len(receiver.posts) == 2


async def test_an_endpoint_that_is_gone_is_given_up(
    sim: Simulator, graph: Graph, webhook_authority: trustme.CA
) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "retry_after_s": 0.02, "give_up_after_s": 0.1})
    room = await sim.add_room("Birch")
    async with open_receiver(webhook_authority) as gone:
        await subscribed(graph, room, gone)
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await quiet(sim)
    assert gone.posts == []


async def test_news_may_come_before_the_answer(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", PROMPT)
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    async with sim.faults({"match": {"method": "POST", "path": "/events$"}, "effect": {"answer_delay_ms": 500}}):
        posting = asyncio.create_task(graph.call("POST", f"/users/{room}/events", meeting(), expect=201))
        [item] = await receiver.received()
        assert not posting.done()
        assert (await posting)["id"] == item["resourceData"]["id"]


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


async def test_silence_falls_on_what_is_under_way_too(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "delay_ms": 300})
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await sim.ask("PUT", "/delivery", {"silence": True})
    await quiet(sim)
    assert receiver.items() == []


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


async def test_noise_is_genuine_and_tells_of_nothing(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await sim.ask("PUT", "/delivery", PROMPT)
    birch, cedar = await sim.add_room("Birch"), await sim.add_room("Cedar")
    made = await subscribed(graph, birch, receiver)
    await subscribed(graph, cedar, receiver)

    told = await sim.ask("POST", "/noise", {"mailbox": birch, "count": 250})

    items = await receiver.received(250)
    assert told == {"told": [made["id"]]}
    assert {(each["subscriptionId"], each["clientState"]) for each in items} == {(made["id"], "secret")}
    assert len({each["resourceData"]["id"] for each in items}) == 250
    unknown = await graph.send("GET", f"/users/{birch}/events/{items[0]['resourceData']['id']}")
    assert (unknown.status, unknown.code) == (404, "ErrorItemNotFound")
    assert all(len(post["value"]) <= 100 for post in receiver.posts)


async def test_notifications_can_come_without_their_client_state(
    sim: Simulator, graph: Graph, receiver: Receiver
) -> None:
    await sim.ask("PUT", "/delivery", {**PROMPT, "omits_client_state": True})
    room = await sim.add_room("Birch")
    made = await subscribed(graph, room, receiver)
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await sim.ask("POST", "/lifecycle", {"mailbox": room, "event": "missed"})
    items = await receiver.received(2)
    assert ["clientState" in each for each in items] == [False, False]
    assert {each["subscriptionId"] for each in items} == {made["id"]}


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


@pytest.mark.parametrize("tells", [True, False])
async def test_a_subscription_can_be_removed_with_a_word_and_without(
    sim: Simulator, graph: Graph, receiver: Receiver, *, tells: bool
) -> None:
    room = await sim.add_room("Birch")
    made = await subscribed(graph, room, receiver)
    removal = {"mailbox": room, "event": "subscriptionRemoved", "tells": tells}
    told = await sim.ask("POST", "/lifecycle", removal)
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await quiet(sim)
    assert told == {"told": [made["id"]] if tells else []}
    assert receiver.lifecycle() == (["subscriptionRemoved"] if tells else [])
    assert receiver.items("created") == []
    assert (await graph.send("GET", f"/subscriptions/{made['id']}")).status == 404
    assert (await graph.get("/subscriptions"))["value"] == []


async def test_lifecycle_events_have_two_shapes(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    made = await subscribed(graph, await sim.add_room("Birch"), receiver)
    await sim.ask("POST", "/lifecycle", {"id": made["id"], "event": "missed", "shape": "organizationId"})
    [item] = await receiver.received()
    assert "tenantId" not in item
    assert item["organizationId"] == sim.tenant_id
    assert item["resource"] == f"Subscriptions/{made['id']}"
    assert (item["lifecycleEvent"], item["clientState"]) == ("missed", "secret")


@pytest.mark.parametrize("silences", [True, False])
async def test_a_subscription_renewed_in_two_ways_at_once_may_go_silent(
    sim: Simulator, graph: Graph, receiver: Receiver, silences: bool
) -> None:
    await sim.ask("PUT", "/options", {"renewing_twice_silences": silences})
    await sim.ask("PUT", "/delivery", PROMPT)
    room = await sim.add_room("Birch")
    path = f"/subscriptions/{(await subscribed(graph, room, receiver))['id']}"
    await graph.call("POST", f"{path}/reauthorize", expect=204)
    await graph.call("PATCH", path, {"expirationDateTime": in_minutes(2000)})
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await quiet(sim)
    assert len(receiver.items()) == (0 if silences else 1)
    await graph.get(path)


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
