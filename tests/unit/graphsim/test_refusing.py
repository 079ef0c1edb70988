"""Whoever refuses a call raises CallRefused; the surface that was called writes it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.graphsim.entra import refusing as entra_refusing
from tests.graphsim.entra.refusing import TokenRequestRefused
from tests.graphsim.graph import refusing as graph_refusing
from tests.graphsim.refusals import CallRefused, retry_after

THROTTLED = CallRefused(429, "ApplicationThrottled", "Too many.", headers=retry_after(2), extra={"hint": "wait"})
UNKNOWN_TENANT = TokenRequestRefused("invalid_request", 90002, "Tenant 'x' not found.")
OF_GRAPH, OF_CONTROL, OF_ENTRA = "/v1.0/users", "/sim/options", "/x/oauth2/v2.0/token"


class Refuser:
    """Refuses every call, for whatever reason it is given."""

    def __init__(self) -> None:
        self.reason: Exception = THROTTLED

    async def refuse(self, _: web.Request) -> web.Response:
        raise self.reason


@pytest.fixture
def refuser() -> Refuser:
    return Refuser()


@pytest.fixture
async def client(refuser: Refuser) -> AsyncIterator["TestClient[Any, Any]"]:
    app = web.Application(middlewares=[graph_refusing.refusing, entra_refusing.refusing])
    app.add_routes([web.get(path, refuser.refuse) for path in (OF_GRAPH, OF_CONTROL, "/{tenant}/oauth2/v2.0/token")])
    async with TestClient(TestServer(app)) as opened:
        yield opened


@pytest.mark.parametrize("path", [OF_GRAPH, OF_CONTROL])
async def test_a_refusal_on_graph_and_control_has_the_format_of_graph(
    client: "TestClient[Any, Any]", path: str
) -> None:
    async with client.get(path, headers={"client-request-id": "mine"}) as answer:
        error = (await answer.json())["error"]
        assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
    assert (error["code"], error["message"], error["hint"]) == ("ApplicationThrottled", "Too many.", "wait")
    assert error["innerError"]["client-request-id"] == answer.headers["client-request-id"] == "mine"
    assert error["innerError"]["request-id"] == answer.headers["request-id"]


async def test_a_refusal_on_entra_has_the_format_of_oauth(client: "TestClient[Any, Any]", refuser: Refuser) -> None:
    refuser.reason = UNKNOWN_TENANT
    async with client.get(OF_ENTRA) as answer:
        body = await answer.json()
        assert answer.status == 400
    assert (body["error"], body["error_codes"]) == ("invalid_request", [90002])
    assert body["error_description"].startswith("AADSTS90002: Tenant 'x' not found. Trace ID: ")


async def test_a_fault_on_entra_has_the_format_of_oauth_and_no_number(client: "TestClient[Any, Any]") -> None:
    async with client.get(OF_ENTRA) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
        assert await answer.json() == {
            "error": "ApplicationThrottled",
            "error_description": "Too many.",
            "error_codes": [],
        }


async def test_a_path_that_is_none_is_a_bad_request(client: "TestClient[Any, Any]") -> None:
    async with client.get("/v1.0/nothing") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]["message"] == "Resource not found for the segment 'nothing'."


async def test_a_flaw_of_the_simulator_tells_callers_nothing(
    client: "TestClient[Any, Any]", refuser: Refuser, caplog: pytest.LogCaptureFixture
) -> None:
    refuser.reason = KeyError("the flaw")
    async with client.get(OF_GRAPH) as answer:
        assert answer.status == 500
        assert "flaw" not in await answer.text()
    assert "the flaw" in caplog.text
