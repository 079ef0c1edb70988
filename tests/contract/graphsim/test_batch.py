"""Many calls in one: each as if it had come alone."""

import pytest

from tests.contract.graphsim.graph import Graph, Json, meeting
from tests.support.simulator import Simulator


def reading(ident: str, url: str, **more: object) -> Json:
    return {"id": ident, "method": "GET", "url": url, **more}


async def answers(graph: Graph, *calls: Json) -> dict[str, Json]:
    body = await graph.call("POST", "/$batch", {"requests": calls})
    return {each["id"]: each for each in body["responses"]}


async def test_each_call_has_its_own_status_and_body(sim: Simulator, graph: Graph) -> None:
    room, ada = await sim.add_room("Birch"), await sim.add_user("Ada")
    put = {"id": "put", "method": "POST", "url": f"/users/{room}/events", "body": meeting("Batched")}

    found = await answers(graph, put, reading("denied", f"/users/{ada}/events"), reading("rooms", "/places/graph.room"))

    assert {ident: each["status"] for ident, each in found.items()} == {"put": 201, "denied": 403, "rooms": 200}
    assert found["put"]["body"]["subject"] == "Batched"
    assert found["denied"]["body"]["error"]["code"] == "ErrorAccessDenied"
    assert [each["emailAddress"] for each in found["rooms"]["body"]["value"]] == [room]


async def test_a_call_waits_for_those_it_depends_on_and_fails_with_them(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    put = {"id": "put", "method": "POST", "url": f"/users/{room}/events", "body": meeting()}
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
        pytest.param([{"id": "1", "url": "/places/graph.room"}], id="no method"),
    ],
)
async def test_a_malformed_batch_is_refused_whole(graph: Graph, calls: list[Json]) -> None:
    refused = await graph.send("POST", "/$batch", {"requests": calls})
    assert (refused.status, refused.code) == (400, "BadRequest")
