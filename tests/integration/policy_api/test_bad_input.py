"""What cannot be used is refused as a problem that names the field, and leaves nothing behind."""

from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.integration.policy_api.world import World, assert_problem, at, fresh


def space_body(**changed: object) -> dict[str, object]:
    return {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC", **changed}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"name": NaN}',
        b"\xff\xfe{}",
        b'{"name": "\xed\xa0\x80"}',
        rb'{"name": "\ud800"}',
        rb'{"\ud800": 1}',
        b"[" * 100_000,
        b'{"capacity": 1e999}',
        b'{"capacity": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: str(body[:20]),
)
async def test_what_is_not_a_json_object_in_utf_8_is_refused(world: World, body: bytes) -> None:
    before = await world.everything()
    for path in ("/v1/connections", "/v1/spaces", "/v1/reservations"):
        answer = await world.call("POST", path, body, idempotency_key=fresh("key"))
        assert_problem(answer, 422, "invalid-request")
    assert await world.everything() == before


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "  "}, "name"),
        ({"name": 7}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nul\x00"}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"capacity": "8"}, "capacity"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": True}, "capacity"),
        ({"capacity": 2**40}, "capacity"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "W. Europe Standard Time"}, "time_zone"),
        ({"setup_minutes": -1}, "setup_minutes"),
        ({"features": "screen"}, "features"),
        ({"features": ["screen", "nul\x00"]}, "features.1"),
        ({"room_mailbox": "no address"}, "room_mailbox"),
        ({"room_mailbox": "nul\x00@example.org"}, "room_mailbox"),
        ({"connection": "tenant"}, "connection"),
        ({"parts": ["nonsense"]}, "parts.0"),
        ({"colour": "red"}, "colour"),
        ({"id": str(uuid4())}, "id"),
    ],
    ids=str,
)
async def test_a_space_that_makes_no_sense_is_refused(world: World, changed: dict[str, Any], field: str) -> None:
    before = await world.everything()
    assert_problem(await world.call("POST", "/v1/spaces", space_body(**changed)), 422, "invalid-request", field)
    assert await world.everything() == before


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"end": at(9)}, "end"),
        ({"end": at(10)}, "end"),
        ({"start": "2027-03-01T09:00:00"}, "start"),
        ({"start": "2027-03-01"}, "start"),
        ({"start": "next monday"}, "start"),
        ({"start": 1_900_000_000}, "start"),
        ({"start": "1900000000"}, "start"),
        ({"start": "2027-02-30T09:00:00Z"}, "start"),
        ({"start": "1999-12-31T23:59:59Z"}, "start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ({"end": "9999-12-31T23:59:59-12:00"}, "end"),
        ({"start": at(9, day=365 * 11), "end": at(10, day=365 * 11)}, "start"),
        ({"end": at(10, day=367)}, "end"),
        ({"title": "nul\x00"}, "title"),
        ({"title": ["a list"]}, "title"),
        ({"organizer": "ada@example.org"}, "organizer"),
        ({"organizer": {"name": "Ada"}}, "organizer.email"),
        ({"organizer": {"email": "ada"}}, "organizer.email"),
        ({"organizer": {"email": "ada@example.org", "phone": "1"}}, "organizer.phone"),
        ({"attendee_count": -1}, "attendee_count"),
        ({"attendee_count": 2.5}, "attendee_count"),
        ({"space_id": "room"}, "space_id"),
        ({"status": "confirmed"}, "status"),
    ],
    ids=str,
)
async def test_a_reservation_that_makes_no_sense_is_refused(world: World, changed: dict[str, Any], field: str) -> None:
    space = await world.space()
    body = {"space_id": space["id"], "start": at(10), "end": at(11), "title": "Planning", **changed}
    before = await world.everything()
    answer = await world.call("POST", "/v1/reservations", body, idempotency_key=fresh("key"))
    assert_problem(answer, 422, "invalid-request", field)
    assert all(each["expected"] for each in answer.json()["errors"])
    assert await world.everything() == before


async def test_a_large_body_is_not_read(world: World) -> None:
    body = orjson.dumps(space_body(name="x" * 2_000_000))
    assert_problem(await world.call("POST", "/v1/spaces", body), 413, "body-too-large")

    async def in_chunks() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = {"authorization": f"Bearer {world.issuer.token('admin')}", "content-type": "application/json"}
    answer = await world.http.post("/v1/spaces", content=in_chunks(), headers=headers)
    assert_problem(answer, 413, "body-too-large")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_a_body_that_is_not_declared_json_is_refused(world: World, content_type: str) -> None:
    answer = await world.call("POST", "/v1/spaces", space_body(), content_type=content_type)
    assert_problem(answer, 415, "unsupported-media-type")
    assert answer.headers["accept"] == "application/json"


@pytest.mark.parametrize("unknown", [str(uuid4()), "nonsense", "%00", "%ff", "1"])
@pytest.mark.parametrize("collection", ["connections", "spaces", "reservations"])
async def test_an_unknown_id_is_not_found(world: World, collection: str, unknown: str) -> None:
    assert_problem(await world.call("GET", f"/v1/{collection}/{unknown}"), 404, "not-found")
    assert_problem(await world.call("PATCH", f"/v1/{collection}/{unknown}", {}), 404, "not-found")


async def test_reserving_or_cancelling_what_is_not_there_is_not_found(world: World) -> None:
    body = {"space_id": str(uuid4()), "start": at(10), "end": at(11), "title": "Planning"}
    assert_problem(await world.call("POST", "/v1/reservations", body), 404, "not-found", "space_id")
    assert_problem(await world.call("POST", f"/v1/reservations/{uuid4()}/cancel"), 404, "not-found")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/spaces/", "/v1/nothing", "/docs", "/redoc", "/v2/spaces"])
async def test_an_unknown_address_is_a_problem(world: World, path: str) -> None:
    assert_problem(await world.call("GET", path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/v1/spaces"), ("PUT", f"/v1/spaces/{uuid4()}"), ("POST", "/v1/availability")]
)
async def test_a_method_not_allowed_is_a_problem_that_lists_those_that_are(
    world: World, method: str, path: str
) -> None:
    answer = await world.call(method, path)
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("spaces?limit=0", "query.limit"),
        ("spaces?limit=201", "query.limit"),
        ("spaces?cursor=nonsense", "query.cursor"),
        ("spaces?cursor=WyJcdTAwMDAiLCIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDAiXQ", "query.cursor"),
        ("spaces?colour=red", "query.colour"),
        ("reservations?status=lost", "query.status"),
        ("reservations?status=confirmed,", "query.status"),
        ("reservations?space_id=room", "query.space_id"),
        ("reservations?from=2027-03-01T09:00:00", "query.from"),
        ("reservations?from=2027-03-01T09:00:00+01:00", "query.from"),
        ("reservations?cursor=W10", "query.cursor"),
        ("availability", "query.from"),
        ("availability?from=2027-03-01T00:00:00Z&to=2027-03-01T00:00:00Z", "query.to"),
        ("availability?from=2027-03-01T00:00:00Z&to=2027-06-01T00:00:00Z", "query.to"),
        ("availability?from=2027-03-01T00:00:00Z&to=2027-03-02T00:00:00Z&capacity=many", "query.capacity"),
        ("availability?from=2027-03-01T00:00:00Z&to=2027-03-02T00:00:00Z&building=%00", "query.building"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(world: World, query: str, field: str) -> None:
    assert_problem(await world.call("GET", f"/v1/{query}"), 422, "invalid-request", field)


async def test_a_change_of_a_version_gone_by_changes_nothing(world: World) -> None:
    space = await world.space()
    path = f"/v1/spaces/{space['id']}"
    assert (await world.call("PATCH", path, {"capacity": 9}, if_match='"1"')).status_code == 200
    before = await world.everything()
    for tag in ('"1"', '"99"', 'W/"2"', '"nonsense"', "-1"):
        assert_problem(await world.call("PATCH", path, {"capacity": 10}, if_match=tag), 412, "stale-version")
    assert await world.everything() == before
    assert (await world.call("PATCH", path, {"capacity": 10}, if_match="*")).status_code == 200
