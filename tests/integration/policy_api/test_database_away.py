"""Without its database the API says so, and comes back with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx2
import pytest

from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool, open_pool
from libs.common.topology import Topology
from services.policy.api.app import create_app
from services.policy.api.tokens import TokenVerifier, open_verifier
from services.policy.commands.callers import Caller, Role
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.world import World, assert_problem, at, fresh


class Anybody(TokenVerifier):
    """Lets everybody in."""

    def __init__(self) -> None:
        pass

    async def caller(self, _: str) -> Caller:
        return Caller("anybody", frozenset(Role))


REQUESTS = [
    ("GET", "/v1/connections", None),
    ("GET", "/v1/spaces", None),
    ("GET", "/v1/reservations", None),
    ("GET", f"/v1/availability?from={at(8)}&to={at(9)}", None),
    ("POST", "/v1/spaces", {"name": "Room", "capacity": 4, "time_zone": "UTC"}),
    ("POST", "/v1/reservations/00000000-0000-4000-8000-000000000000/cancel", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
async def test_without_a_database_callers_are_told_to_come_back(
    world: World, method: str, path: str, body: dict[str, object] | None
) -> None:
    pool = await open_pool("postgresql://nobody:hush@127.0.0.1:1/nowhere", schema="policy", min_size=0)
    settings = world.issuer.settings()
    async with open_verifier(settings, utc_now) as verifier:
        app = create_app(pool, Codec({}, Topology([], shards=1)), verifier, utc_now, settings, patience=PATIENCE)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://roomsync") as http:
            headers = {"authorization": f"Bearer {world.issuer.token('admin')}"}
            answer = await http.request(method, path, json=body, headers=headers)
            ready = await http.get("/readyz")
    await pool.close()
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]
    assert "hush" not in answer.text
    assert "127.0.0.1" not in answer.text
    assert ready.status_code == 503


@contextlib.asynccontextmanager
async def small_api(world: World, url: str) -> AsyncIterator[tuple[httpx2.AsyncClient, Pool]]:
    """The same API on a pool of a single connection."""
    pool = await open_pool(url, schema="policy", max_size=1)
    settings = world.issuer.settings()
    async with open_verifier(settings, utc_now) as verifier:
        app = create_app(pool, world.app.state.context.codec, verifier, utc_now, settings, patience=PATIENCE)
        transport, token = httpx2.ASGITransport(app=app), world.issuer.token("admin")
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://roomsync", headers=headers) as http:
            yield http, pool
    await pool.close()


async def test_when_all_connections_are_in_use_callers_are_told_to_come_back(world: World, database: str) -> None:
    async with small_api(world, database) as (http, pool):
        async with pool.acquire():
            answers = await asyncio.gather(*(http.request(method, path, json=body) for method, path, body in REQUESTS))
        for answer in answers:
            assert_problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"]
        assert (await http.get("/v1/spaces")).status_code == 200


async def test_a_caller_who_takes_its_time_keeps_no_connection_from_others(world: World, database: str) -> None:
    rest = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"name": "Room", "capacity": 4, '
        await rest.wait()
        yield b'"time_zone": "UTC"}'

    async with small_api(world, database) as (http, _):
        slow = asyncio.create_task(http.post("/v1/spaces", content=slowly()))
        assert [(await http.get("/v1/spaces")).status_code for _ in range(3)] == [200] * 3
        assert not slow.done()
        rest.set()
        assert (await slow).status_code == 201


async def test_a_fault_of_ours_is_not_blamed_on_the_database(world: World) -> None:
    app = create_app(
        world.pool,
        world.app.state.context.codec,
        Anybody(),
        utc_now,
        world.issuer.settings(),
        patience=PATIENCE,
    )

    @app.get("/fault")
    async def fault() -> None:
        await world.pool.fetch("SELECT $1::int", 2**40)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://roomsync") as http:
        answer = await http.get("/fault", headers={"authorization": "Bearer any"})
    assert_problem(answer, 500, "internal-error")
    assert str(2**40) not in answer.text
    assert answer.headers["x-correlation-id"] in answer.json()["detail"]


async def test_the_api_comes_back_with_its_database(world: World) -> None:
    await world.admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    answers = [await world.call("GET", "/v1/spaces") for _ in range(12)]
    assert {each.status_code for each in answers} <= {200, 503}
    assert answers[-1].status_code == 200
    await world.space(name=fresh("Room"))
