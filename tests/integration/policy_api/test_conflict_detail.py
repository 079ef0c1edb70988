"""A connection that tells no more than the time of a meeting in the way does so wherever somebody is told of it."""

from typing import Any

import pytest

from tests.integration.policy_api.world import World, at, fresh

BEN = {"organizer": {"name": "Ben", "email": "ben@example.org"}}
ADA = {"organizer": {"name": "Ada", "email": "ada@example.org"}}


async def refused(world: World, space: dict[str, Any]) -> str:
    body = {"space_id": space["id"], "start": at(9), "end": at(10), "title": "Planning", **ADA}
    answer = await world.call("POST", "/v1/reservations", body)
    assert answer.status_code == 409, answer.text
    return answer.text


@pytest.mark.parametrize(("detail", "is_named"), [("organizer", True), ("time", False)])
async def test_a_refusal_by_api_names_who_has_the_room_only_if_the_connection_lets_it(
    world: World, detail: str, is_named: bool
) -> None:
    connection = await world.connection(conflict_detail=detail)
    space = await world.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"])
    await world.reservation(space["id"], 9, 10, title="Board", **BEN)

    text = await refused(world, space)

    assert ("taken by Ben" in text) == is_named
    assert "Board" not in text


async def test_the_setting_holds_at_once_for_what_is_told_from_then_on(world: World) -> None:
    connection = await world.connection()
    space = await world.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"])
    await world.reservation(space["id"], 9, 10, **BEN)
    assert "taken by Ben" in await refused(world, space)

    changed = await world.call("PATCH", f"/v1/connections/{connection['id']}", {"conflict_detail": "time"})

    assert changed.json()["conflict_detail"] == "time"
    assert "Ben" not in await refused(world, space)


async def test_a_room_outside_of_outlook_tells_no_more_than_the_strictest_connection_lets_it(world: World) -> None:
    strict = await world.connection(conflict_detail="time")
    space = await world.space()
    await world.reservation(space["id"], 9, 10, **BEN)

    assert "Ben" not in await refused(world, space)

    for each in (await world.call("GET", "/v1/connections")).json()["items"]:
        await world.call("PATCH", f"/v1/connections/{each['id']}", {"conflict_detail": "organizer"})
    assert strict["conflict_detail"] == "time"
    assert "taken by Ben" in await refused(world, space)
