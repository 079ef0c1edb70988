"""Many calls in one: each as if it had come alone."""

from itertools import pairwise

import pytest

from tests.contract.graphsim.graph import Graph, Json, meeting
from tests.support.simulator import Simulator


def reading(ident: str, url: str, **more: object) -> Json:
    return {"id": ident, "method": "GET", "url": url, **more}


def putting(room: str, subject: str = "Planning", **more: object) -> Json:
    url, headers = f"/users/{room}/events", {"Content-Type": "application/json"}
    return {"id": "put", "method": "POST", "url": url, "headers": headers, "body": meeting(subject), **more}


async def answers(graph: Graph, *calls: Json) -> dict[str, Json]:
    body = await graph.call("POST", "/$batch", {"requests": calls})
    return {each["id"]: each for each in body["responses"]}


async def test_each_call_has_its_own_status_and_body(sim: Simulator, graph: Graph) -> None:
    room, ada = await sim.add_room("Birch"), await sim.add_user("Ada")
    put = putting(room, "Batched")

    found = await answers(graph, put, reading("denied", f"/users/{ada}/events"), reading("rooms", "/places/graph.room"))

    assert {ident: each["status"] for ident, each in found.items()} == {"put": 201, "denied": 403, "rooms": 200}
    assert found["put"]["body"]["subject"] == "Batched"
    assert found["denied"]["body"]["error"]["code"] == "ErrorAccessDenied"
    assert [each["emailAddress"] for each in found["rooms"]["body"]["value"]] == [room]


async def test_a_call_waits_for_those_it_depends_on_and_fails_with_them(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    put = putting(room)
    listing = f"/users/{room}/events"

    found = await answers(
        graph,
        put,
        reading("after", listing, dependsOn=["put"]),
        reading("lost", f"{listing}/AAMkADnothing-here-at-all="),
        reading("never", listing, dependsOn=["lost"]),
    )

    assert len(found["after"]["body"]["value"]) == 1
    assert (found["lost"]["status"], found["never"]["status"]) == (404, 424)


async def test_calls_of_a_batch_are_throttled_one_by_one(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"concurrency": 1, "latency_ms": 500})

    found = await answers(graph, *(reading(str(each), f"/users/{room}/events") for each in range(4)))

    statuses = sorted(each["status"] for each in found.values())
    assert statuses == [200, 429, 429, 429]
    assert all("Retry-After" in each["headers"] for each in found.values() if each["status"] == 429)


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([], id="none"),
        pytest.param([reading(str(each), "/places/graph.room") for each in range(21)], id="too many"),
        pytest.param([reading("1", "/places/graph.room")] * 2, id="the same id twice"),
        pytest.param([reading("a", "/places/graph.room"), reading("A", "/places/graph.room")], id="the same in case"),
        pytest.param([reading("", "/places/graph.room")], id="an empty id"),
        pytest.param([{"id": "1", "url": "/places/graph.room"}], id="no method"),
        pytest.param([reading("1", "https://graph.microsoft.com/v1.0/places/graph.room")], id="a whole address"),
        pytest.param([reading("1", "/$batch")], id="a batch in a batch"),
        pytest.param([reading("1", "/places/graph.room", headers={"Prefer": 1})], id="a header that is no string"),
        pytest.param([putting("birch@example.org", headers={})], id="a body without its type"),
        pytest.param([putting("birch@example.org", body=None)], id="a write without a body"),
        pytest.param([reading("1", "/places/graph.room", dependsOn=["2"])], id="depends on what is not there"),
        pytest.param([reading("1", "/places/graph.room", dependsOn=["1"])], id="depends on itself"),
        pytest.param(
            [reading("1", "/places/graph.room", dependsOn=["2"]), reading("2", "/places/graph.room")],
            id="depends on what comes later",
        ),
    ],
)
async def test_a_malformed_batch_is_refused_whole(graph: Graph, calls: list[Json]) -> None:
    refused = await graph.send("POST", "/$batch", {"requests": calls})
    assert (refused.status, refused.code) == (400, "BadRequest")


async def test_nothing_of_a_malformed_batch_is_done(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    calls = [putting(room), reading("2", "/places/graph.room", dependsOn=["3"])]

    assert (await graph.send("POST", "/$batch", {"requests": calls})).status == 400

    assert (await graph.get(f"/users/{room}/events"))["value"] == []


async def test_a_call_gets_its_own_headers_and_of_the_batch_only_who_calls(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    made = await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    own = {"Prefer": 'outlook.timezone="Europe/Berlin"', "client-request-id": "own"}
    url = f"/users/{room}/events/{made['id']}"
    requests = [reading("plain", url), reading("preferring", url, headers=own)]
    outer = {"Prefer": 'outlook.timezone="Asia/Tokyo"', "client-request-id": "outer"}

    body = await graph.call("POST", "/$batch", {"requests": requests}, headers=outer)

    found = {each["id"]: each for each in body["responses"]}
    zones = {ident: each["body"]["start"]["timeZone"] for ident, each in found.items()}
    assert zones == {"plain": "UTC", "preferring": "Europe/Berlin"}
    assert found["preferring"]["headers"]["client-request-id"] == "own"
    assert found["plain"]["headers"]["client-request-id"] != "outer"


async def test_a_chain_is_made_one_at_a_time_in_its_order_and_ends_with_its_first_failure(
    sim: Simulator, graph: Graph
) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/limits", {"latency_ms": 20})
    calls = [reading(str(each), f"/users/{room}/events?$top={each + 1}") for each in range(6)]
    calls[4]["url"] = f"/users/{room}/events/AAMkADnothing-here-at-all="
    for before, call in pairwise(calls):
        call["dependsOn"] = [before["id"]]

    found = await answers(graph, *calls)

    assert [found[str(each)]["status"] for each in range(6)] == [200, 200, 200, 200, 404, 424]
    asked = await sim.requests(room)
    assert [call["query"] for call in asked[:4]] == [f"$top={each + 1}" for each in range(4)]
    assert len(asked) == 5
    assert (await sim.ask("GET", "/requests"))["high_water"][room] == 1


async def test_the_log_tells_what_came_in_one_batch(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await answers(graph, *(reading(str(each), f"/users/{room}/events") for each in range(3)))
    await answers(graph, reading("1", f"/users/{room}/events"))
    await graph.get(f"/users/{room}/events")

    log = await sim.requests()

    by_batch = [[call for call in log if call["batch"] == each] for each in {call["batch"] for call in log} - {None}]
    assert sorted(map(len, by_batch)) == [1, 3]
    alone = [call["path"] for call in log if call["batch"] is None]
    assert alone == ["/v1.0/$batch", "/v1.0/$batch", f"/v1.0/users/{room}/events"]
