"""Subscriptions live as Graph's do: proven by handshake, limited in time, and gone when they are gone."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from tests.contract.graphsim.graph import Graph
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import in_minutes, subscribed, wanted
from tests.support.simulator import Simulator


def minutes_left(subscription: dict[str, Any]) -> float:
    until = datetime.fromisoformat(subscription["expirationDateTime"])
    return (until - datetime.now(UTC)).total_seconds() / 60


async def test_both_addresses_are_asked_to_echo_a_token(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    made = await subscribed(graph, await sim.add_room("Birch"), receiver)
    assert {each.path for each in receiver.handshakes} == {"/notifications", "/lifecycle"}
    for each in receiver.handshakes:
        assert each.content_type == "text/plain"
        raw = each.query_string.partition("validationToken=")[2]
        assert raw != unquote(raw) == each.query["validationToken"]
    assert made["clientState"] == "secret"
    assert made["applicationId"] == sim.client_id


async def test_an_address_keeps_its_own_query(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    await subscribed(
        graph,
        await sim.add_room("Birch"),
        receiver,
        notificationUrl=f"{receiver.url}/hook?tenant=a%20b",
        lifecycleNotificationUrl=None,
    )
    [only] = receiver.handshakes
    assert only.query["tenant"] == "a b"
    assert only.query["validationToken"]


@pytest.mark.parametrize("echo", ["encoded", "html", "refused", "accepted"])
async def test_whoever_does_not_echo_the_token_is_not_subscribed(
    sim: Simulator, graph: Graph, receiver: Receiver, echo: str
) -> None:
    room = await sim.add_room("Birch")
    receiver.echo = echo
    reply = await graph.send("POST", "/subscriptions", wanted(room, receiver))
    assert (reply.status, reply.code) == (400, "InvalidRequest")
    assert "validation" in reply.message.lower()
    assert (await graph.get("/subscriptions"))["value"] == []


async def test_an_echo_must_come_within_ten_seconds(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    assert (await sim.ask("PUT", "/delivery", {}))["handshake_within_s"] == 10
    await sim.ask("PUT", "/delivery", {"handshake_within_s": 0.2})
    receiver.echo = "late"
    reply = await graph.send("POST", "/subscriptions", wanted(await sim.add_room("Birch"), receiver))
    assert (reply.status, reply.code) == (400, "InvalidRequest")
    assert reply.message == "Subscription validation request timed out."


async def test_a_certificate_that_is_not_trusted_fails_the_handshake(
    sim: Simulator, graph: Graph, receiver: Receiver
) -> None:
    elsewhere = f"{sim.base_url}/nowhere"
    reply = await graph.send(
        "POST", "/subscriptions", wanted(await sim.add_room("Birch"), receiver, notificationUrl=elsewhere)
    )
    assert (reply.status, reply.code) == (400, "InvalidRequest")


async def test_a_life_of_less_than_45_minutes_is_raised_to_45(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    made = await subscribed(graph, await sim.add_room("Birch"), receiver, expirationDateTime=in_minutes(5))
    assert 44 < minutes_left(made) <= 45


async def test_a_life_beyond_the_ceiling_is_refused_with_the_ceiling(
    sim: Simulator, graph: Graph, receiver: Receiver
) -> None:
    room = await sim.add_room("Birch")
    reply = await graph.send("POST", "/subscriptions", wanted(room, receiver, expirationDateTime=in_minutes(10_075)))
    assert (reply.status, reply.code) == (400, "ExtensionError")
    assert reply.message == "Subscription expiration can only be 10070 minutes in the future."
    made = await subscribed(graph, room, receiver, expirationDateTime=in_minutes(10_069))
    late = await graph.send("PATCH", f"/subscriptions/{made['id']}", {"expirationDateTime": in_minutes(10_075)})
    assert (late.status, late.code) == (400, "ExtensionError")


@pytest.mark.parametrize(
    ("flaw", "status", "code"),
    [
        ({"expirationDateTime": "2030-01-01T00:00:00"}, 400, "InvalidRequest"),
        ({"expirationDateTime": "soon"}, 400, "InvalidRequest"),
        ({"changeType": "created,replaced"}, 400, "InvalidRequest"),
        ({"changeType": None}, 400, "InvalidRequest"),
        ({"notificationUrl": "http://127.0.0.1/hook"}, 400, "InvalidRequest"),
        ({"notificationUrl": 7}, 400, "InvalidRequest"),
        ({"lifecycleNotificationUrl": "ftp://127.0.0.1"}, 400, "InvalidRequest"),
        ({"clientState": "x" * 129}, 400, "InvalidRequest"),
        ({"clientState": 7}, 400, "InvalidRequest"),
        ({"resource": "users/nobody@example.org/events"}, 404, "ExtensionError"),
        ({"resource": "me/drive"}, 400, "ExtensionError"),
        ({"includeResourceData": True}, 400, "ExtensionError"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_flawed_subscription_is_refused(
    sim: Simulator, graph: Graph, receiver: Receiver, flaw: dict[str, Any], status: int, code: str
) -> None:
    reply = await graph.send("POST", "/subscriptions", {**wanted(await sim.add_room("Birch"), receiver), **flaw})
    assert (reply.status, reply.code) == (status, code)
    assert receiver.handshakes == []


async def test_the_same_subscription_twice_is_a_conflict(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    birch, cedar = await sim.add_room("Birch"), await sim.add_room("Cedar")
    made = await subscribed(graph, birch, receiver)
    twin = await graph.send("POST", "/subscriptions", wanted(birch, receiver))
    assert twin.status == 409
    assert made["id"] in twin.message
    await subscribed(graph, birch, receiver, changeType="updated")
    await subscribed(graph, cedar, receiver)


async def test_a_renewal_prolongs(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    made = await subscribed(graph, await sim.add_room("Birch"), receiver)
    renewed = await graph.call("PATCH", f"/subscriptions/{made['id']}", {"expirationDateTime": in_minutes(2880)})
    assert 2878 < minutes_left(renewed) <= 2880
    nothing = await graph.send("PATCH", f"/subscriptions/{made['id']}", {"clientState": "other"})
    assert nothing.status == 400


@pytest.mark.parametrize("end", ["deleted", "expired", "removed"])
async def test_what_is_gone_answers_404(sim: Simulator, graph: Graph, receiver: Receiver, end: str) -> None:
    path = f"/subscriptions/{(made := await subscribed(graph, await sim.add_room('Birch'), receiver))['id']}"
    if end == "deleted":
        await graph.call("DELETE", path, expect=204)
    elif end == "expired":
        await sim.ask("POST", "/subscriptions/expire", {"id": made["id"]})
    else:
        await sim.ask("POST", "/lifecycle", {"id": made["id"], "event": "subscriptionRemoved"})
    assert (await graph.send("GET", path)).status == 404
    assert (await graph.send("PATCH", path, {"expirationDateTime": in_minutes(60)})).status == 404
    assert (await graph.send("POST", f"{path}/reauthorize")).status == 404
    assert (await graph.send("DELETE", path)).status == 404
    assert (await graph.get("/subscriptions"))["value"] == []


async def test_subscriptions_are_the_callers_own(
    sim: Simulator, graph: Graph, outlook: Graph, receiver: Receiver
) -> None:
    made = await subscribed(graph, await sim.add_room("Birch"), receiver)
    assert (await outlook.get("/subscriptions"))["value"] == []
    assert (await outlook.send("GET", f"/subscriptions/{made['id']}")).status == 404
    assert [each["id"] for each in (await graph.get("/subscriptions"))["value"]] == [made["id"]]


async def test_lists_of_subscriptions_are_throttled_first(sim: Simulator, graph: Graph) -> None:
    await sim.ask("PUT", "/limits", {"subscription_lists": 2})
    statuses = [(await graph.send("GET", "/subscriptions")).status for _ in range(3)]
    assert statuses == [200, 200, 429]
