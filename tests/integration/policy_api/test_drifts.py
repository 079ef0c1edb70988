"""The drift ledger by API: what differed, why, how long, filtered and paged."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.policy.commands.cursors import cursor_at
from tests.integration.policy_api.drifting import drift
from tests.integration.policy_api.world import World, assert_problem


async def drifts(world: World, query: str) -> list[dict[str, Any]]:
    answer = await world.call("GET", f"/v1/drifts?{query}", role="viewer")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_drift_is_told_with_its_cause_what_it_is_about_and_how_long_it_was_there(world: World) -> None:
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 9, 10)
    await drift(world, space["id"], "orphan_hold", cause="notifications_missed", about=made["id"], healed_after_s=42)

    [found] = await drifts(world, f"space_id={space['id']}")

    assert (found["space_id"], found["reservation_id"], found["group_id"]) == (space["id"], made["id"], None)
    assert (found["kind"], found["cause"], found["asks"]) == ("orphan_hold", "notifications_missed", 1)
    assert (found["seconds_to_heal"], found["original_date"]) == (42, None)
    assert found["healed_at"] > found["found_at"]
    assert found["detail"] == (
        "The room's calendar had a hold that nothing is booked for any more. "
        "Microsoft 365 had lost notifications, or we had not taken them all."
    )


async def test_an_open_drift_of_a_room_that_is_gone_and_of_a_kind_that_nobody_knows_is_told_all_the_same(
    world: World,
) -> None:
    gone = str(uuid4())
    await drift(world, gone, "odd", cause="why")

    [found] = await drifts(world, f"space_id={gone}")

    assert (found["kind"], found["detail"]) == ("odd", "Odd. why")
    assert (found["healed_at"], found["seconds_to_heal"], found["reservation_id"]) == (None, None, None)


async def test_drifts_are_filtered_by_space_room_kind_and_whether_they_are_open(world: World) -> None:
    space, other = await world.mapped_space(), await world.mapped_space()
    await drift(world, space["id"], "missing_in_ledger")
    await drift(world, space["id"], "different_time", healed_after_s=5)
    await drift(world, other["id"], "different_time")
    at_room = f"room={space['name'].upper()}"

    async def kinds(query: str) -> list[str]:
        return [each["kind"] for each in await drifts(world, query)]

    assert await kinds(at_room) == ["different_time", "missing_in_ledger"]
    assert await kinds(f"space_id={space['id']}") == ["different_time", "missing_in_ledger"]
    assert await kinds(f"{at_room}&state=open") == ["missing_in_ledger"]
    assert await kinds(f"{at_room}&state=healed") == ["different_time"]
    assert await kinds(f"{at_room}&kind=missing_in_ledger") == ["missing_in_ledger"]
    assert await kinds(f"{at_room}&kind=duplicate") == []
    assert await kinds(f"kind=different_time&state=open&space_id={other['id']}") == ["different_time"]
    assert await kinds(f"{at_room}&space_id={other['id']}") == []


async def test_drifts_are_paged_those_found_last_before_the_others(world: World) -> None:
    space = await world.mapped_space()
    for number in range(3):
        await drift(world, space["id"], healed_after_s=number, found_ago=timedelta(minutes=9 - number))
    path, found = f"/v1/drifts?limit=2&space_id={space['id']}", []
    pages = []
    for _ in range(2):
        page = (await world.call("GET", path)).json()
        found += [each["seconds_to_heal"] for each in page["items"]]
        pages.append(len(page["items"]))
        path = f"/v1/drifts?limit=2&space_id={space['id']}&cursor={page['next']}"

    assert (found, pages, page["next"]) == ([2, 1, 0], [2, 1], None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=unknown", "query.kind"),
        ("state=odd", "query.state"),
        ("room=", "query.room"),
        (f"room={'x' * 256}", "query.room"),
        ("space_id=nobody", "query.space_id"),
        ("cursor=x", "query.cursor"),
        (f"cursor={cursor_at(str(10**30), UUID(int=0))}", "query.cursor"),
        ("limit=0", "query.limit"),
        ("colour=red", "query.colour"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_at_its_field(world: World, query: str, field: str) -> None:
    assert_problem(await world.call("GET", f"/v1/drifts?{query}"), 422, "invalid-request", field)
