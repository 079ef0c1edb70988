"""Names of mailboxes and events in paths and resources: any character a name may have, decoded once."""

import asyncio
from urllib.parse import quote
from uuid import uuid4

import pytest
from yarl import URL

from tests.contract.graphsim.graph import Graph, meeting
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import subscribed, wanted
from tests.support.simulator import Simulator


async def add_room(sim: Simulator, local_part: str) -> str:
    address = f"{local_part}.{uuid4().hex[:8]}@example.org"
    await sim.add_mailbox(address, display_name="Birch", kind="room")
    return address


@pytest.mark.parametrize(
    "form",
    [
        "users/{name}/events",
        "/users/{name}/events",
        "Users/{name}/calendar/events",
        "users/{encoded}/events",
        "users('{doubled}')/events",
        "/users('{doubled}')/calendar/events",
        "users('{doubled_encoded}')/events",
        "users(%27{doubled_encoded}%27)/events",
    ],
)
async def test_a_resource_may_name_a_mailbox_with_an_apostrophe(
    sim: Simulator, graph: Graph, receiver: Receiver, form: str
) -> None:
    name = await add_room(sim, "o'brien")
    doubled = name.replace("'", "''")
    resource = form.format(name=name, encoded=quote(name), doubled=doubled, doubled_encoded=quote(doubled))
    made = await subscribed(graph, name, receiver, resource=resource)
    [kept] = (await sim.ask("GET", "/subscriptions"))["subscriptions"]
    assert (kept["mailbox"], made["resource"]) == (name, resource)
    await graph.call("POST", f"/users/{quote(name)}/events", meeting(), expect=201)
    assert await receiver.received()


@pytest.mark.parametrize("form", ["users/{encoded}/events", "users('{encoded}')/events"])
@pytest.mark.parametrize("local_part", ["a#b", "a%41", "a+b", "a&b", "ä"])
async def test_a_name_is_decoded_once_wherever_it_stands(
    sim: Simulator, graph: Graph, receiver: Receiver, local_part: str, form: str
) -> None:
    name = await add_room(sim, local_part)
    encoded = quote(name, safe="")
    await subscribed(graph, name, receiver, resource=form.format(encoded=encoded))
    [kept] = (await sim.ask("GET", "/subscriptions"))["subscriptions"]
    assert kept["mailbox"] == name
    event = await graph.call("POST", f"{graph.base_url}/users/{encoded}/events", meeting(), expect=201)
    found = await graph.get(f"{graph.base_url}/users/{encoded}/events/{quote(event['id'], safe='')}")
    assert found["id"] == event["id"]
    twice = quote(encoded, safe="")
    assert (await graph.send("GET", f"{graph.base_url}/users/{twice}/events")).status == 404
    unknown = await graph.send("POST", "/subscriptions", wanted(name, receiver, resource=f"users/{twice}/events"))
    assert (unknown.status, unknown.code) == (404, "ExtensionError")


@pytest.mark.parametrize(
    "resource",
    [
        "users/a#b@example.org/events",
        "users/{name}/events#",
        "users('{name}/events",
        "users('o'b@example.org')/events",
        "users/{name}/messages",
        "users//events",
        "https://graph.microsoft.com/v1.0/users/{name}/events",
    ],
)
async def test_a_resource_that_is_no_path_is_refused(
    sim: Simulator, graph: Graph, receiver: Receiver, resource: str
) -> None:
    name = await add_room(sim, "birch")
    reply = await graph.send("POST", "/subscriptions", wanted(name, receiver, resource=resource.format(name=name)))
    assert (reply.status, reply.code) == (400, "ExtensionError")
    assert receiver.handshakes == []


async def test_a_raw_number_sign_in_a_url_is_refused(sim: Simulator, graph: Graph) -> None:
    room = await add_room(sim, "birch")
    request = f"GET /v1.0/users/{room}/events#top HTTP/1.1"
    assert b" 400 " in (await raw_request(sim, graph, request)).partition(b"\r\n")[0]
    assert b" 200 " in (await raw_request(sim, graph, request.replace("#top", ""))).partition(b"\r\n")[0]


async def raw_request(sim: Simulator, graph: Graph, line: str) -> bytes:
    """Send a request line as it is, which no client would; the answer as it came."""
    host, port = URL(sim.base_url).host, URL(sim.base_url).port
    reader, writer = await asyncio.open_connection(host, port, ssl=sim.trust)
    head = f"{line}\r\nHost: {host}\r\nAuthorization: Bearer {graph.token}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    try:
        return await reader.read()
    finally:
        writer.close()
