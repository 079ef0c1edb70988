"""What is offered instead of what is refused keeps to the rules."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.policy_api.world import World, fresh

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY = datetime(2031, 3, 7, 17, tzinfo=NEW_YORK)
"""Summer time begins in New York on the Sunday after."""

WORKDAYS = {day: [["08:00", "18:00"]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}


async def rule(world: World, space: dict[str, Any], kind: str, **parameters: object) -> None:
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": kind, "parameters": parameters, "attach": attach})


async def refused(world: World, space: dict[str, Any], start: datetime, minutes: int = 60, **more: object) -> Any:
    body = {
        "space_id": space["id"],
        "start": start.isoformat(),
        "end": (start.astimezone(UTC) + timedelta(minutes=minutes)).isoformat(),
        "title": "Planning",
        **more,
    }
    answer = await world.call("POST", "/v1/reservations", body)
    assert answer.status_code == 409, answer.text
    return answer.json()


async def test_the_next_free_time_lies_in_the_opening_hours_over_a_weekend_on_which_the_clock_changes(
    world: World,
) -> None:
    space = await world.space(time_zone="America/New_York")
    await rule(world, space, "opening_hours", weekly=WORKDAYS)

    found = await refused(world, space, FRIDAY, minutes=120)

    assert [each["rule"] for each in found["reasons"]] == ["opening_hours"]
    monday = datetime(2031, 3, 10, 8, tzinfo=NEW_YORK).astimezone(UTC)
    assert found["alternatives"]["next_free"]["start"] == monday.isoformat().replace("+00:00", "Z")
    assert "Mon 10 Mar 2031, 08:00-10:00 (America/New_York)" in found["detail"]


async def test_no_other_time_is_offered_where_none_would_help(world: World) -> None:
    space = await world.space()
    await rule(world, space, "maximum_duration", minutes=60)

    found = await refused(world, space, FRIDAY, minutes=90)

    assert found["alternatives"]["next_free"] is None
    assert "60 at most" not in found["detail"]
    assert "1 hour" in found["detail"]


async def test_a_free_space_whose_rules_refuse_the_request_is_not_offered(world: World) -> None:
    north = fresh("North")
    taken = await world.space(building=north, capacity=60_000)
    strict = await world.space(building=north, capacity=60_000, name=fresh("A strict one"))
    lenient = await world.space(building=north, capacity=60_001)
    await rule(world, taken, "maximum_duration", minutes=60)
    await rule(world, strict, "who_may_book", domains=["faculty.example.org"])
    organizer = {"email": "ada@example.org"}

    found = await refused(world, taken, FRIDAY, minutes=90, attendee_count=60_000, organizer=organizer)

    offered = [each["space_id"] for each in found["alternatives"]["spaces"]]
    assert lenient["id"] in offered
    assert strict["id"] not in offered
    assert lenient["name"] in found["detail"]
