"""Groups that go on beyond what is booked are rolled forward as time passes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.policy.core.groups.plan import PlanLimits
from services.policy.loops.groups import GroupLoop
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.asking import asking_space, questions
from tests.integration.policy_api.groups import dates_of, holds_of, make_group, read_group
from tests.integration.policy_api.world import World, at


async def roll(world: World, occurrences: int) -> None:
    """Roll every group forward a day later, by limits that let so many dates be booked."""
    await world.admin.execute("UPDATE policy.reservation_groups SET rolled_at = rolled_at - interval '1 day'")
    patience = replace(PATIENCE, series=PlanLimits(occurrences, timedelta(days=800)))
    await GroupLoop(world.pool, world.app.state.context.codec, patience).once()


async def endless(world: World, space: dict[str, Any], **changed: object) -> dict[str, Any]:
    return await make_group(world, space, **{"rrule": "FREQ=WEEKLY", **changed})


async def test_dates_that_come_into_view_are_booked_and_held(world: World) -> None:
    space = await world.mapped_space()
    group = await endless(world, space)
    booked = group["counts"]["confirmed"]

    await roll(world, booked + 2)

    after = await read_group(world, group)
    assert after["counts"]["confirmed"] == booked + 2
    assert after["materialised_until"] == at(9, day=7 * (booked + 2))
    last = (await dates_of(world, group))[-1]
    hold = (await holds_of(world, space))[-1]
    assert hold["series"]["recurrence"]["range"]["endDate"] == last["original_date"]
    before = await world.everything()
    await GroupLoop(world.pool, world.app.state.context.codec, PATIENCE).once()
    assert await world.everything() == before


async def test_a_date_that_is_taken_by_then_is_left_out_and_told(world: World) -> None:
    space = await world.mapped_space()
    group = await endless(world, space)
    booked = group["counts"]["confirmed"]
    await world.reservation(space["id"], 24 * 7 * booked + 9, 24 * 7 * booked + 10)

    await roll(world, booked + 2)

    after = await read_group(world, group)
    assert (after["counts"]["confirmed"], after["counts"]["declined"]) == (booked + 1, 1)
    told = [each for each in await world.outbox(space["id"]) if each["type"].startswith("reservation.declined")]
    assert [each["group_id"] for each in told] == [group["id"]]
    hold = (await holds_of(world, space))[-1]
    assert [each["original_date"] for each in hold["series"]["exceptions"]] == [at(9, day=7 * booked)[:10]]


async def test_a_group_is_complete_once_all_of_its_dates_are_booked(world: World) -> None:
    space = await world.space()
    group = await make_group(world, space, rrule="FREQ=DAILY;COUNT=152")
    assert group["is_complete"] is False

    await roll(world, 151)
    assert (await read_group(world, group))["is_complete"] is False
    await roll(world, 152)

    after = await read_group(world, group)
    assert (after["is_complete"], after["materialised_until"], after["counts"]["confirmed"]) == (True, None, 152)


async def test_what_was_approved_of_a_group_holds_for_its_later_dates(world: World) -> None:
    space = await world.space()
    parameters = {"when": "always", "approvers": ["grace@example.org"]}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "approval", "attach": attach, "parameters": parameters})
    group = await endless(world, space)
    dates = group["counts"]["pending"]
    await roll(world, dates + 1)
    assert (await read_group(world, group))["counts"]["pending"] == dates
    (question,) = (await world.call("GET", f"/v1/approvals?group_id={group['id']}")).json()["items"]
    await world.call("POST", f"/v1/approvals/{question['id']}/approve")

    await roll(world, dates + 1)

    counts = (await read_group(world, group))["counts"]
    assert (counts["confirmed"], counts["pending"]) == (dates + 1, 0)


async def approved(world: World, space: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Make an endless group that was approved; return it, and how many dates are booked."""
    group = await endless(world, space)
    (question,) = await questions(world, group_id=group["id"])
    await world.call("POST", f"/v1/approvals/{question['id']}/approve")
    return group, group["counts"]["pending"]


@pytest.mark.parametrize("less", [{"title": "Lab"}, {"end": at(9.5, day=7)}])
async def test_a_part_of_an_approved_group_that_asks_for_no_more_is_not_asked_about_anew(
    world: World, less: dict[str, Any]
) -> None:
    space = await asking_space(world)
    group, booked = await approved(world, space)
    second = (await dates_of(world, group))[1]

    parted = await world.call("PATCH", f"/v1/reservations/{second['id']}?scope=following", less)

    assert parted.status_code == 200, parted.text
    other = {"id": parted.json()["group_id"]}
    await roll(world, booked + 1)
    counts = (await read_group(world, other))["counts"]
    assert (counts["confirmed"], counts["pending"]) == (booked + 1, 0)
    assert len(await questions(world, group_id=other["id"])) == 0


async def test_a_part_that_was_approved_with_its_change_has_its_later_dates_too(world: World) -> None:
    space = await asking_space(world)
    group, booked = await approved(world, space)
    second = (await dates_of(world, group))[1]
    later = {"start": at(14, day=7), "end": at(15, day=7)}
    await world.call("PATCH", f"/v1/reservations/{second['id']}?scope=following", later)
    (question,) = await questions(world, group_id=group["id"], state="pending")
    await roll(world, booked + 2)
    assert (await read_group(world, group))["counts"]["confirmed"] == booked

    await world.call("POST", f"/v1/approvals/{question['id']}/approve")
    await roll(world, booked + 2)

    other = (await world.call("GET", f"/v1/reservations/{second['id']}")).json()["group_id"]
    after = await read_group(world, {"id": other})
    assert (after["counts"]["confirmed"], after["counts"]["pending"]) == (booked + 2, 0)
    assert {each["start"][11:16] for each in await dates_of(world, after)} == {at(14)[11:16]}


async def test_a_cancelled_group_is_not_rolled_forward(world: World) -> None:
    space = await world.space()
    group = await endless(world, space)
    await world.call("POST", f"/v1/reservation-groups/{group['id']}/cancel")

    await roll(world, 200)

    assert (await read_group(world, group))["counts"]["confirmed"] == 0


async def test_a_group_that_cannot_be_rolled_forward_keeps_no_other_from_that(world: World) -> None:
    space, other = [await world.mapped_space() for _ in range(2)]
    broken, group = await endless(world, space), await endless(world, other)
    booked = group["counts"]["confirmed"]
    await world.admin.execute("UPDATE policy.reservation_groups SET rules = 'RRULE:FREQ' WHERE id = $1", broken["id"])

    await roll(world, booked + 1)
    first = await world.admin.fetchval("SELECT rolled_at FROM policy.reservation_groups WHERE id = $1", broken["id"])
    await GroupLoop(world.pool, world.app.state.context.codec, PATIENCE).once()

    assert (await read_group(world, group))["counts"]["confirmed"] == booked + 1
    again = await world.admin.fetchval("SELECT rolled_at FROM policy.reservation_groups WHERE id = $1", broken["id"])
    assert first == again
    assert first > await world.admin.fetchval("SELECT clock_timestamp() - interval '1 hour'")
