"""A group that needs approval is one question with its dates, which are held meanwhile."""

from typing import Any

import pytest

from tests.integration.policy_api.asking import asking_space, do_what_is_due, pass_deadline
from tests.integration.policy_api.groups import GROUPS, dates_of, holds_of, make_group, read_group
from tests.integration.policy_api.world import World, assert_problem, at


async def questions(world: World, group: dict[str, Any], state: str = "pending") -> list[dict[str, Any]]:
    found = (await world.call("GET", f"/v1/approvals?state={state}&group_id={group['id']}")).json()
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_a_group_that_needs_approval_is_one_question_and_holds_its_dates(world: World) -> None:
    space = await asking_space(world)

    group = await make_group(world, space)

    assert (group["status"], group["counts"]["pending"]) == ("pending", 4)
    (question,) = await questions(world, group)
    assert (question["asked"]["dates"], question["asked"]["title"]) == (4, "Seminar")
    assert (await holds_of(world, space))[-1]["want"] == "hold"
    taken = await world.call("POST", "/v1/reservations", {**_single(group), "space_id": space["id"]})
    assert_problem(taken, 409, "reservation-refused")


def _single(group: dict[str, Any]) -> dict[str, Any]:
    return {"start": group["start"], "end": group["end"], "title": "Another"}


async def test_an_approved_group_is_booked_and_shown_as_before(world: World) -> None:
    space = await asking_space(world)
    group = await make_group(world, space)
    before = len(await holds_of(world, space))
    (question,) = await questions(world, group)

    answer = await world.call("POST", f"/v1/approvals/{question['id']}/approve", {"comment": "Fine."})

    assert answer.status_code == 200, answer.text
    after = await read_group(world, group)
    assert (after["status"], after["counts"]["confirmed"]) == ("confirmed", 4)
    assert len(await holds_of(world, space)) == before
    again = await world.call("POST", f"/v1/approvals/{question['id']}/reject")
    assert_problem(again, 409)


async def test_a_rejected_group_is_declined_and_its_hold_dropped(world: World) -> None:
    space = await asking_space(world)
    group = await make_group(world, space)
    (question,) = await questions(world, group)

    await world.call("POST", f"/v1/approvals/{question['id']}/reject", {"comment": "No."})

    after = await read_group(world, group)
    assert (after["status"], after["counts"]["declined"]) == ("declined", 4)
    assert (await holds_of(world, space))[-1]["want"] == "no_hold"


@pytest.mark.parametrize(
    ("at_deadline", "status", "counted"),
    [("reject", "declined", "declined"), ("approve", "confirmed", "confirmed"), ("leave", "pending", "pending")],
)
async def test_at_the_deadline_happens_to_all_dates_what_the_rule_says(
    world: World, at_deadline: str, status: str, counted: str
) -> None:
    space = await asking_space(world, deadline_minutes=60, at_deadline=at_deadline)
    group = await make_group(world, space)
    (question,) = await questions(world, group)

    await pass_deadline(world, question)
    await do_what_is_due(world)

    after = await read_group(world, group)
    assert (after["status"], after["counts"][counted]) == (status, 4)


async def test_a_group_that_is_cancelled_withdraws_its_question(world: World) -> None:
    space = await asking_space(world)
    group = await make_group(world, space)

    await world.call("POST", f"{GROUPS}/{group['id']}/cancel")

    assert await questions(world, group) == []
    assert len(await questions(world, group, "withdrawn")) == 1


async def test_the_last_date_that_is_cancelled_by_itself_withdraws_the_question(world: World) -> None:
    space = await asking_space(world)
    group = await make_group(world, space, rrule="FREQ=WEEKLY;COUNT=2")

    for each in await dates_of(world, group):
        assert len(await questions(world, group)) == 1
        await world.call("POST", f"/v1/reservations/{each['id']}/cancel")

    assert await questions(world, group) == []


@pytest.mark.parametrize("how", ["cancelled", "cancelled with those after it", "asked about alone"])
async def test_the_question_asks_no_more_for_dates_that_do_not_wait_with_the_others(world: World, how: str) -> None:
    space = await asking_space(world)
    group = await make_group(world, space)
    (question,) = await questions(world, group)
    third = (await dates_of(world, group))[2]
    path = f"/v1/reservations/{third['id']}"

    match how:
        case "asked about alone":
            answer = await world.call("PATCH", path, {"start": at(14, day=14), "end": at(15, day=14)})
        case _:
            scope = "this" if how == "cancelled" else "following"
            answer = await world.call("POST", f"{path}/cancel", {"scope": scope})

    assert answer.status_code == 200, answer.text
    (left,) = await questions(world, group)
    dates = 2 if "after" in how else 3
    assert (left["id"], left["version"], left["asked"]["dates"]) == (question["id"], 2, dates)
    await world.call("POST", f"/v1/approvals/{left['id']}/approve")
    assert (await read_group(world, group))["counts"]["confirmed"] == dates


async def test_a_date_that_cannot_be_booked_is_left_out_of_the_question(world: World) -> None:
    space = await asking_space(world, when={"people_over": 3})
    await world.reservation(space["id"], 24 * 7 + 9, 24 * 7 + 10)

    group = await make_group(world, space, attendee_count=5, on_conflict="skip_conflicts")

    assert group["counts"] == {"confirmed": 0, "pending": 3, "declined": 1, "cancelled": 0}
    (question,) = await questions(world, group)
    assert question["asked"]["dates"] == 3
