"""What would be decided about a reservation, and what could be booked instead."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.policy_api.world import World, assert_problem, at, fresh


def asking(space: dict[str, Any], start: float = 10, end: float = 11, **more: Any) -> dict[str, Any]:
    return {"space_id": space["id"], "start": at(start), "end": at(end), "title": "Planning", **more}


async def forecast(world: World, body: dict[str, Any], role: str = "viewer") -> dict[str, Any]:
    before = await world.everything()
    answer = await world.call("POST", "/v1/reservations:check", body, role=role)
    assert answer.status_code == 200, answer.text
    assert await world.everything() == before
    found: dict[str, Any] = answer.json()
    return found


async def test_what_would_be_accepted_is_said_and_not_booked(world: World) -> None:
    space = await world.space()

    found = await forecast(world, asking(space))

    assert found == {
        "outcome": "accept",
        "reasons": [],
        "warnings": [],
        "alternatives": {"next_free": None, "spaces": []},
    }
    await world.reservation(space["id"], 10, 11)


async def test_what_would_be_refused_is_refused_for_the_reasons_that_were_said(world: World) -> None:
    space = await world.space()
    await world.reservation(space["id"], 10, 11)
    body = asking(space, 10.5, 11.5, attendee_count=9)

    found = await forecast(world, body)
    refused = await world.call("POST", "/v1/reservations", body)

    assert found["outcome"] == "decline"
    assert {each["rule"] for each in found["reasons"]} == {"capacity", "availability"}
    assert_problem(refused, 409, "reservation-refused")
    assert refused.json()["reasons"] == found["reasons"]
    assert refused.json()["alternatives"] == found["alternatives"]
    assert found["alternatives"]["next_free"] == {"start": at(11), "end": at(12)}


async def test_an_exception_is_forecast_for_an_administrator_only(world: World) -> None:
    space = await world.space(capacity=4)
    body = asking(space, attendee_count=9, override_reason="The dean said so.")

    found = await forecast(world, body, role="admin")
    denied = await world.call("POST", "/v1/reservations:check", body, role="service")

    assert (found["outcome"], [each["rule"] for each in found["reasons"]]) == ("accept", ["override"])
    assert_problem(denied, 403, "forbidden", "override_reason")


async def test_free_spaces_of_the_building_come_first_then_those_of_a_group_then_the_smallest(world: World) -> None:
    north = fresh("North")
    group = (await world.made("/v1/space-groups", {"name": fresh("Group")}))["id"]
    # Larger than any other space of this world, so that those do not count.
    taken = await world.space(capacity=50_000, building=north, groups=[group])
    await world.reservation(taken["id"], 10, 11)
    large = await world.space(capacity=50_003, building=north.upper())
    grouped = await world.space(capacity=50_002, groups=[group])
    small = await world.space(capacity=50_001)
    smaller = await world.space(capacity=50_000, building=fresh("South"))
    await world.space(capacity=49_999, building=north)

    found = await forecast(world, asking(taken, attendee_count=50_000))

    shown = [{"space_id": each["id"], "name": each["name"], "capacity": each["capacity"]} for each in (large, grouped)]
    assert found["alternatives"]["spaces"][:2] == shown
    assert found["alternatives"]["spaces"][2]["space_id"] == smaller["id"]
    await world.reservation(smaller["id"], 10.5, 10.75)
    again = await forecast(world, asking(taken, attendee_count=50_000))
    assert [each["space_id"] for each in again["alternatives"]["spaces"]] == [large["id"], grouped["id"], small["id"]]


async def test_a_space_counts_as_free_only_with_its_own_buffers_and_all_of_its_parts(world: World) -> None:
    taken = await world.space(capacity=60_000)
    await world.reservation(taken["id"], 10, 11)
    slow = await world.space(capacity=60_001, setup_minutes=30)
    await world.reservation(slow["id"], 9, 9.75)
    half = await world.space(capacity=60_001)
    hall = await world.space(capacity=60_002, parts=[half["id"]])
    await world.reservation(half["id"], 10.5, 11.5)
    gone = await world.space(capacity=60_001)
    await world.call("DELETE", f"/v1/spaces/{gone['id']}")
    free = await world.space(capacity=60_009)

    found = await forecast(world, asking(taken, attendee_count=60_000))

    offered = [each["space_id"] for each in found["alternatives"]["spaces"]]
    assert offered == [free["id"]]
    assert hall["id"] not in offered


async def test_larger_spaces_are_offered_to_too_many_people_and_none_to_a_time_that_is_over(world: World) -> None:
    small, large = await world.space(capacity=70_000), await world.space(capacity=70_002)

    too_many = await forecast(world, asking(small, attendee_count=70_001))
    over = await forecast(
        world, asking(small, attendee_count=70_001) | {"start": at(10, day=-9), "end": at(11, day=-9)}
    )

    assert too_many["alternatives"] == {
        "next_free": None,
        "spaces": [{"space_id": large["id"], "name": large["name"], "capacity": 70_002}],
    }
    assert {each["rule"] for each in over["reasons"]} == {"capacity", "not_in_the_past"}
    assert over["alternatives"]["spaces"] == []


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"space_id": str(uuid4())}, 404, "space_id"),
        ({"end": at(9)}, 422, "end"),
        ({"attendee_count": -1}, 422, "attendee_count"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
async def test_what_cannot_be_asked_for_cannot_be_forecast(
    world: World, wrong: dict[str, Any], status: int, field: str
) -> None:
    body = asking(await world.space()) | wrong
    asked = await world.call("POST", "/v1/reservations:check", body)
    made = await world.call("POST", "/v1/reservations", body)

    assert_problem(asked, status, field=field)
    assert asked.json()["errors"] == made.json()["errors"]
