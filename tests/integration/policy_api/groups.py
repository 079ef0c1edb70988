"""Groups as the tests of the API make and read them."""

from typing import Any

from tests.integration.policy_api.world import World, at

GROUPS = "/v1/reservation-groups"


def group_body(space: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Return the body of a group of four weekly dates, changed like this."""
    asked = {"space_id": space["id"], "start": at(9), "end": at(10), "title": "Seminar", "time_zone": "UTC"}
    return {**asked, **(changed if "recurrence" in changed else {"rrule": "FREQ=WEEKLY;COUNT=4", **changed})}


async def make_group(world: World, space: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Make a group."""
    return await world.made(GROUPS, group_body(space, **changed))


async def dates_of(world: World, group: dict[str, Any]) -> list[dict[str, Any]]:
    """Read the reservations of a group, by start."""
    found = (await world.call("GET", f"/v1/reservations?group_id={group['id']}&limit=200")).json()
    items: list[dict[str, Any]] = found["items"]
    return items


async def read_group(world: World, group: dict[str, Any]) -> dict[str, Any]:
    """Read a group as it is now."""
    found: dict[str, Any] = (await world.call("GET", f"{GROUPS}/{group['id']}")).json()
    return found


async def holds_of(world: World, space: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every intent that was issued for a space."""
    issued = [each for each in await world.outbox(space["id"]) if each["type"].startswith("intent.issued")]
    return [each["intent"] for each in issued]
