"""An administrator has a connection or a room tried now, after mending what was wrong."""

from uuid import uuid4

import orjson
import pytest

from libs.contracts.messages import RetryRequested
from tests.integration.policy_api.world import World, assert_problem


async def asked(world: World, connection_id: str) -> list[RetryRequested]:
    """What the other services are asked to try of a connection."""
    rows = await world.pool.fetch("SELECT body FROM outbox WHERE type = $1 ORDER BY id", RetryRequested.type)
    found = [RetryRequested.model_validate(orjson.loads(row["body"])) for row in rows]
    return [each for each in found if str(each.connection_id) == connection_id]


async def test_a_connection_is_tried_now_with_all_of_its_rooms(world: World) -> None:
    connection = await world.connection()

    answer = await world.call("POST", f"/v1/connections/{connection['id']}/check")

    assert answer.status_code == 202
    assert answer.json()["look_at"] == answer.headers["location"] == "/v1/spaces"
    (message,) = await asked(world, connection["id"])
    assert (message.room_mailbox, message.reason) == (None, "administrator_asked")


async def test_a_space_is_tried_now_by_its_mailbox(world: World) -> None:
    space = await world.mapped_space()

    answer = await world.call("POST", f"/v1/spaces/{space['id']}/check")

    assert answer.status_code == 202
    assert (await world.call("GET", answer.json()["look_at"])).json()["id"] == space["id"]
    (message,) = await asked(world, space["mapping"]["connection"])
    assert message.room_mailbox == space["mapping"]["room_mailbox"]


async def test_a_check_with_a_key_is_made_once(world: World) -> None:
    connection = await world.connection()
    for _ in range(2):
        await world.call("POST", f"/v1/connections/{connection['id']}/check", idempotency_key="mended-1")
    assert len(await asked(world, connection["id"])) == 1


@pytest.mark.parametrize("role", ["viewer", "approver", "service"])
async def test_only_administrators_have_something_tried(world: World, role: str) -> None:
    space = await world.mapped_space()
    for path in (f"spaces/{space['id']}", f"connections/{space['mapping']['connection']}"):
        assert_problem(await world.call("POST", f"/v1/{path}/check", role=role), 403, "forbidden")
    assert await asked(world, space["mapping"]["connection"]) == []


async def test_what_is_not_there_or_has_no_mailbox_cannot_be_tried(world: World) -> None:
    unmapped = await world.space()
    assert_problem(await world.call("POST", f"/v1/connections/{uuid4()}/check"), 404, "not-found", "path.connection_id")
    assert_problem(await world.call("POST", f"/v1/spaces/{uuid4()}/check"), 404, "not-found", "path.space_id")
    assert_problem(await world.call("POST", f"/v1/spaces/{unmapped['id']}/check"), 409, "conflict")
