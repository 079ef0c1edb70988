"""Spaces and connections are deleted when nothing live depends on them; otherwise the answer says what does."""

from uuid import uuid4

from tests.integration.policy_api.world import World, assert_problem, at, fresh


async def test_a_space_without_anything_to_come_is_deleted_and_its_past_stays_readable(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    await world.call("POST", f"/v1/reservations/{made['id']}/cancel", {})

    deleted = await world.call("DELETE", f"/v1/spaces/{space['id']}")

    assert (deleted.status_code, deleted.json()) == (200, {"id": space["id"]})
    assert_problem(await world.call("GET", f"/v1/spaces/{space['id']}"), 404, "not-found", "path.space_id")
    assert_problem(await world.call("DELETE", f"/v1/spaces/{space['id']}"), 404, "not-found", "path.space_id")
    body = {"space_id": space["id"], "start": at(10), "end": at(11), "title": "Planning"}
    assert_problem(await world.call("POST", "/v1/reservations", body), 404, "not-found", "space_id")
    listed = (await world.call("GET", "/v1/spaces?limit=200")).json()["items"]
    free = (await world.call("GET", f"/v1/availability?from={at(8)}&to={at(18)}")).json()["items"]
    assert space["id"] not in {each["id"] for each in listed}
    assert space["id"] not in {each["space_id"] for each in free}
    past = await world.call("GET", f"/v1/reservations?space_id={space['id']}")
    assert [each["id"] for each in past.json()["items"]] == [made["id"]]
    assert_problem(await world.call("PATCH", f"/v1/reservations/{made['id']}", {"title": "x"}), 404, "not-found")


async def test_a_space_is_not_deleted_while_something_depends_on_it(world: World) -> None:
    mapped, reserved, part = await world.mapped_space(), await world.space(), await world.space()
    await world.reservation(reserved["id"], 10, 11)
    hall = await world.space(parts=[part["id"]])
    before = await world.everything()

    answers = {
        mapped["mapping"]["room_mailbox"]: await world.call("DELETE", f"/v1/spaces/{mapped['id']}"),
        "1 reservation to come": await world.call("DELETE", f"/v1/spaces/{reserved['id']}"),
        hall["id"]: await world.call("DELETE", f"/v1/spaces/{part['id']}"),
    }
    stale = await world.call("DELETE", f"/v1/spaces/{hall['id']}", if_match='"7"')

    for said, answer in answers.items():
        assert_problem(answer, 409, "conflict")
        assert said in answer.json()["detail"]
    assert_problem(stale, 412, "stale-version")
    assert await world.everything() == before
    for space_id in (hall["id"], part["id"]):
        assert (await world.call("DELETE", f"/v1/spaces/{space_id}")).status_code == 200
    whole = {"name": fresh("Room"), "capacity": 8, "time_zone": "UTC", "parts": [part["id"]]}
    assert_problem(await world.call("POST", "/v1/spaces", whole), 404, "not-found", "parts.0")


async def test_a_connection_is_deleted_once_no_space_is_mapped_through_it(world: World) -> None:
    space = await world.mapped_space()
    connection = space["mapping"]["connection"]
    await world.reservation(space["id"], 10, 11)

    used = await world.call("DELETE", f"/v1/connections/{connection}")
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"room_mailbox": None})
    leaving = await world.call("DELETE", f"/v1/connections/{connection}")
    await world.pool.execute("UPDATE left_holds SET problem = 'Access is denied.' WHERE space_id = $1", space["id"])
    deleted = await world.call("DELETE", f"/v1/connections/{connection}")

    assert_problem(used, 409, "conflict")
    assert space["name"] in used.json()["detail"]
    assert_problem(leaving, 409, "conflict")
    assert deleted.status_code == 200
    assert await world.pool.fetchval("SELECT count(*) FROM left_holds WHERE space_id = $1", space["id"]) == 0
    assert_problem(await world.call("GET", f"/v1/connections/{connection}"), 404, "not-found", "path.connection_id")
    assert_problem(await world.call("DELETE", f"/v1/connections/{uuid4()}"), 404, "not-found", "path.connection_id")


async def test_only_administrators_delete(world: World) -> None:
    space, connection = await world.space(), await world.connection()
    for path in (f"/v1/spaces/{space['id']}", f"/v1/connections/{connection['id']}"):
        assert_problem(await world.call("DELETE", path, role="viewer"), 403, "forbidden")
