"""Without its database the API says so, and comes back with it."""

import httpx2
import pytest

from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import open_pool
from libs.common.topology import Topology
from services.policy.api.app import create_app
from services.policy.api.tokens import open_verifier
from tests.integration.policy_api.world import World, assert_problem, at, fresh

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
        app = create_app(pool, Codec({}, Topology([], shards=1)), verifier, utc_now, settings)
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


async def test_the_api_comes_back_with_its_database(world: World) -> None:
    await world.admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    answers = [await world.call("GET", "/v1/spaces") for _ in range(12)]
    assert {each.status_code for each in answers} <= {200, 503}
    assert answers[-1].status_code == 200
    await world.space(name=fresh("Room"))
