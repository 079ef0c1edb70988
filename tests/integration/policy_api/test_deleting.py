"""Spaces and connections are deleted when nothing live depends on them; otherwise the answer says what does."""

from uuid import uuid4

from services.policy.loops.closings import ClosingLoop
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
    for answer in (answers[mapped["mapping"]["room_mailbox"]], answers["1 reservation to come"]):
        assert "?confirm=true" in answer.json()["detail"]
        assert [each["field"] for each in answer.json()["errors"]] == ["query.confirm"]
    confirmed = await world.call("DELETE", f"/v1/spaces/{part['id']}?confirm=true")
    assert_problem(confirmed, 409, "conflict")
    assert hall["id"] in confirmed.json()["detail"]
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


async def test_a_confirmed_deletion_cancels_what_is_to_come_and_unmaps_once_that_is_written(world: World) -> None:
    space = await world.mapped_space()
    mailbox, connection = space["mapping"]["room_mailbox"], space["mapping"]["connection"]
    made = [await world.reservation(space["id"], hour, hour + 1) for hour in (10, 14)]
    path = f"/v1/spaces/{space['id']}?confirm=true"
    assert_problem(await world.call("DELETE", path, if_match='"7"'), 412, "stale-version")

    deleted = await world.call("DELETE", path, idempotency_key="closes")

    assert (deleted.status_code, deleted.json()) == (200, {"id": space["id"]})
    again = await world.call("DELETE", path, idempotency_key="closes")
    assert again.headers["idempotency-replayed"] == "true"
    assert_problem(await world.call("DELETE", path), 404, "not-found", "path.space_id")
    for each in made:
        assert (await world.call("GET", f"/v1/reservations/{each['id']}")).json()["status"] == "cancelled"
    events = [each for each in await world.outbox(space["id"]) if each["type"].startswith("reservation.cancelled")]
    assert [each["reservation_id"] for each in events] == [each["id"] for each in made]
    assert all("can no longer be booked" in str(each["why"]) for each in events)

    new = {"name": fresh("Room"), "capacity": 4, "time_zone": "UTC", "room_mailbox": mailbox, "connection": connection}
    await ClosingLoop(world.pool, world.app.state.context.codec).once()
    closing = await world.call("POST", "/v1/spaces", new)
    used = await world.call("DELETE", f"/v1/connections/{connection}")
    assert_problem(closing, 409, "conflict", "room_mailbox")
    assert "Try again in a minute" in closing.json()["detail"]
    assert_problem(used, 409, "conflict")
    assert "which takes a few minutes" in used.json()["detail"]
    assert "space.unmapped.v1" not in [each["type"] for each in await world.outbox(space["id"])]

    await world.pool.execute("UPDATE intents SET state = 'written' WHERE space_id = $1", space["id"])
    await ClosingLoop(world.pool, world.app.state.context.codec).once()
    assert [each["type"] for each in await world.outbox(space["id"])].count("space.unmapped.v1") == 1
    await world.made("/v1/spaces", new)


async def test_a_confirmed_deletion_of_what_is_not_mapped_needs_nothing_more(world: World) -> None:
    space = await world.space()
    made = await world.reservation(space["id"], 10, 11)
    assert (await world.call("DELETE", f"/v1/spaces/{space['id']}?confirm=true")).status_code == 200
    assert (await world.call("GET", f"/v1/reservations/{made['id']}")).json()["status"] == "cancelled"
    before = await world.everything()
    await ClosingLoop(world.pool, world.app.state.context.codec).once()
    assert await world.everything() == before


async def test_a_mailbox_that_stays_out_of_reach_keeps_a_space_closing_for_a_day(world: World) -> None:
    space = await world.mapped_space()
    await world.reservation(space["id"], 10, 11)
    await world.call("DELETE", f"/v1/spaces/{space['id']}?confirm=true")
    for hours, unmapped in ((23, 0), (25, 1)):
        await world.pool.execute(
            "UPDATE spaces SET deleted_at = now() - make_interval(hours => $2) WHERE id = $1", space["id"], hours
        )
        await ClosingLoop(world.pool, world.app.state.context.codec).once()
        assert [each["type"] for each in await world.outbox(space["id"])].count("space.unmapped.v1") == unmapped


async def test_a_deletion_is_confirmed_by_true_or_not_at_all(world: World) -> None:
    space = await world.space()
    for query, field in (("confirm=perhaps", "query.confirm"), ("sure=true", "query.sure")):
        answer = await world.call("DELETE", f"/v1/spaces/{space['id']}?{query}")
        assert_problem(answer, 422, "invalid-request", field)
    assert (await world.call("GET", f"/v1/spaces/{space['id']}")).status_code == 200


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
