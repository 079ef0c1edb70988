"""What becomes of the calls of a batch if it is answered with junk, and if their callers leave."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from aiohttp import web
from prometheus_client import REGISTRY

from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import BadRequest, ConnectionLost, GraphError, Unavailable
from libs.graph.limiter import bulk
from libs.graph.settings import GraphSettings
from tests.contract.graph.standin import Answer, StandIn, client_of, json, open_standin, raw
from tests.contract.graphsim.graph import Json
from tests.support.simulator import Simulator

ROOM = "birch@example.org"


class Graph:
    """Answers single calls with 202, and batches as told, once `may_answer` is set."""

    def __init__(self, standin: StandIn, client: GraphClient) -> None:
        self.client = client
        self.batches: list[list[Json]] = []
        self.alone: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.is_asked = asyncio.Event()
        self.answer: Answer | None = None
        standin.answers = [self._answer]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("$batch"):
            self.alone.append(request.path)
            return web.Response(status=202)
        calls: list[Json] = (await request.json())["requests"]
        self.batches.append(calls)
        self.is_asked.set()
        await self.may_answer.wait()
        if self.answer is not None:
            return await self.answer(request)
        return await json({"responses": [{"id": each["id"], "status": 202} for each in reversed(calls)]})(request)

    def asks(self, number: int) -> list[asyncio.Task[None]]:
        """Answer so many invitations in the bulk lane, together."""
        with bulk():
            return [asyncio.create_task(self._ask(each)) for each in range(number)]

    async def _ask(self, number: int) -> None:
        await self.client.respond(ROOM, f"AAMk{number}", "accept", comment=None)


@pytest_asyncio.fixture
async def graph(sim: Simulator, graph_settings: GraphSettings, clients: GraphClients) -> AsyncIterator[Graph]:
    async with open_standin() as standin:
        client = client_of(standin, sim, graph_settings, clients, at_a_time=1)
        graph = Graph(standin, client)
        await client.respond(ROOM, "AAMk", "accept", comment=None)  # which fetches the token
        yield graph
        assert under_way() == []


def under_way() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "make calls together"]


async def ended(tasks: Sequence[asyncio.Task[None]]) -> list[object]:
    return list(await asyncio.gather(*tasks, return_exceptions=True))


def asked(calls: list[Json]) -> list[str]:
    return [call["url"].split("/")[-2] for call in calls]


ANSWERED = {"id": "1", "status": 202}


@pytest.mark.parametrize(
    ("answer", "lost"),
    [
        ({"responses": [ANSWERED]}, [2, 3]),
        ({"responses": [ANSWERED, {"id": "3", "status": 202}]}, [2]),
        ({"responses": [ANSWERED, {"id": "9", "status": 202}, {"id": "3", "status": 202}]}, [2]),
        ({"responses": [ANSWERED, ANSWERED, {"id": "2", "status": 202}, {"id": "3", "status": 202}]}, [1]),
        ({"responses": [ANSWERED, {"id": 2, "status": 202}, {"id": "3", "status": "202"}]}, [2, 3]),
        ({"responses": [ANSWERED, {"id": "2", "status": True}, "3", None, []]}, [2, 3]),
        ({"responses": {"1": ANSWERED}}, [1, 2, 3]),
        ({"responses": None}, [1, 2, 3]),
        ({}, [1, 2, 3]),
    ],
    ids=["short", "one missing", "unknown id", "twice", "wrong types", "no objects", "no list", "null", "nothing"],
)
async def test_a_call_that_its_batch_leaves_out_is_lost_and_not_made_again_blindly(
    graph: Graph, answer: Json, lost: list[int]
) -> None:
    graph.answer = json(answer)

    found = await ended(graph.asks(3))

    assert [number for number, each in enumerate(found, 1) if isinstance(each, ConnectionLost)] == lost
    assert [each for each in found if not isinstance(each, ConnectionLost)] == [None] * (3 - len(lost))
    assert [asked(each) for each in graph.batches] == [["AAMk0", "AAMk1", "AAMk2"]]


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"", ConnectionLost), (b"<html>", Unavailable), (b"[]", Unavailable)],
    ids=["empty", "no JSON", "a list"],
)
async def test_an_answer_that_is_no_object_is_one_to_no_call(
    graph: Graph, body: bytes, error: type[GraphError]
) -> None:
    graph.answer = raw(body)

    found = await ended(graph.asks(4))

    assert {type(each) for each in found} == {error}
    assert len(graph.batches) == 1


async def test_each_error_of_a_call_is_the_one_it_would_have_alone(graph: Graph) -> None:
    error = {"error": {"code": "ErrorInvalidRequest", "message": "Half \ud83d of it."}}
    graph.answer = json({"responses": [{"id": "1", "status": 400, "body": error}, {"id": "2", "status": 202}]})

    refused, made = await ended(graph.asks(2))

    assert isinstance(refused, BadRequest)
    assert (refused.status, refused.code) == (400, "ErrorInvalidRequest")
    assert made is None


async def test_a_first_call_that_failed_with_another_is_not_made_for_ever(graph: Graph) -> None:
    """Graph never answers so. The calls after it wait for another batch, of which one is the first."""
    graph.answer = json({"responses": [{"id": str(each), "status": 424} for each in range(1, 21)]})

    found = await ended(graph.asks(4))

    assert [type(each) for each in found] == [BadRequest, BadRequest, BadRequest, type(None)]
    assert [asked(each) for each in graph.batches] == [
        ["AAMk0", "AAMk1", "AAMk2", "AAMk3"],
        ["AAMk1", "AAMk2", "AAMk3"],
        ["AAMk2", "AAMk3"],
    ]


async def test_each_call_has_its_headers_and_waits_for_the_one_before(graph: Graph) -> None:
    await ended(graph.asks(3))

    (calls,) = graph.batches
    assert [call.get("dependsOn") for call in calls] == [None, ["1"], ["2"]]
    assert all(call["url"].startswith(f"/users/{ROOM}/events/") for call in calls)
    assert all('IdType="ImmutableId"' in call["headers"]["Prefer"] for call in calls)
    assert {call["headers"]["Content-Type"] for call in calls} == {"application/json"}
    assert len({call["headers"]["client-request-id"] for call in calls}) == 3


async def test_a_caller_that_leaves_while_it_waits_is_not_asked_for(graph: Graph) -> None:
    graph.may_answer.clear()
    first = graph.asks(2)
    await graph.is_asked.wait()
    tasks = graph.asks(6)
    await asyncio.sleep(0)
    for number in (0, 2, 4):
        tasks[number].cancel()
    graph.may_answer.set()

    await ended(first)
    found = await ended(tasks)

    assert [isinstance(each, asyncio.CancelledError) for each in found] == [True, False] * 3
    assert [asked(each) for each in graph.batches] == [["AAMk0", "AAMk1"], ["AAMk1", "AAMk3", "AAMk5"]]


async def test_one_that_leaves_with_the_turn_hands_it_over(graph: Graph) -> None:
    tasks = graph.asks(4)
    asyncio.get_running_loop().call_soon(tasks[0].cancel)  # when it has the turn, and before the others are with it

    found = await ended(tasks)

    assert [isinstance(each, asyncio.CancelledError) for each in found] == [True, False, False, False]
    assert sum(map(len, graph.batches)) + len(graph.alone) == 3 + 1


@pytest.mark.parametrize("leaving", [0, 1, 3], ids=["the leader", "one taken along", "the last"])
async def test_a_caller_that_leaves_on_the_way_harms_no_other(graph: Graph, leaving: int) -> None:
    graph.may_answer.clear()
    tasks = graph.asks(4)
    await graph.is_asked.wait()

    tasks[leaving].cancel()
    await asyncio.wait([tasks[leaving]])
    graph.may_answer.set()
    found = await ended(tasks)

    assert [isinstance(each, asyncio.CancelledError) for each in found] == [each == leaving for each in range(4)]
    assert len(graph.batches) == 1
    await graph.client.respond(ROOM, "AAMk", "accept", comment=None)  # the mailbox's turn was given back


async def test_a_batch_ends_with_the_last_of_its_callers(graph: Graph) -> None:
    graph.may_answer.clear()
    tasks = graph.asks(4)
    await graph.is_asked.wait()

    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    assert under_way() == []
    graph.may_answer.set()
    await graph.client.respond(ROOM, "AAMk", "accept", comment=None)


async def test_the_last_caller_that_leaves_frees_the_turn_for_those_that_wait(graph: Graph) -> None:
    graph.may_answer.clear()
    leaving = graph.asks(20)
    await graph.is_asked.wait()
    staying = graph.asks(3)
    await asyncio.sleep(0)

    for task in leaving:
        task.cancel()
    await asyncio.wait(leaving)
    graph.may_answer.set()

    assert await ended(staying) == [None] * 3
    assert [len(each) for each in graph.batches] == [20, 3]


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_each_call_is_counted_and_so_is_the_batch(graph: Graph) -> None:
    calls = {"name": "roomsync_graph_call_seconds_count", "outcome": "ok"}
    before = [counted(**calls, call=call) for call in ("respond", "batch")]
    items = [counted(f"roomsync_graph_batch_items_{part}") for part in ("count", "sum")]

    await ended(graph.asks(6))

    assert [counted(**calls, call=call) for call in ("respond", "batch")] == [before[0] + 6, before[1] + 1]
    assert [counted(f"roomsync_graph_batch_items_{part}") for part in ("count", "sum")] == [items[0] + 1, items[1] + 6]
