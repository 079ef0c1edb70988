"""The API while its database stands still: an honest answer in a few seconds, and nothing half-done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from deploy.local.own import own_database
from deploy.local.server import Server
from libs.common.migrate import migrate
from tests.integration.policy_api.conftest import MIGRATIONS
from tests.integration.policy_api.world import World, assert_problem, at, fresh, open_world
from tests.support.broken_wire import Lost, broken_wire

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

WITHIN_S = 4.5
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest_asyncio.fixture
async def url(postgres: Server) -> AsyncIterator[str]:
    async with own_database(postgres.url) as url:
        await migrate(url, MIGRATIONS)
        yield url


@pytest_asyncio.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(url, tmp_path) as world:
        yield world


@asynccontextmanager
async def frozen(postgres: Server) -> AsyncIterator[None]:
    postgres.stall()
    try:
        yield
    finally:
        postgres.resume()


def requests(space_id: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """One request for every route, each of which would succeed or find nothing."""
    window = f"from={at(8)}&to={at(9)}"
    return [
        ("GET", "/v1/connections", None),
        ("GET", f"/v1/connections/{NOBODY}", None),
        ("PATCH", f"/v1/connections/{NOBODY}", {"name": fresh("tenant")}),
        ("GET", "/v1/spaces", None),
        ("GET", f"/v1/spaces/{space_id}", None),
        ("POST", "/v1/spaces", {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"}),
        ("PATCH", f"/v1/spaces/{space_id}", {"building": fresh("North")}),
        ("GET", "/v1/reservations", None),
        ("GET", f"/v1/reservations/{NOBODY}", None),
        ("POST", "/v1/reservations", {"space_id": space_id, "start": at(8), "end": at(9), "title": "Planning"}),
        ("PATCH", f"/v1/reservations/{NOBODY}", {"title": "Planning"}),
        ("POST", f"/v1/reservations/{NOBODY}/cancel", {}),
        ("GET", f"/v1/availability?{window}", None),
    ]


async def asked(world: World, method: str, path: str, body: object, **headers: str) -> tuple[httpx2.Response, float]:
    """Send a request; return the answer and the seconds it took."""
    began = monotonic()
    answer = await world.call(method, path, body, **headers)
    return answer, monotonic() - began


async def test_while_the_database_is_frozen_every_route_says_so_in_seconds_and_then_goes_on(
    world: World, postgres: Server
) -> None:
    space = await world.space()
    sent = [(*each, fresh("key")) for each in requests(space["id"])]

    async with frozen(postgres):
        # Twice: first on connections that are open, then without any.
        for _ in range(2):
            answers = await asyncio.gather(
                *(asked(world, method, path, body, idempotency_key=key) for method, path, body, key in sent)
            )
            for answer, took in answers:
                assert_problem(answer, 503, "unavailable")
                assert int(answer.headers["retry-after"]) > 0
                assert took < WITHIN_S, f"{answer.request.method} {answer.request.url.path} took {took:.1f} s"

    for _ in range(2):
        for method, path, body, key in sent:
            answer = await world.call(method, path, body, idempotency_key=key)
            assert answer.status_code in {200, 201, 404}, answer.text
    made = [body["name"] for method, path, body, _ in sent if (method, path) == ("POST", "/v1/spaces") and body]
    spaces = (await world.call("GET", "/v1/spaces")).json()["items"]
    assert sorted(each["name"] for each in spaces) == sorted([space["name"], *made])
    reserved = (await world.call("GET", f"/v1/reservations?space_id={space['id']}")).json()["items"]
    assert len(reserved) == 1


@pytest.mark.parametrize("lost", list(Lost))
async def test_a_command_whose_commit_is_unknown_is_not_called_failed_and_its_key_makes_it_happen_once(
    url: str, tmp_path: Path, lost: Lost
) -> None:
    body, key = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"}, fresh("key")
    async with broken_wire(url) as (wire, through), open_world(url, tmp_path, through=through) as world:
        wire.break_at(b"COMMIT", lost)

        answer, took = await asked(world, "POST", "/v1/spaces", body, idempotency_key=key)

        assert_problem(answer, 503, "unavailable")
        assert "nobody knows whether" in answer.json()["detail"]
        assert took < WITHIN_S
        written = await world.admin.fetchval("SELECT count(*) FROM policy.spaces")
        assert written == (1 if lost is Lost.ANSWER else 0)

        wire.mend()
        again = await world.call("POST", "/v1/spaces", body, idempotency_key=key)
        assert again.status_code == 201
        assert again.headers.get("idempotency-replayed") == ("true" if lost is Lost.ANSWER else None)
        assert await world.admin.fetchval("SELECT count(*) FROM policy.spaces") == 1


async def test_a_session_that_keeps_a_lock_holds_a_caller_up_for_seconds_only(world: World) -> None:
    space = await world.space()
    async with world.admin.transaction():
        await world.admin.execute("LOCK TABLE policy.spaces")

        answer, took = await asked(world, "PATCH", f"/v1/spaces/{space['id']}", {"building": "North"})

        assert_problem(answer, 503, "unavailable")
        assert took < WITHIN_S
    assert (await world.call("PATCH", f"/v1/spaces/{space['id']}", {"building": "North"})).status_code == 200
