"""Groups made by the API are cancelled: one date, some, or all; what is over stays."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.integration.policy_api.groups import GROUPS, dates_of, holds_of, make_group, read_group
from tests.integration.policy_api.world import World, assert_problem, at


async def cancel(world: World, reservation: dict[str, Any], scope: str, **headers: str) -> Any:
    path = f"/v1/reservations/{reservation['id']}/cancel"
    return await world.call("POST", path, {"scope": scope, "comment": "The room is closed."}, **headers)


async def statuses(world: World, group: dict[str, Any]) -> list[str]:
    return [each["status"] for each in await dates_of(world, group)]


async def have_passed(world: World, group: dict[str, Any], dates: int) -> None:
    """Have the first dates of a group be over."""
    found = await dates_of(world, group)
    move = "UPDATE policy.reservations SET starts_at = starts_at - $2::interval, ends_at = ends_at - $2::interval"
    for each in found[:dates]:
        await world.admin.execute(f"{move} WHERE id = $1", UUID(each["id"]), timedelta(days=60))


async def test_a_group_is_cancelled_with_every_date_and_its_hold(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)

    answer = await world.call("POST", f"{GROUPS}/{group['id']}/cancel", {"comment": "No more."})

    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["counts"]["cancelled"]) == ("cancelled", 4)
    assert (await holds_of(world, space))[-1]["want"] == "no_hold"
    again = await world.call("POST", f"{GROUPS}/{group['id']}/cancel", {"comment": "No more."})
    assert (again.status_code, again.json()["version"]) == (200, answer.json()["version"])
    await make_group(world, space)


async def test_what_is_over_stays_and_the_hold_ends_with_it(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    first = (await dates_of(world, group))[0]["original_date"]
    await have_passed(world, group, 1)

    answer = await world.call("POST", f"{GROUPS}/{group['id']}/cancel")

    assert answer.json()["counts"] == {"confirmed": 1, "pending": 0, "declined": 0, "cancelled": 3}
    assert answer.json()["status"] == "cancelled"
    hold = (await holds_of(world, space))[-1]
    assert hold["series"]["recurrence"]["range"]["endDate"] == first


@pytest.mark.parametrize(
    ("scope", "number", "left"),
    [
        ("this", 1, ["confirmed", "cancelled", "confirmed", "confirmed"]),
        ("following", 2, ["confirmed", "confirmed", "cancelled", "cancelled"]),
        ("following", 0, ["cancelled"] * 4),
        ("following", 3, ["confirmed", "confirmed", "confirmed", "cancelled"]),
        ("all", 2, ["cancelled"] * 4),
    ],
)
async def test_the_scope_says_which_dates_are_cancelled(world: World, scope: str, number: int, left: list[str]) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    named = (await dates_of(world, group))[number]

    answer = await cancel(world, named, scope)

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled"), answer.text
    assert await statuses(world, group) == left
    hold, booked = (await holds_of(world, space))[-1], await dates_of(world, group)
    live = [each["original_date"] for each in booked if each["status"] == "confirmed"]
    if live:
        assert hold["series"]["recurrence"]["range"]["endDate"] == live[-1]
        gone = [each["original_date"] for each in hold["series"]["exceptions"]]
        assert gone == [
            each["original_date"]
            for each in booked
            if each["original_date"] < live[-1] and each["status"] != "confirmed"
        ]
    else:
        assert (hold["want"], (await read_group(world, group))["status"]) == ("no_hold", "cancelled")
    assert (await cancel(world, named, scope)).json() == answer.json()


async def test_a_group_that_was_cut_has_no_later_dates(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space, rrule="FREQ=WEEKLY")
    assert group["is_complete"] is False

    await cancel(world, (await dates_of(world, group))[2], "following")

    after = await read_group(world, group)
    assert (after["is_complete"], after["counts"]["confirmed"]) == (True, 2)
    assert "UNTIL" in after["rrule"]


async def test_a_cancellation_that_is_too_late_for_one_date_refuses_all(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    attach = {"scope": "space", "id": space["id"]}
    cut_off = {"cancel_minutes": 3 * 1440}
    await world.made("/v1/policies", {"kind": "change_cut_off", "attach": attach, "parameters": cut_off})

    answer = await world.call("POST", f"{GROUPS}/{group['id']}/cancel", role="service")

    assert_problem(answer, 409, "reservation-refused")
    assert [each["original_date"] for each in answer.json()["occurrences"]] == [at(9)[:10]]
    assert await statuses(world, group) == ["confirmed"] * 4
    later = await cancel(world, (await dates_of(world, group))[1], "following")
    assert later.status_code == 200
    allowed = await world.call("POST", f"{GROUPS}/{group['id']}/cancel", {"override_reason": "The dean is ill."})
    assert allowed.status_code == 200
    assert await statuses(world, group) == ["cancelled"] * 4


async def test_a_cancellation_is_meant_for_the_version_that_was_read(world: World) -> None:
    space = await world.space()
    group = await make_group(world, space)
    first = (await dates_of(world, group))[0]

    stale = await world.call("POST", f"{GROUPS}/{group['id']}/cancel", if_match='"9"')
    assert_problem(stale, 412, "stale-version")
    assert_problem(await cancel(world, first, "all", if_match='"9"'), 412, "stale-version")
    assert (await cancel(world, first, "all", if_match='"1"')).status_code == 200


async def test_a_scope_on_what_is_no_date_of_a_group_is_refused(world: World) -> None:
    space = await world.space()
    single = await world.reservation(space["id"], 9, 10)

    assert_problem(await cancel(world, single, "all"), 422, "invalid-request", "scope")
    assert_problem(await cancel(world, {"id": str(uuid4())}, "all"), 404, "not-found")
    assert_problem(await world.call("POST", f"{GROUPS}/{uuid4()}/cancel"), 404, "not-found", "path.group_id")


async def test_a_space_that_is_deleted_ends_its_groups(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)

    deleted = await world.call("DELETE", f"/v1/spaces/{space['id']}?confirm=true")

    assert deleted.status_code in {200, 202}, deleted.text
    assert (await read_group(world, group))["status"] == "cancelled"
    assert (await holds_of(world, space))[-1]["want"] == "no_hold"


async def test_a_group_is_shown_by_a_mailbox_that_is_mapped_later(world: World) -> None:
    space = await world.space()
    group = await make_group(world, space)
    assert group["outlook"] is None
    connection = await world.connection()
    mapping = {"room_mailbox": f"{uuid4()}@example.org", "connection": connection["id"]}

    await world.call("PATCH", f"/v1/spaces/{space['id']}", mapping)
    await world.see_to_mailboxes()

    (hold,) = await holds_of(world, space)
    assert (hold["reservation_id"], len(await dates_of(world, group))) == (group["id"], 4)
    assert (await read_group(world, group))["outlook"]["holds"] == "recurring"
