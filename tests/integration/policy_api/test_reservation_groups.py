"""Series by the API: groups, and the reservations of their dates."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Meeting, Observation
from services.policy.handlers.observations import ObservationHandlers
from tests.integration.policy.ledger import recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.world import World, assert_problem


async def observe(world: World, space: dict[str, Any], series: Meeting) -> None:
    async with world.pool.acquire() as conn, conn.transaction():
        observation = Observation(
            space_id=UUID(space["id"]),
            room_mailbox=space["mapping"]["room_mailbox"],
            ical_uid=series.ical_uid,
            observed_at=await conn.fetchval("SELECT clock_timestamp()"),
            meeting=series,
        )
        message = MeetingObserved(space_id=UUID(space["id"]), observation=observation)
        await ObservationHandlers(PATIENCE).on_meeting_observed(conn, message)


async def test_a_series_is_a_group_that_says_until_when_it_is_booked(world: World) -> None:
    space = await world.mapped_space()
    until = window(0, day=28).start
    series, whole = recurring(window(9), until=until), recurring(window(12))

    await observe(world, space, series)
    await observe(world, space, whole)

    listed = (await world.call("GET", f"/v1/reservation-groups?space_id={space['id']}")).json()
    assert [(each["ical_uid"], each["is_complete"]) for each in listed["items"]] == [
        (series.ical_uid, False),
        (whole.ical_uid, True),
    ]
    first = listed["items"][0]
    assert first["materialised_until"] == until.isoformat().replace("+00:00", "Z")
    assert first["recurrence"]["pattern"] == {"type": "daily", "interval": 7}
    assert (await world.call("GET", f"/v1/reservation-groups/{first['id']}")).json() == first
    page = (await world.call("GET", f"/v1/reservation-groups?space_id={space['id']}&limit=1")).json()
    rest = (await world.call("GET", f"/v1/reservation-groups?space_id={space['id']}&cursor={page['next']}")).json()
    assert (page["items"], rest["items"], rest["next"]) == ([first], listed["items"][1:], None)


async def test_the_occurrences_of_a_series_are_listed_by_its_group(world: World) -> None:
    space = await world.mapped_space()
    series = recurring(window(9))
    await observe(world, space, series)
    await observe(world, space, recurring(window(12)))
    groups = (await world.call("GET", f"/v1/reservation-groups?space_id={space['id']}")).json()["items"]

    found = (await world.call("GET", f"/v1/reservations?group_id={groups[0]['id']}")).json()["items"]

    planned = [window(9, day=7 * number).start.date() for number in range(4)]
    assert [each["original_date"] for each in found] == [each.isoformat() for each in planned]
    assert {each["group_id"] for each in found} == {groups[0]["id"]}
    assert {(each["outlook"]["state"], each["outlook"]["answer"]) for each in found} == {("writing", "notResponded")}


async def test_a_group_that_is_not_there_is_not_found(world: World) -> None:
    answer = await world.call("GET", f"/v1/reservation-groups/{uuid4()}")

    assert_problem(answer, 404, "not-found", "path.group_id")


async def group_state(world: World, space: dict[str, Any]) -> tuple[str, str | None]:
    """Return how the one series of a space stands by the list, and the tag of the group when it is read."""
    [group] = (await world.call("GET", f"/v1/reservation-groups?space_id={space['id']}")).json()["items"]
    read = await world.call("GET", f"/v1/reservation-groups/{group['id']}")
    assert read.json() == group
    return group["status"], read.headers["ETag"]


async def asked_about_series(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have a series wait for an administrator; return its space, and the question."""
    space = await world.mapped_space()
    rule = {"when": "always", "approvers": ["grace@example.org"]}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "approval", "attach": attach, "parameters": rule})
    await observe(world, space, recurring(window(9), 2))
    [question] = (await world.call("GET", f"/v1/approvals?space_id={space['id']}")).json()["items"]
    return space, question


@pytest.mark.parametrize(("ruling", "state"), [("approve", "confirmed"), ("reject", "declined")])
async def test_a_group_is_pending_until_its_question_is_decided(world: World, ruling: str, state: str) -> None:
    space, question = await asked_about_series(world)
    before, tag = await group_state(world, space)

    await world.call("POST", f"/v1/approvals/{question['id']}/{ruling}")

    after, other_tag = await group_state(world, space)
    assert (before, after) == ("pending", state)
    assert tag != other_tag


async def test_a_group_whose_dates_were_cancelled_one_by_one_is_cancelled(world: World) -> None:
    space, question = await asked_about_series(world)
    dates = (await world.call("GET", f"/v1/reservations?group_id={question['group_id']}")).json()["items"]
    states = []

    for each in dates:
        await world.call("POST", f"/v1/reservations/{each['id']}/cancel")
        states.append((await group_state(world, space))[0])

    assert states == ["pending", "cancelled"]
    assert (await world.call("GET", f"/v1/approvals/{question['id']}")).json()["state"] == "withdrawn"
