"""Who may call what: tokens, roles, and the mailboxes that the tenant lets our application reach."""

from typing import Any

import jwt
import pytest

from tests.contract.graphsim.graph import Graph, meeting
from tests.contract.graphsim.microsoft import application_token
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import wanted
from tests.support.simulator import Simulator


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c"])
async def test_without_a_good_token_there_is_nothing(sim: Simulator, token: str | None) -> None:
    room = await sim.add_room("Birch")
    reply = await Graph(sim.http, sim.base_url, token).send("GET", f"/users/{room}/events")
    assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")
    assert f'authorization_uri="{sim.authority}' in reply.headers["WWW-Authenticate"]


async def test_a_token_for_another_audience_is_refused(sim: Simulator) -> None:
    room = await sim.add_room("Birch")
    ours = await sim.api_token("ada@example.org", "admin")
    reply = await Graph(sim.http, sim.base_url, ours).send("GET", f"/users/{room}/events")
    assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")


async def test_a_token_that_was_tampered_with_is_refused(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    assert graph.token is not None
    claims = jwt.decode(graph.token, options={"verify_signature": False})
    forged = jwt.encode(
        claims, "x" * 32, algorithm="HS256", headers=jwt.get_unverified_header(graph.token) | {"alg": "HS256"}
    )
    for token in (graph.token[:-4] + "AAAA", forged):
        reply = await Graph(sim.http, sim.base_url, token).send("GET", f"/users/{room}/events")
        assert reply.status == 401


async def test_our_application_reaches_rooms_only_unless_told_otherwise(sim: Simulator, graph: Graph) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    assert (await graph.send("GET", f"/users/{birch}/events")).status == 200
    refused = await graph.send("GET", f"/users/{ada}/events")
    assert (refused.status, refused.code) == (403, "ErrorAccessDenied")

    await sim.ask("PUT", "/access", {"scope": "all"})
    assert (await graph.send("GET", f"/users/{ada}/events")).status == 200

    await sim.ask("PUT", "/access", {"scope": "none"})
    assert (await graph.send("GET", f"/users/{birch}/events")).status == 403


async def test_a_scope_can_name_its_mailboxes(sim: Simulator, graph: Graph) -> None:
    ada, birch, cedar = await sim.add_user("Ada"), await sim.add_room("Birch"), await sim.add_room("Cedar")
    await sim.ask("PUT", "/access", {"scope": "all", "mailboxes": [birch, ada]})
    found = {name: (await graph.send("GET", f"/users/{name}/events")).status for name in (ada, birch, cedar)}
    assert found == {ada: 200, birch: 200, cedar: 403}


async def test_outlook_acts_for_anybody(sim: Simulator, outlook: Graph) -> None:
    await sim.ask("PUT", "/access", {"scope": "none"})
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    for mailbox in (ada, birch):
        assert (await outlook.send("GET", f"/users/{mailbox}/events")).status == 200


READ_ONLY = ["Calendars.Read", "Place.Read.All"]


@pytest.mark.parametrize(
    ("roles", "method", "path", "status"),
    [
        (READ_ONLY, "GET", "/users/{room}/events", 200),
        (READ_ONLY, "POST", "/users/{room}/events", 403),
        (["Place.Read.All"], "GET", "/users/{room}/events", 403),
        (["Place.Read.All"], "GET", "/places/microsoft.graph.room", 200),
        (["Calendars.ReadWrite"], "GET", "/places/microsoft.graph.room", 403),
        (["Calendars.ReadWrite"], "POST", "/users/{room}/events", 201),
    ],
)
async def test_a_role_that_was_not_granted_is_a_403(
    sim: Simulator, roles: list[str], method: str, path: str, status: int
) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/access", {"roles": roles})
    graph = Graph(sim.http, sim.base_url, application_token(sim))
    reply = await graph.send(method, path.format(room=room), meeting() if method == "POST" else None)
    assert reply.status == status


async def test_a_mailbox_out_of_reach_cannot_be_subscribed_to(sim: Simulator, graph: Graph, receiver: Receiver) -> None:
    ada = await sim.add_user("Ada")
    reply = await graph.send("POST", "/subscriptions", wanted(ada, receiver))
    assert (reply.status, reply.code) == (403, "ExtensionError")


async def test_reach_is_checked_inside_a_batch_too(sim: Simulator, graph: Graph) -> None:
    ada = await sim.add_user("Ada")
    [answer] = (
        await graph.call("POST", "/$batch", {"requests": [{"id": "1", "method": "GET", "url": f"/users/{ada}/events"}]})
    )["responses"]
    assert answer["status"] == 403


@pytest.mark.parametrize("setting", [{"scope": "some"}, {"mailboxes": "all"}, {"nonsense": 1}])
async def test_a_scope_that_cannot_be_is_refused(sim: Simulator, graph: Graph, setting: dict[str, Any]) -> None:
    async with sim.http.put(f"{sim.control_url}/access", json=setting) as answer:
        assert answer.status == 400
    room = await sim.add_room("Birch")
    assert (await graph.send("GET", f"/users/{room}/events")).status == 200
