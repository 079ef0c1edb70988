"""Bad days on demand: calls that match a rule fail, wait, or are answered into the void."""

import asyncio
import time

import aiohttp
import pytest
from msal.exceptions import MsalServiceError
from yarl import URL

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json, eventually, meeting
from tests.contract.graphsim.microsoft import SCOPES, confidential_client
from tests.support.simulator import Simulator


async def subjects(graph: Graph, room: str) -> list[str]:
    return [event["subject"] for event in (await graph.get(f"/users/{room}/events"))["value"]]


async def test_a_status_is_answered_so_many_times_and_nothing_is_done(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    effect = {"status": 503, "retry_after": 2}
    async with sim.faults({"match": {"method": "POST", "path": "/events"}, "effect": effect, "times": 2}):
        for _ in range(2):
            refused = await graph.send("POST", f"/users/{room}/events", meeting())
            assert (refused.status, refused.code) == (503, "ServiceUnavailable")
            assert refused.headers["Retry-After"] == "2"
        assert await subjects(graph, room) == []
        await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)


async def test_an_answer_can_be_lost_after_the_deed(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": {"method": "POST"}, "effect": {"drop_after_commit": True}, "times": 1}):
        with pytest.raises(aiohttp.ClientError):
            await graph.send("POST", f"/users/{room}/events", meeting("Done"))
    assert await subjects(graph, room) == ["Done"]
    assert [call["status"] for call in await sim.requests(room) if call["method"] == "POST"] == [201]


SLOW_POSTS = {"match": {"method": "POST", "path": "/events"}, "effect": {"delay_ms": 300}}


async def test_a_caller_that_leaves_is_no_failure(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults(SLOW_POSTS):
        await leave_early(sim, graph, room)

        async def noted() -> bool:
            return [call["status"] for call in await sim.requests(room)] == [0]

        await eventually(noted)


async def test_a_call_that_began_before_a_reset_counts_no_more(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults(SLOW_POSTS):
        await leave_early(sim, graph, room)

        async def under_way() -> bool:
            return bool((await sim.ask("GET", "/requests"))["high_water"].get(room))

        await eventually(under_way)
        await sim.reset()
    room = await sim.add_room("Cedar")
    await sim.ask("PUT", "/limits", {"app_concurrency": 1})
    async with sim.faults(SLOW_POSTS):
        await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)

    assert [(call["mailbox"], call["status"]) for call in await sim.requests()] == [(room, 201)]


async def leave_early(sim: Simulator, graph: Graph, room: str) -> None:
    """Announce an event, send none of it, and leave."""
    url = URL(f"{graph.base_url}/users/{room}/events")
    _, writer = await asyncio.open_connection(url.host, url.port, ssl=sim.trust)
    writer.write(
        f"POST {url.path} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {graph.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n".encode()
    )
    await writer.drain()
    writer.close()


async def test_an_error_can_be_answered_after_the_deed(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    effect = {"drop_after_commit": True, "status": 504}
    async with sim.faults({"match": {"method": "POST"}, "effect": effect, "times": 1}):
        assert (await graph.send("POST", f"/users/{room}/events", meeting("Done"))).status == 504
    assert await subjects(graph, room) == ["Done"]


async def test_a_connection_can_be_reset_before_the_deed(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": {"method": "POST"}, "effect": {"reset": True}, "times": 1}):
        with pytest.raises(aiohttp.ClientError):
            await graph.send("POST", f"/users/{room}/events", meeting())
    assert await subjects(graph, room) == []


async def test_a_call_can_be_held_up(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"effect": {"delay_ms": 200}, "times": 1}):
        began = time.monotonic()
        await graph.get(f"/users/{room}/events")
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("match", [{"app": "outlook"}, {"mailbox": "CEDAR"}, {"method": "POST"}, {"path": "/places"}])
async def test_calls_that_do_not_match_pass(sim: Simulator, graph: Graph, match: Json) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": match, "effect": {"status": 500}}):
        await graph.get(f"/users/{room}/events")


@pytest.mark.parametrize(
    "match",
    [
        {},
        {"app": "roomsync"},
        {"app": "22222222-2222-4222-8222-222222222222"},
        {"mailbox": "{ROOM}"},
        {"method": "get"},
        {"path": "/events$"},
        {"app": "roomsync", "mailbox": "{room}", "method": "GET", "path": "^/v1.0/users/"},
    ],
)
async def test_calls_that_match_fail(sim: Simulator, graph: Graph, outlook: Graph, match: dict[str, str]) -> None:
    room = await sim.add_room("Birch")
    match = {name: text.format(room=room, ROOM=room.upper()) for name, text in match.items()}
    user_id = (await outlook.get(f"/users/{room}"))["id"]
    async with sim.faults({"match": match, "effect": {"status": 500, "code": "Broken", "message": "So."}}):
        for name in (room, room.title(), user_id):
            failed = await graph.send("GET", f"/users/{name}/events")
            assert (failed.status, failed.code, failed.message) == (500, "Broken", "So.")


async def test_the_first_rule_that_fires_decides_and_a_bare_list_will_do(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    rules = [{"effect": {"status": 503}, "times": 1}, {"effect": {"status": 429}, "times": 1}]
    assert await sim.ask("PUT", "/faults", rules) == {"rules": 2}
    assert [(await graph.send("GET", f"/users/{room}/events")).status for _ in range(3)] == [503, 429, 200]


async def test_a_call_of_a_batch_that_is_cut_off_fails_alone(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    calls = [
        {"id": "cut", "method": "GET", "url": f"/users/{room}/events"},
        {"id": "whole", "method": "GET", "url": f"/users/{room}/calendar"},
    ]
    async with sim.faults({"match": {"path": "/events"}, "effect": {"reset": True}}):
        found = (await graph.call("POST", "/$batch", {"requests": calls}))["responses"]
    assert {each["id"]: each["status"] for each in found} == {"cut": 504, "whole": 200}


async def test_the_same_seed_spoils_the_same_calls(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    rule = {"match": {"mailbox": room}, "effect": {"status": 500}, "probability": 0.5, "seed": 7}
    rounds = []
    for _ in range(2):
        async with sim.faults(rule):
            rounds.append([(await graph.send("GET", f"/users/{room}/events")).status for _ in range(12)])
    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {200, 500}


async def test_the_token_endpoint_can_fail_too(sim: Simulator) -> None:
    rule = {"match": {"path": "/oauth2/"}, "effect": {"status": 503, "code": "temporarily_unavailable"}, "times": 1}
    async with sim.faults(rule):
        client = confidential_client(sim, sim.client_secret)
        with pytest.raises(MsalServiceError, match="503"):
            client.acquire_token_for_client(SCOPES)


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("MailboxNotSupportedForRESTAPI", 404, "REST API is not yet supported for this mailbox."),
        ("MailboxNotEnabledForRESTAPI", 404, "The mailbox is either inactive, soft-deleted, or is hosted on-premise."),
        ("ErrorAccessDenied", 403, "Access is denied. Check credentials and try again."),
        ("ErrorItemNotFound", 404, "The specified object was not found in the store."),
        ("ErrorInvalidUser", 404, "The requested user is invalid."),
    ],
)
async def test_a_known_code_has_its_status_and_message(
    sim: Simulator, graph: Graph, code: str, status: int, message: str
) -> None:
    birch, cedar = await sim.add_room("Birch"), await sim.add_room("Cedar")
    async with sim.faults({"match": {"mailbox": birch}, "effect": {"code": code}}):
        spoiled = await graph.send("GET", f"/users/{birch}/events")
        assert (await graph.send("GET", f"/users/{cedar}/events")).status == 200
    assert (spoiled.status, spoiled.code, spoiled.message) == (status, code, message)
    async with sim.faults({"match": {"mailbox": birch}, "effect": {"code": code, "status": 400, "message": "So."}}):
        spoiled = await graph.send("GET", f"/users/{birch}/events")
    assert (spoiled.status, spoiled.code, spoiled.message) == (400, code, "So.")


async def test_access_can_be_refused_to_our_application_alone_and_everywhere(
    sim: Simulator, graph: Graph, outlook: Graph
) -> None:
    rooms = [await sim.add_room(name) for name in ("Birch", "Cedar")]
    async with sim.faults({"match": {"app": "roomsync"}, "effect": {"code": "ErrorAccessDenied"}}):
        for room in rooms:
            assert (await graph.send("GET", f"/users/{room}/events")).status == 403
            assert (await outlook.send("GET", f"/users/{room}/events")).status == 200
        assert (await graph.send("GET", "/subscriptions")).status == 403


async def test_a_fault_can_last_for_a_while(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    began = time.monotonic()
    async with sim.faults({"match": {"mailbox": room}, "effect": {"code": "ErrorAccessDenied"}, "for_s": 0.5}):
        assert (await graph.send("GET", f"/users/{room}/events")).status == 403

        async def over() -> bool:
            return (await graph.send("GET", f"/users/{room}/events")).status == 200

        await eventually(over)
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(
    "rule",
    [
        {"match": {"path": "*"}},
        {"match": {"verb": "GET"}},
        {"match": []},
        {"effect": {"explode": True}},
        {"effect": {"status": "many"}},
        {"effect": {"delay_ms": -1}},
        {"effect": {"code": "Unheard"}},
        {"for_s": -1},
        {"often": 3},
        {"times": "thrice"},
        {"probability": 2},
        7,
    ],
    ids=str,
)
async def test_a_rule_that_cannot_be_read_is_refused(sim: Simulator, rule: Json) -> None:
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("PUT", "/faults", {"rules": [rule]})
    assert refused.value.status == 400
