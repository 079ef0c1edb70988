"""Who is let in: every route, every role, without exception."""

import re
import time
from collections.abc import Iterable, Iterator
from uuid import UUID

import httpx2
import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.routing import APIRoute
from starlette.routing import Route

from services.policy.api.access import Authentication
from services.policy.commands.callers import Caller, KeysUnavailable
from tests.integration.policy_api.world import World, assert_problem, at

EVERYBODY = {"viewer", "approver", "service", "admin"}

RULES = {
    ("POST", "/v1/connections"): {"admin"},
    ("GET", "/v1/connections"): EVERYBODY,
    ("GET", "/v1/connections/{connection_id}"): EVERYBODY,
    ("PATCH", "/v1/connections/{connection_id}"): {"admin"},
    ("DELETE", "/v1/connections/{connection_id}"): {"admin"},
    ("GET", "/v1/connections/{connection_id}/answers"): EVERYBODY,
    ("GET", "/v1/connections/{connection_id}/answers/{answer}"): EVERYBODY,
    ("PUT", "/v1/connections/{connection_id}/answers/{answer}"): {"admin"},
    ("DELETE", "/v1/connections/{connection_id}/answers/{answer}"): {"admin"},
    ("POST", "/v1/connections/{connection_id}/answers:preview"): EVERYBODY,
    ("POST", "/v1/reservation-groups"): {"service", "admin"},
    ("GET", "/v1/discovered-rooms"): {"admin"},
    ("GET", "/v1/mapping-proposals"): {"admin"},
    ("GET", "/v1/reservation-groups"): EVERYBODY,
    ("PATCH", "/v1/reservation-groups/{group_id}"): {"service", "admin"},
    ("POST", "/v1/reservation-groups/{group_id}/cancel"): {"service", "admin"},
    ("GET", "/v1/reservation-groups/{group_id}"): EVERYBODY,
    ("POST", "/v1/space-groups"): {"admin"},
    ("GET", "/v1/space-groups"): EVERYBODY,
    ("GET", "/v1/space-groups/{group_id}"): EVERYBODY,
    ("PATCH", "/v1/space-groups/{group_id}"): {"admin"},
    ("DELETE", "/v1/space-groups/{group_id}"): {"admin"},
    ("POST", "/v1/policies"): {"admin"},
    ("GET", "/v1/policies"): EVERYBODY,
    ("POST", "/v1/policies:import"): {"admin"},
    ("POST", "/v1/policies:replay"): {"admin"},
    ("GET", "/v1/policies/{policy_id}"): EVERYBODY,
    ("GET", "/v1/policies/{policy_id}/trial"): EVERYBODY,
    ("PUT", "/v1/policies/{policy_id}"): {"admin"},
    ("DELETE", "/v1/policies/{policy_id}"): {"admin"},
    ("GET", "/v1/spaces/{space_id}/policies"): EVERYBODY,
    ("POST", "/v1/spaces"): {"admin"},
    ("GET", "/v1/spaces"): EVERYBODY,
    ("POST", "/v1/spaces:import"): {"admin"},
    ("GET", "/v1/spaces/{space_id}"): EVERYBODY,
    ("PATCH", "/v1/spaces/{space_id}"): {"admin"},
    ("DELETE", "/v1/spaces/{space_id}"): {"admin"},
    ("POST", "/v1/reservations"): {"service", "admin"},
    ("POST", "/v1/reservations:check"): EVERYBODY,
    ("GET", "/v1/reservations"): EVERYBODY,
    ("GET", "/v1/reservations/{reservation_id}"): EVERYBODY,
    ("GET", "/v1/reservations/{reservation_id}/timeline"): EVERYBODY,
    ("PATCH", "/v1/reservations/{reservation_id}"): {"service", "admin"},
    ("POST", "/v1/reservations/{reservation_id}/cancel"): {"service", "admin"},
    ("POST", "/v1/reservations/{reservation_id}/check"): {"admin"},
    ("POST", "/v1/connections/{connection_id}/check"): {"admin"},
    ("POST", "/v1/spaces/{space_id}/check"): {"admin"},
    ("GET", "/v1/approvals"): EVERYBODY,
    ("GET", "/v1/approvals/{approval_id}"): EVERYBODY,
    ("POST", "/v1/approvals/{approval_id}/approve"): {"approver", "admin"},
    ("POST", "/v1/approvals/{approval_id}/reject"): {"approver", "admin"},
    ("POST", "/v1/spaces/{space_id}/waiting-list"): {"service", "admin"},
    ("GET", "/v1/spaces/{space_id}/waiting-list"): EVERYBODY,
    ("POST", "/v1/spaces/{space_id}/waiting-list/{request_id}/take"): {"service", "admin"},
    ("DELETE", "/v1/spaces/{space_id}/waiting-list/{request_id}"): {"service", "admin"},
    ("GET", "/v1/findings"): EVERYBODY,
    ("POST", "/v1/imports"): {"admin"},
    ("GET", "/v1/imports"): EVERYBODY,
    ("GET", "/v1/imports/{import_id}"): EVERYBODY,
    ("GET", "/v1/imports/{import_id}/rooms"): EVERYBODY,
    ("GET", "/v1/imports/{import_id}/items"): EVERYBODY,
    ("POST", "/v1/imports/{import_id}/pause"): {"admin"},
    ("POST", "/v1/imports/{import_id}/resume"): {"admin"},
    ("GET", "/v1/brakes"): EVERYBODY,
    ("POST", "/v1/spaces/{space_id}/brake/confirm"): {"admin"},
    ("GET", "/v1/drifts"): EVERYBODY,
    ("GET", "/v1/conflicts"): EVERYBODY,
    ("GET", "/v1/conflicts/{conflict_id}"): EVERYBODY,
    ("POST", "/v1/conflicts/{conflict_id}/resolve"): {"admin"},
    ("GET", "/v1/availability"): EVERYBODY,
    ("GET", "/openapi.json"): EVERYBODY | {"none"},
}
"""Which roles each route serves; a route that is not here fails the first test."""

PROBES = {("GET", "/healthz"), ("GET", "/readyz")}
OPEN = PROBES | {("GET", "/links/{token}"), ("POST", "/links/{token}")}
"""Routes that take no access token: probes, and the pages whose link is the right to act (`test_link_pages`)."""


def addresses(routes: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Walk all routes of an application, those of its included routers too."""
    for route in routes:
        if isinstance(route, Route | APIRoute):
            yield from ((method, route.path) for method in route.methods or () if method != "HEAD")
        else:
            yield from addresses(route.original_router.routes)  # type: ignore[attr-defined]


def filled(path: str) -> str:
    """Put an id that nothing has into a route's path."""
    return re.sub(r"\{\w+\}", str(UUID(int=0)), path)


def test_every_route_has_a_rule(world: World) -> None:
    assert set(addresses(world.app.routes)) == RULES.keys() | OPEN


@pytest.mark.parametrize(("method", "path"), RULES)
async def test_a_route_serves_its_roles_and_nobody_else(world: World, method: str, path: str) -> None:
    before = await world.everything()
    for role in ("viewer", "approver", "service", "admin", "none"):
        answer = await world.call(method, filled(path), None if method == "GET" else {}, role=role)
        if role in RULES[method, path]:
            assert answer.status_code not in {401, 403}, f"{role}: {answer.text}"
        else:
            assert_problem(answer, 403, "forbidden")
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert await world.everything() == before


@pytest.mark.parametrize(("method", "path"), [*RULES, ("GET", "/"), ("POST", "/v1/nothing"), ("GET", "/docs")])
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "Bearer nonsense", "Bearer a.b.c"],
)
async def test_nobody_gets_in_without_a_token(world: World, method: str, path: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await world.http.request(method, filled(path), headers=headers, content=b"{not json")
    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="roomsync"')


async def test_what_is_wrong_with_a_token_is_not_told(world: World) -> None:
    tokens = [
        world.issuer.token("admin", exp=1),
        world.issuer.token("admin", aud="api://another"),
        world.issuer.token("admin", iss="https://sts.example.org"),
        world.issuer.signed(world.issuer.claims("admin"), key_id="unknown"),
    ]
    answers = [await world.call("GET", "/v1/spaces", authorization=f"Bearer {token}") for token in tokens]
    assert {each.status_code for each in answers} == {401}
    assert len({each.text for each in answers}) == 1


async def test_a_token_that_does_not_count_writes_nothing(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    named = {"kid": next(iter(world.issuer.keys))}
    now = int(time.time())
    tokens = [
        world.issuer.token("admin", exp=now - 3600),
        world.issuer.token("admin", nbf=now + 3600),
        world.issuer.token("admin", aud="api://another"),
        world.issuer.token("admin", iss="https://sts.example.org"),
        jwt.encode(world.issuer.claims("admin"), foreign, algorithm="RS256", headers=named),
        jwt.encode(world.issuer.claims("admin"), "", algorithm="none", headers=named),
    ]
    before = await world.everything()
    for token in tokens:
        for method, path, body in (
            ("POST", "/v1/spaces", {"name": "Room", "capacity": 4, "time_zone": "UTC"}),
            ("PATCH", f"/v1/spaces/{space['id']}", {"capacity": 9}),
            ("POST", f"/v1/reservations/{made['id']}/cancel", None),
        ):
            answer = await world.call(method, path, body, authorization=f"Bearer {token}", idempotency_key="mine")
            assert_problem(answer, 401, "unauthenticated")
    assert await world.everything() == before


async def test_a_role_that_does_not_suffice_writes_nothing(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    before = await world.everything()
    for role in ("viewer", "approver", "none", "Admin"):
        for method, path, body in (
            ("PATCH", f"/v1/spaces/{space['id']}", {"capacity": 9}),
            ("POST", "/v1/reservations", {"space_id": space["id"], "start": at(12), "end": at(13), "title": "Mine"}),
            ("PATCH", f"/v1/reservations/{made['id']}", {"title": "Mine"}),
            ("POST", f"/v1/reservations/{made['id']}/cancel", {}),
        ):
            assert_problem(await world.call(method, path, body, role=role, idempotency_key="mine"), 403, "forbidden")
    assert await world.everything() == before


async def test_no_token_is_ever_logged_or_repeated(world: World) -> None:
    good, expired = world.issuer.token("admin"), world.issuer.token("admin", exp=1)
    with structlog.testing.capture_logs() as logged:
        answers = [
            await world.call("GET", path, authorization=f"Bearer {token}")
            for token in (good, expired, f"{good}x", "not-a-token-but-a-secret")
            for path in ("/v1/spaces", "/v1/spaces/nonsense", "/nowhere")
        ]
    written = repr(logged) + "".join(f"{each.text}{each.headers}" for each in answers)
    assert {entry["event"] for entry in logged} >= {"http.handled", "token.refused"}
    for secret in (*good.split("."), expired.rsplit(".", 1)[1], "not-a-token-but-a-secret"):
        assert secret not in written


async def test_health_needs_no_token(world: World) -> None:
    for _, path in PROBES:
        assert (await world.http.get(path)).status_code == 200


async def test_without_the_issuer_nobody_is_let_in_and_told_to_come_back(world: World) -> None:
    class Away:
        async def caller(self, _: str) -> Caller:
            raise KeysUnavailable("no signing keys")

    app = Authentication(world.app, Away())  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://roomsync") as http:
        answer = await http.get("/v1/spaces", headers={"authorization": "Bearer a.b.c"})
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]
