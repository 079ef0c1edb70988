"""Conflicts by HTTP: listed in pages and by space, resolved once, and refused in sentences."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Observation
from services.policy.handlers.observations import ObservationHandlers
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.declining import meeting
from tests.integration.policy_api.world import LINKS, World, assert_problem


async def conflicting(world: World, *hours: float, **changed: object) -> dict[str, Any]:
    """Reserve a mapped space at these hours, and show a meeting at each that the room had accepted before."""
    space = await world.mapped_space()
    before = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
    for hour in hours:
        await world.reservation(space["id"], hour, hour + 1)
        found = meeting(hour, hour + 1, answer="accepted", answered_at=before, **changed)
        async with world.pool.acquire() as conn, conn.transaction():
            observation = Observation(
                space_id=UUID(space["id"]),
                room_mailbox=space["mapping"]["room_mailbox"],
                ical_uid=found.ical_uid,
                observed_at=await conn.fetchval("SELECT clock_timestamp()"),
                meeting=found,
            )
            handlers = ObservationHandlers(replace(PATIENCE, links=LINKS))
            await handlers.on_meeting_observed(
                conn, MeetingObserved(space_id=UUID(space["id"]), observation=observation)
            )
    return space


async def test_conflicts_are_listed_by_space_in_pages(world: World) -> None:
    space, other = await conflicting(world, 9, 11, 13), await conflicting(world, 9)
    seen: list[dict[str, Any]] = []
    path = f"/v1/conflicts?space_id={space['id']}&limit=2"
    page = (await world.call("GET", path)).json()
    seen += page["items"]
    page = (await world.call("GET", f"{path}&cursor={page['next']}")).json()
    seen += page["items"]

    assert (len({each["id"] for each in seen}), page["next"]) == (3, None)
    assert {each["space_id"] for each in seen} == {space["id"]}
    assert len((await world.call("GET", f"/v1/conflicts?space_id={other['id']}")).json()["items"]) == 1


async def test_a_conflict_is_resolved_once_and_is_answered_with_who_did_from_then_on(world: World) -> None:
    space = await conflicting(world, 9)
    [found] = (await world.call("GET", f"/v1/conflicts?space_id={space['id']}")).json()["items"]
    path = f"/v1/conflicts/{found['id']}"

    first = await world.call("POST", f"{path}/resolve", {"keep": "ledger", "comment": "First"})
    second = await world.call("POST", f"{path}/resolve", {"keep": "outlook"})

    assert (first.status_code, first.json()) == (200, found)
    assert_problem(second, 409, "conflict")
    assert "who kept what the ledger has. The first decision stands." in second.json()["detail"]
    assert_problem(await world.call("GET", path), 409, "conflict")


async def test_what_is_no_conflict_or_no_side_is_refused(world: World) -> None:
    assert_problem(await world.call("POST", f"/v1/conflicts/{uuid4()}/resolve", {"keep": "ledger"}), 404, "not-found")
    assert_problem(await world.call("POST", f"/v1/conflicts/{uuid4()}/resolve", {"keep": "both"}), 422)
