"""Groups made by the API are changed: one date, some, or all, and as a whole or not at all."""

from typing import Any

import pytest

from tests.integration.policy_api.groups import GROUPS, dates_of, holds_of, make_group, read_group
from tests.integration.policy_api.world import World, assert_problem, at


async def change(world: World, reservation: dict[str, Any], scope: str, body: dict[str, Any], **headers: str) -> Any:
    return await world.call("PATCH", f"/v1/reservations/{reservation['id']}?scope={scope}", body, **headers)


async def starts(world: World, group: dict[str, Any]) -> list[str]:
    return [each["start"] for each in await dates_of(world, group) if each["status"] == "confirmed"]


async def recurring_hold(world: World, space: dict[str, Any], group: dict[str, Any]) -> dict[str, Any]:
    """Return what is wanted of a group in Outlook now."""
    return [each for each in await holds_of(world, space) if each["reservation_id"] == group["id"]][-1]


async def test_one_date_that_is_moved_is_an_exception_of_the_hold(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    second = (await dates_of(world, group))[1]

    moved = await change(world, second, "this", {"start": at(11, day=7), "end": at(12, day=7)})
    titled = await change(world, (await dates_of(world, group))[2], "this", {"title": "Exam"})

    assert (moved.status_code, titled.status_code) == (200, 200)
    hold = await recurring_hold(world, space, group)
    assert hold["series"]["exceptions"] == [
        {
            "original_date": at(9, day=7)[:10],
            "window": {"start": at(11, day=7), "end": at(12, day=7)},
            "subject": None,
        },
        {
            "original_date": at(9, day=14)[:10],
            "window": {"start": at(9, day=14), "end": at(10, day=14)},
            "subject": "Exam",
        },
    ]
    assert {each["reservation_id"] for each in await holds_of(world, space)} == {group["id"]}


async def test_a_group_moves_over_itself(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space, rrule="FREQ=DAILY;COUNT=5", end=at(12))

    answer = await world.call("PATCH", f"{GROUPS}/{group['id']}", {"start": at(10), "end": at(13), "title": "Lab"})

    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["version"], after["title"], after["start"]) == (2, "Lab", at(10))
    assert await starts(world, group) == [at(10, day=number) for number in range(5)]
    assert {each["title"] for each in await dates_of(world, group)} == {"Lab"}
    hold = await recurring_hold(world, space, group)
    assert (hold["window"], hold["subject"]) == ({"start": at(10), "end": at(13)}, "Lab")
    assert hold["series"]["exceptions"] == []


async def test_a_group_moves_to_another_day_of_the_week(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    dates = await dates_of(world, group)
    await world.call("POST", f"/v1/reservations/{dates[2]['id']}/cancel")

    answer = await change(world, dates[1], "all", {"start": at(9, day=8), "end": at(10, day=8)})

    assert answer.status_code == 200, answer.text
    assert await starts(world, group) == [at(9, day=day) for day in (1, 8, 22)]
    shown = [(each["original_date"], each["status"]) for each in await dates_of(world, group)]
    assert sorted(shown)[2] == (at(9, day=15)[:10], "cancelled")
    hold = await recurring_hold(world, space, group)
    assert hold["window"]["start"] == at(9, day=1)
    assert [each["original_date"] for each in hold["series"]["exceptions"]] == [at(9, day=15)[:10]]


async def test_from_a_date_on_there_is_another_group(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    dates = await dates_of(world, group)

    answer = await change(world, dates[2], "following", {"start": at(14, day=14), "end": at(15, day=14)})

    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["id"], changed["start"]) == (dates[2]["id"], at(14, day=14))
    assert changed["group_id"] != group["id"]
    assert await starts(world, group) == [at(9), at(9, day=7)]
    other = await read_group(world, {"id": changed["group_id"]})
    assert await starts(world, other) == [at(14, day=14), at(14, day=21)]
    assert (other["counts"]["confirmed"], other["is_complete"], other["version"]) == (2, True, 1)
    cut = await recurring_hold(world, space, group)
    assert cut["series"]["recurrence"]["range"]["endDate"] == at(9, day=7)[:10]
    assert (await recurring_hold(world, space, other))["window"]["start"] == at(14, day=14)


async def test_from_the_first_date_on_is_all(world: World) -> None:
    space = await world.space()
    group = await make_group(world, space)

    answer = await change(world, (await dates_of(world, group))[0], "following", {"title": "Lab"})

    assert answer.json()["group_id"] == group["id"]
    assert {each["title"] for each in await dates_of(world, group)} == {"Lab"}
    assert [each["id"] for each in (await world.call("GET", f"{GROUPS}?space_id={space['id']}")).json()["items"]] == [
        group["id"]
    ]


@pytest.mark.parametrize("scope", ["following", "all"])
async def test_a_change_that_fails_for_one_date_changes_nothing(world: World, scope: str) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    await world.reservation(space["id"], 24 * 21 + 14, 24 * 21 + 15)
    before = await world.everything()

    answer = await change(
        world, (await dates_of(world, group))[1], scope, {"start": at(14, day=7), "end": at(15, day=7)}
    )

    assert_problem(answer, 409, "reservation-refused")
    assert [each["original_date"] for each in answer.json()["occurrences"]] == [at(9, day=21)[:10]]
    assert await world.everything() == before


async def test_a_group_recurs_otherwise(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    kept = {each["original_date"]: each["id"] for each in await dates_of(world, group)}

    answer = await world.call("PATCH", f"{GROUPS}/{group['id']}", {"rrule": "FREQ=WEEKLY;INTERVAL=2;COUNT=3"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"] == {"confirmed": 3, "pending": 0, "declined": 0, "cancelled": 2}
    live = [each for each in await dates_of(world, group) if each["status"] == "confirmed"]
    booked = {each["original_date"]: each["id"] for each in live}
    assert list(booked) == [at(9, day=day)[:10] for day in (0, 14, 28)]
    assert [booked[day] == kept.get(day) for day in booked] == [True, True, False]
    hold = await recurring_hold(world, space, group)
    assert (hold["series"]["recurrence"]["pattern"]["interval"], hold["series"]["exceptions"]) == (2, [])


async def test_what_cannot_recur_is_refused(world: World) -> None:
    space = await world.space()
    group = await make_group(world, space)
    path = f"{GROUPS}/{group['id']}"

    assert_problem(await world.call("PATCH", path, {"rrule": "nonsense"}), 422, "invalid-request", "rrule")
    assert_problem(await world.call("PATCH", path, {"end": at(8)}), 422, "invalid-request", "end")
    both = {"rrule": "FREQ=DAILY", "recurrence": {}}
    assert_problem(await world.call("PATCH", path, both), 422, "invalid-request", "recurrence")


async def test_a_change_is_meant_for_the_version_that_was_read(world: World) -> None:
    space = await world.space()
    group = await make_group(world, space)
    first = (await dates_of(world, group))[0]

    assert_problem(
        await world.call("PATCH", f"{GROUPS}/{group['id']}", {"title": "Lab"}, if_match='"7"'), 412, "stale-version"
    )
    assert_problem(await change(world, first, "all", {"title": "Lab"}, if_match='"7"'), 412, "stale-version")
    assert (await change(world, first, "all", {"title": "Lab"}, if_match='"1"')).status_code == 200


async def test_a_cancelled_group_cannot_be_changed(world: World) -> None:
    space = await world.space()
    group = await make_group(world, space)
    await world.call("POST", f"{GROUPS}/{group['id']}/cancel")

    assert_problem(await world.call("PATCH", f"{GROUPS}/{group['id']}", {"title": "Lab"}), 409, "reservation-refused")


async def test_a_single_reservation_has_no_dates_to_follow(world: World) -> None:
    space = await world.space()
    single = await world.reservation(space["id"], 9, 10)

    assert_problem(await change(world, single, "following", {"title": "Lab"}), 422, "invalid-request", "scope")


async def test_changing_nothing_changes_nothing(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space)
    before = await world.everything()

    answer = await world.call("PATCH", f"{GROUPS}/{group['id']}", {"title": "Seminar", "start": at(9)})

    assert (answer.status_code, answer.json()) == (200, group)
    assert await world.everything() == before
