"""What the client makes of answers that Graph should not give, and of links that lead elsewhere."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from libs.graph import bodies
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.errors import (
    ConnectionLost,
    GraphError,
    IncompleteListing,
    Refused,
    Transient,
    Unavailable,
    UnreadableEvent,
)
from libs.graph.settings import GraphSettings
from libs.graph.transport import MOST_BYTES, MOST_PAGES
from tests.contract.graph.standin import StandIn, client_of, json, open_standin, raw
from tests.contract.graph.tenant import END, START
from tests.support.simulator import Simulator
from tests.unit.graph.test_translate import plain

ROOM = "birch@example.org"


@pytest_asyncio.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with open_standin() as standin:
        yield standin


@pytest.fixture
def odd(standin: StandIn, sim: Simulator, graph_settings: GraphSettings, clients: GraphClients) -> GraphClient:
    """The client, calling the stand-in."""
    return client_of(standin, sim, graph_settings, clients)


async def test_a_link_to_a_foreign_host_is_never_called(standin: StandIn, odd: GraphClient) -> None:
    async with open_standin() as foreign:
        standin.answers.append(json({"value": [plain()], "@odata.nextLink": f"{foreign.url}/v1.0/next"}))
        with pytest.raises(IncompleteListing, match="not this connection's cloud"):
            await odd.calendar_view(ROOM, START, END)
        assert foreign.asked == []


async def test_a_redirect_is_not_followed_and_takes_no_token_along(standin: StandIn, odd: GraphClient) -> None:
    async with open_standin() as foreign:
        standin.answers.append(raw(b"", 307, Location=f"{foreign.url}/v1.0/there"))
        with pytest.raises(Refused):
            await odd.event(ROOM, "AAk")
        assert foreign.asked == []


async def test_a_link_is_followed_letter_by_letter_with_the_same_wishes(standin: StandIn, odd: GraphClient) -> None:
    link = f"{standin.url}/v1.0/users/x/events?$skiptoken=a%2Fb+c%20-_'%7E"
    standin.answers += [json({"value": [plain("a")], "@odata.nextLink": link}), json({"value": [plain("b")]})]

    found = await odd.calendar_view(ROOM, START, END)

    assert [each.event_id for each in found] == ["a", "b"]
    assert standin.asked[1] == "GET /v1.0/users/x/events?$skiptoken=a%2Fb+c%20-_'%7E"
    assert {'IdType="ImmutableId"' in each["Prefer"] for each in standin.headers} == {True}
    assert {'outlook.timezone="UTC"' in each["Prefer"] for each in standin.headers} == {True}
    assert len({each["client-request-id"] for each in standin.headers}) == 2


async def test_a_listing_that_breaks_off_is_no_listing(standin: StandIn, odd: GraphClient) -> None:
    link = f"{standin.url}/v1.0/next"
    standin.answers += [json({"value": [plain()], "@odata.nextLink": link}), json({"error": {"code": "X"}}, 410)]
    with pytest.raises(IncompleteListing):
        await odd.calendar_view(ROOM, START, END)


async def test_a_listing_without_end_is_given_up(standin: StandIn, odd: GraphClient) -> None:
    standin.answers.append(json({"value": [], "@odata.nextLink": f"{standin.url}/v1.0/next"}))
    with pytest.raises(IncompleteListing):
        await odd.calendar_view(ROOM, START, END)
    assert len(standin.asked) == MOST_PAGES + 1


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": [], "@odata.nextLink": 5}])
async def test_an_answer_that_is_no_listing_is_not_an_empty_one(
    standin: StandIn, odd: GraphClient, body: object
) -> None:
    standin.answers.append(json(body))
    with pytest.raises(GraphError):
        await odd.find_events(ROOM, "0400")


async def test_one_poison_event_spoils_a_look_up_but_no_listing(standin: StandIn, odd: GraphClient) -> None:
    standin.answers.append(json({"value": [plain("good"), plain("bad", start=None)]}))

    found = await odd.calendar_view(ROOM, START, END)

    assert [each.event_id for each in found] == ["good"]
    assert [each.event_id for each in found.unreadable] == ["bad"]
    with pytest.raises(UnreadableEvent):
        await odd.find_events(ROOM, "0400")
    with pytest.raises(UnreadableEvent):
        await odd.find_holds(ROOM, uuid4())


@pytest.mark.parametrize("is_told", [True, False], ids=["with its length", "without"])
async def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    standin: StandIn, odd: GraphClient, is_told: bool
) -> None:
    chunk, sent = b" " * (1024 * 1024), 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        if is_told:
            answer.content_length = 2 * MOST_BYTES
        await answer.prepare(request)
        for _ in range(2 * MOST_BYTES // len(chunk)):
            await answer.write(chunk)
            sent += len(chunk)
        return answer

    standin.answers += [endless]
    with pytest.raises(Transient):
        await odd.respond(ROOM, "AAk", "accept", comment=None)
    assert sent < 1.5 * MOST_BYTES


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff"])
async def test_success_that_is_no_json_is_a_typed_error(standin: StandIn, odd: GraphClient, body: bytes) -> None:
    standin.answers.append(raw(body))
    with pytest.raises(Unavailable):
        await odd.event(ROOM, "AAk")


async def test_a_server_that_hangs_up_is_a_connection_lost(standin: StandIn, odd: GraphClient) -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    standin.answers.append(hang_up)
    with pytest.raises(ConnectionLost):
        await odd.respond(ROOM, "AAk", "accept", comment=None)
    assert len(standin.asked) == 1


async def test_a_written_hold_that_cannot_be_read_is_told_as_such(standin: StandIn, odd: GraphClient) -> None:
    standin.answers.append(json({"id": "AAk"}, 201))
    hold = bodies.new_hold(START, END, "Board", reservation_id=uuid4(), transaction_id=uuid4())
    with pytest.raises(UnreadableEvent) as told:
        await odd.create_event(ROOM, hold)
    assert told.value.event_id == "AAk"


async def test_a_wait_that_is_too_long_is_told_at_once_to_all(standin: StandIn, odd: GraphClient) -> None:
    standin.answers.append(json({"error": {"code": "ApplicationThrottled"}}, 429, Retry_After="120"))
    for _ in range(3):
        with pytest.raises(Transient) as told:
            await odd.event(ROOM, "AAk")
        assert told.value.retry_after is not None
        assert timedelta(seconds=110) < told.value.retry_after <= timedelta(seconds=120)
    assert len(standin.asked) == 1
