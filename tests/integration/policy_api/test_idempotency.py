"""A repeated request with its Idempotency-Key is answered as before and does nothing again."""

import asyncio

import pytest

from deploy.driver.eventually import eventually
from tests.integration.policy_api.world import World, assert_problem, at, fresh


async def end_who_waits(world: World) -> None:
    """End the database session that waits for a lock, as a failing database would."""
    ended = await world.admin.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    assert ended, "nobody waits for a lock"


async def test_the_same_request_again_gets_the_same_answer_and_does_nothing(world: World) -> None:
    body, key = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"}, fresh("key")
    first = await world.call("POST", "/v1/spaces", body, idempotency_key=key)
    before = await world.everything()
    again = await world.call("POST", "/v1/spaces", dict(reversed(body.items())), idempotency_key=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert await world.everything() == before


async def test_the_same_key_for_another_request_is_refused(world: World) -> None:
    body, key = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"}, fresh("key")
    await world.call("POST", "/v1/spaces", body, idempotency_key=key)
    before = await world.everything()
    other = await world.call("POST", "/v1/spaces", {**body, "capacity": 5}, idempotency_key=key)
    assert_problem(other, 422, "idempotency-key-reused", "header.Idempotency-Key")
    assert await world.everything() == before


async def test_keys_of_different_callers_have_nothing_to_do_with_each_other(world: World) -> None:
    body, key = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"}, fresh("key")
    first = await world.call("POST", "/v1/spaces", body, idempotency_key=key)
    token = world.issuer.token("admin", oid="somebody-else")
    second = await world.call("POST", "/v1/spaces", body, idempotency_key=key, authorization=f"Bearer {token}")
    assert second.status_code == 201
    assert first.json()["id"] != second.json()["id"]


async def test_of_many_at_once_one_is_carried_out(world: World) -> None:
    body, key = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"}, fresh("key")
    answers = await asyncio.gather(*(world.call("POST", "/v1/spaces", body, idempotency_key=key) for _ in range(12)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["id"] for each in answers}) == 1
    assert sum("idempotency-replayed" not in each.headers for each in answers) == 1


async def test_a_refusal_is_an_answer_too(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    body, key = {"space_id": space["id"], "start": at(10), "end": at(11), "title": "Planning"}, fresh("key")
    first = await world.call("POST", "/v1/reservations", body, idempotency_key=key)
    assert_problem(first, 409, "reservation-refused")
    await world.call("POST", f"/v1/reservations/{made['id']}/cancel")
    again = await world.call("POST", "/v1/reservations", body, idempotency_key=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())


async def test_a_request_that_was_never_carried_out_may_be_mended_under_its_key(world: World) -> None:
    body, key = {"name": fresh("Room"), "capacity": "4", "time_zone": "UTC"}, fresh("key")
    assert_problem(await world.call("POST", "/v1/spaces", body, idempotency_key=key), 422, "invalid-request")
    assert (await world.call("POST", "/v1/spaces", {**body, "capacity": 4}, idempotency_key=key)).status_code == 201


async def test_a_change_is_made_once_under_its_key(world: World) -> None:
    connection, space = await world.connection(), await world.space()
    made = await world.reservation(space["id"], 10, 11)
    for path, change, other in (
        (f"/v1/connections/{connection['id']}", {"credential": "renewed"}, {"credential": "another"}),
        (f"/v1/spaces/{space['id']}", {"capacity": 9}, {"capacity": 10}),
        (f"/v1/reservations/{made['id']}", {"title": "Longer"}, {"title": "Shorter"}),
    ):
        key = fresh("key")
        first = await world.call("PATCH", path, change, idempotency_key=key, if_match='"1"')
        await world.call("PATCH", path, other)
        before = await world.everything()
        again = await world.call("PATCH", path, change, idempotency_key=key, if_match='"1"')
        assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), first.headers["etag"])
        for body, tag in ((other, '"1"'), (change, '"3"')):
            reused = await world.call("PATCH", path, body, idempotency_key=key, if_match=tag)
            assert_problem(reused, 422, "idempotency-key-reused", "header.Idempotency-Key")
        assert await world.everything() == before


async def test_a_request_that_failed_for_want_of_a_database_may_be_repeated_under_its_key(world: World) -> None:
    space, key = await world.space(), fresh("key")
    body = {"space_id": space["id"], "start": at(10), "end": at(11), "title": "Planning"}
    async with world.admin.transaction():
        await world.admin.execute("LOCK TABLE policy.reservations IN ACCESS EXCLUSIVE MODE")
        failing = asyncio.create_task(world.call("POST", "/v1/reservations", body, idempotency_key=key))
        await eventually(lambda: end_who_waits(world))
        answer = await failing
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]
    again = await world.call("POST", "/v1/reservations", body, idempotency_key=key)
    assert (again.status_code, "idempotency-replayed" in again.headers) == (201, False), again.text


async def test_of_many_reservations_at_once_under_one_key_one_is_made(world: World) -> None:
    space, key = await world.space(), fresh("key")
    body = {"space_id": space["id"], "start": at(10), "end": at(11), "title": "Planning"}
    answers = await asyncio.gather(
        *(world.call("POST", "/v1/reservations", body, idempotency_key=key) for _ in range(12))
    )
    assert {(each.status_code, each.json()["id"]) for each in answers} == {(201, answers[0].json()["id"])}


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "tab\t"])
async def test_a_key_that_cannot_be_one_is_refused(world: World, key: str) -> None:
    body = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC"}
    answer = await world.call("POST", "/v1/spaces", body, idempotency_key=key)
    assert_problem(answer, 422, "invalid-request", "header.Idempotency-Key")
