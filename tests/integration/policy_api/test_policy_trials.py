"""What a policy on trial would have done, by API."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.policy_api.world import World, assert_problem, at

ADA = {"name": "Ada", "email": "ada@example.org"}
BEN = {"name": "Ben", "email": "ben@example.org"}


async def on_trial(world: World, minutes: int = 60, effect: str = "shadow") -> tuple[dict[str, Any], str]:
    """Make a space with a rule about how long it is booked; return it, and the path of what that would have done."""
    space = await world.mapped_space()
    rule = {"kind": "maximum_duration", "parameters": {"minutes": minutes}, "effect": effect}
    made = await world.made("/v1/policies", {**rule, "attach": {"scope": "space", "id": space["id"]}})
    return space, f"/v1/policies/{made['id']}/trial"


async def trial(world: World, path: str) -> dict[str, Any]:
    answer = await world.call("GET", path, role="viewer")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_it_would_have_done_is_told_in_figures_whose_and_which(world: World) -> None:
    space, path = await on_trial(world)
    long = await world.reservation(space["id"], 9, 11, organizer=ADA)
    await world.reservation(space["id"], 12, 13, organizer=BEN)
    taken = {"space_id": space["id"], "start": at(10), "end": at(12.5), "title": "Review", "organizer": BEN}
    assert (await world.call("POST", "/v1/reservations", taken)).status_code == 409

    found = await trial(world, path)

    assert (found["broken"], found["declined"], found["asked"], found["version"]) == (2, 1, 0, 1)
    assert found["organizers"] == [{"organizer": "ada@example.org", "requests": 1}]
    refused, allowed = found["items"]
    assert (refused["would_have"], refused["outcome"], refused["reservation_id"]) == (None, "decline", None)
    assert (allowed["would_have"], allowed["outcome"]) == ("declined", "accept")
    assert (allowed["reservation_id"], allowed["space_id"]) == (long["id"], space["id"])
    assert (allowed["start"], allowed["end"], allowed["organizer"]) == (at(9), at(11), "ada@example.org")
    assert (allowed["reason"]["limit"], allowed["reason"]["actual"]) == ("60", "120")
    assert "can be booked for 1 hour at most, and this lasts 2 hours." in allowed["reason"]["message"]


async def test_a_change_begins_the_trial_anew(world: World) -> None:
    space, path = await on_trial(world)
    await world.reservation(space["id"], 9, 11)
    rule = path.removesuffix("/trial")
    body = {"kind": "maximum_duration", "parameters": {"minutes": 90}, "attach": {"scope": "space", "id": space["id"]}}
    changed = (await world.call("PUT", rule, {**body, "effect": "shadow"})).json()

    found = await trial(world, path)

    assert (found["broken"], found["items"], found["version"]) == (0, [], 2)
    assert found["since"] == changed["updated_at"]


async def test_the_requests_are_paged_the_latest_first_and_the_figures_count_all(world: World) -> None:
    space, path = await on_trial(world, minutes=15)
    for hour in range(3):
        await world.reservation(space["id"], 9 + hour, 10 + hour)

    first = await trial(world, f"{path}?limit=2")
    second = await trial(world, f"{path}?limit=2&cursor={first['next']}")

    starts = [[each["start"] for each in page["items"]] for page in (first, second)]
    assert starts == [[at(11), at(10)], [at(9)]]
    assert (first["broken"], second["broken"], second["next"]) == (3, 3, None)


@pytest.mark.parametrize("effect", ["deny", "warn", "approve"])
async def test_a_policy_that_is_on_no_trial_is_refused(world: World, effect: str) -> None:
    _, path = await on_trial(world, effect=effect)

    answer = await world.call("GET", path)

    assert_problem(answer, 409, "conflict")
    assert f"its effect is {effect}" in answer.json()["detail"]


async def test_a_policy_that_there_is_not_and_a_cursor_of_somebody_else_are_refused(world: World) -> None:
    _, path = await on_trial(world)

    unknown = await world.call("GET", f"/v1/policies/{uuid4()}/trial")

    assert_problem(unknown, 404, "not-found", "path.policy_id")
    for cursor in ("nonsense", "WyJub3ciLCJ4Il0"):
        assert_problem(await world.call("GET", f"{path}?cursor={cursor}"), 422, "invalid-request", "query.cursor")
