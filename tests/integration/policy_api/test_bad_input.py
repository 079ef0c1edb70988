"""What cannot be used is refused as a problem that names the field, and leaves nothing behind."""

from typing import Any

import orjson
import pytest

from tests.integration.policy_api.world import TOO_LARGE, World, assert_problem, at, fresh

NOBODY = "00000000-0000-4000-8000-000000000000"


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
        b'{"name": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"name": ' + b'{"name": ' * 1000 + b"1" + b"}" * 1001,
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
        ({"name": "two\u2028lines"}, "name"),
        ({"capacity": "8"}, "capacity"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": True}, "capacity"),
        ({"capacity": 2**40}, "capacity"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "W. Europe Standard Time"}, "time_zone"),
        ({"time_zone": "localtime"}, "time_zone"),
        ({"time_zone": "Factory"}, "time_zone"),
        ({"setup_minutes": -1}, "setup_minutes"),
        ({"features": "screen"}, "features"),
        ({"features": ["screen", "nul\x00"]}, "features.1"),
        ({"room_mailbox": "no address"}, "room_mailbox"),
        ({"room_mailbox": "nul\x00@example.org"}, "room_mailbox"),
        ({"room_mailbox": "del\x7f@example.org"}, "room_mailbox"),
        ({"room_mailbox": "x" * 250 + "@a.org"}, "room_mailbox"),
        ({"connection": "tenant"}, "connection"),
        ({"parts": ["nonsense"]}, "parts.0"),
        ({"colour": "red"}, "colour"),
        ({"id": NOBODY}, "id"),
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
        ({"title": "x" * 256}, "title"),
        ({"title": "two\r\nlines: injected"}, "title"),
        ({"start": at(10).replace("Z", "-24:00")}, "start"),
        ({"start": at(10).replace("00Z", "60Z")}, "start"),
        ({"organizer": "ada@example.org"}, "organizer"),
        ({"organizer": {"name": "Ada"}}, "organizer.email"),
        ({"organizer": {"email": "ada"}}, "organizer.email"),
        ({"organizer": {"email": "ada@example.org", "phone": "1"}}, "organizer.phone"),
        ({"organizer": {"email": "ada@example.org", "name": "nul\x00"}}, "organizer.name"),
        ({"override_reason": "nul\x00"}, "override_reason"),
        ({"attendee_count": 2**63}, "attendee_count"),
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


async def test_a_field_that_cannot_be_changed_is_told_from_one_that_does_not_exist(world: World) -> None:
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11)
    before = await world.everything()
    for path, fixed in (
        (f"/v1/connections/{space['mapping']['connection']}", ("id", "version", "created_at")),
        (f"/v1/spaces/{space['id']}", ("id", "parts", "mapping", "version", "created_at")),
        (f"/v1/reservations/{made['id']}", ("id", "space_id", "status", "origin", "made_by", "decision", "outlook")),
    ):
        for name in fixed:
            answer = await world.call("PATCH", path, {name: "x", "colour": "red"})
            assert_problem(answer, 422, "invalid-request", name)
            problems = {each["field"]: each["problem"] for each in answer.json()["errors"]}
            assert problems == {name: "cannot be set by this request", "colour": "is not known here"}
    answer = await world.call("POST", "/v1/spaces", space_body(version=7))
    assert [each["problem"] for each in answer.json()["errors"]] == ["cannot be set by this request"]
    assert await world.everything() == before


async def test_a_large_body_is_not_read(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    body = orjson.dumps(space_body(name="x" * TOO_LARGE))
    before = await world.everything()
    for method, path in (
        ("POST", "/v1/connections"),
        ("POST", "/v1/spaces"),
        ("PATCH", f"/v1/spaces/{space['id']}"),
        ("POST", "/v1/reservations"),
        ("PATCH", f"/v1/reservations/{made['id']}"),
        ("POST", f"/v1/reservations/{made['id']}/cancel"),
    ):
        answer = await world.call(method, path, body, idempotency_key=fresh("key"))
        assert_problem(answer, 413, "body-too-large")
        assert "2,097,152 bytes" in answer.json()["detail"]

    async def in_chunks() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = {"authorization": f"Bearer {world.issuer.token('admin')}", "content-type": "application/json"}
    answer = await world.http.post("/v1/spaces", content=in_chunks(), headers=headers)
    assert_problem(answer, 413, "body-too-large")
    assert await world.everything() == before


async def test_of_a_name_given_twice_in_a_body_the_last_counts_wherever_it_is_read(world: World) -> None:
    key = fresh("key")
    first = b'{"capacity": 4, "time_zone": "UTC", "name": "One", "name": "Two"}'
    made = (await world.call("POST", "/v1/spaces", first, idempotency_key=key)).json()
    assert made["name"] == "Two"
    again = await world.call("POST", "/v1/spaces", first.replace(b"One", b"Three"), idempotency_key=key)
    assert again.json() == made


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_a_body_that_is_not_declared_json_is_refused(world: World, content_type: str) -> None:
    before = await world.everything()
    answer = await world.call("POST", "/v1/spaces", space_body(), content_type=content_type)
    assert_problem(answer, 415, "unsupported-media-type")
    assert answer.headers["accept"] == "application/json"
    assert await world.everything() == before


@pytest.mark.parametrize("unknown", [NOBODY, "nonsense", "%00", "%ff", "1"])
@pytest.mark.parametrize("collection", ["connections", "spaces", "reservations"])
async def test_an_unknown_id_is_not_found(world: World, collection: str, unknown: str) -> None:
    before = await world.everything()
    assert_problem(await world.call("GET", f"/v1/{collection}/{unknown}"), 404, "not-found")
    assert_problem(await world.call("PATCH", f"/v1/{collection}/{unknown}", {}), 404, "not-found")
    cancelled = await world.call("POST", f"/v1/{collection}/{unknown}/cancel", {}, idempotency_key=fresh("key"))
    assert_problem(cancelled, 404, "not-found")
    assert await world.everything() == before


async def test_reserving_or_cancelling_what_is_not_there_is_not_found(world: World) -> None:
    body = {"space_id": NOBODY, "start": at(10), "end": at(11), "title": "Planning"}
    before = await world.everything()
    refused = await world.call("POST", "/v1/reservations", body, idempotency_key=fresh("key"))
    assert_problem(refused, 404, "not-found", "space_id")
    assert await world.everything() == before
    assert_problem(await world.call("POST", f"/v1/reservations/{NOBODY}/cancel"), 404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "holds",
        "drift",
        "parked",
    ],
)
async def test_what_is_not_built_yet_is_not_there(world: World, path: str) -> None:
    for method in ("GET", "POST"):
        assert_problem(await world.call(method, f"/v1/{path}"), 404, "not-found")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/spaces/", "/v1/nothing", "/docs", "/redoc", "/v2/spaces"])
async def test_an_unknown_address_is_a_problem(world: World, path: str) -> None:
    assert_problem(await world.call("GET", path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/spaces", "GET, HEAD, POST"),
        ("PUT", f"/v1/spaces/{NOBODY}", "DELETE, GET, HEAD, PATCH"),
        ("OPTIONS", "/v1/reservations", "GET, HEAD, POST"),
        ("POST", "/v1/availability", "GET, HEAD"),
        ("GET", f"/v1/reservations/{NOBODY}/cancel", "POST"),
        ("POST", "/healthz", "GET"),
    ],
)
async def test_a_method_not_allowed_is_a_problem_that_lists_those_that_are(
    world: World, method: str, path: str, allowed: str
) -> None:
    answer = await world.call(method, path)
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allowed


async def test_a_header_cannot_make_another_method_of_a_request(world: World) -> None:
    space = await world.space()
    before = await world.everything()
    for header in ("x_http_method_override", "x_http_method", "x_method_override"):
        answer = await world.call("POST", f"/v1/spaces/{space['id']}", {"capacity": 9}, **{header: "PATCH"})
        assert_problem(answer, 405, "method-not-allowed")
    assert await world.everything() == before


async def test_head_is_answered_like_get_without_its_body(world: World) -> None:
    space = await world.space()
    for path in (f"/v1/spaces/{space['id']}", "/v1/reservations", "/v1/connections", "/healthz"):
        full, head = await world.call("GET", path), await world.call("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.get("etag") == full.headers.get("etag")
        assert head.headers["content-length"] == full.headers["content-length"]
    assert (await world.http.head("/v1/spaces")).status_code == 401
    assert (await world.call("HEAD", f"/v1/spaces/{NOBODY}")).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("spaces?limit=0", "query.limit"),
        ("spaces?limit=201", "query.limit"),
        ("spaces?limit=-1", "query.limit"),
        ("spaces?limit=1e2", "query.limit"),
        ("spaces?limit=" + "9" * 40, "query.limit"),
        ("spaces?limit=1&limit=2", "query.limit"),
        ("spaces?cursor=" + "A" * 2001, "query.cursor"),
        ("spaces?cursor=%C3%A4", "query.cursor"),
        (f"spaces/{NOBODY}?colour=red", "query.colour"),
        ("connections?limit=1", "query.limit"),
        ("connections?%ff=%00", "query.\ufffd"),
        ("reservations?status=confirmed&status=pending", "query.status"),
        ("reservations?from=2027-03-02T00:00:00Z&to=2027-03-01T00:00:00Z", "query.to"),
        ("reservations?from=2027-03-01T00:00:00Z&to=2027-03-01T00:00:00Z", "query.to"),
        ("reservations?from=0001-01-01T00:00:00Z", "query.from"),
        ("reservations?to=9999-12-31T23:59:59Z", "query.to"),
        # a cursor of the list of spaces
        ("reservations?cursor=WyJSb29tIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0", "query.cursor"),
        ("spaces?cursor=nonsense", "query.cursor"),
        ("spaces?cursor=WyJcdTAwMDAiLCIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDAiXQ", "query.cursor"),
        ("spaces?colour=red", "query.colour"),
        ("policies?cursor=nonsense", "query.cursor"),
        # a cursor of the list of spaces
        ("policies?cursor=WyJSb29tIiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0", "query.cursor"),
        ("policies?kind=longest_duration", "query.kind"),
        ("policies?kind=", "query.kind"),
        ("policies?target_id=room", "query.target_id"),
        ("policies?limit=0", "query.limit"),
        ("policies?limit=201", "query.limit"),
        ("policies?colour=red", "query.colour"),
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


@pytest.mark.parametrize(
    ("tag", "status", "slug"),
    [
        *((tag, 412, "stale-version") for tag in ('"1"', '"99"', '"0"', '"nonsense"', '""', f'"{"9" * 400}"')),
        ('"1-0123456789abcdef"', 412, "stale-version"),
        ('W/"2"', 412, "weak-etag"),
        *((tag, 400, "malformed-header") for tag in ("2", "-1", "", '"2', '"2" extra', '"2", "3"', "*, *", "W/2")),
    ],
)
async def test_a_change_of_a_version_gone_by_changes_nothing(world: World, tag: str, status: int, slug: str) -> None:
    connection, space = await world.connection(), await world.space()
    made = await world.reservation(space["id"], 10, 11)
    for path, change, other in (
        (f"/v1/connections/{connection['id']}", {"credential": "renewed"}, {"credential": "another"}),
        (f"/v1/spaces/{space['id']}", {"capacity": 9}, {"capacity": 10}),
        (f"/v1/reservations/{made['id']}", {"title": "Retrospective"}, {"title": "Another"}),
    ):
        changed = await world.call("PATCH", path, change, if_match='"1"')
        assert changed.headers["etag"] == (await world.call("GET", path)).headers["etag"]
        assert changed.headers["etag"].startswith('"2-')
        before = await world.everything()
        stale = await world.call("PATCH", path, other, if_match=tag)
        assert_problem(stale, status, slug, "header.If-Match")
        assert await world.everything() == before
        assert (await world.call("PATCH", path, change, if_match="*")).status_code == 200
        assert (await world.call("PATCH", path, change, if_match='"2"')).status_code == 200
        assert (await world.call("PATCH", path, change, if_match=changed.headers["etag"])).status_code == 200
