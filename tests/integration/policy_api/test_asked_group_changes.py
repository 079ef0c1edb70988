"""A change of several dates of a group that needs approval is one question with them, and they stay as they are."""

from typing import Any

import pytest

from tests.integration.policy_api.asking import asking_space, busy, do_what_is_due, pass_deadline, questions, told
from tests.integration.policy_api.groups import GROUPS, dates_of, holds_of, make_group, read_group
from tests.integration.policy_api.world import World, assert_problem, at

DAYS = (0, 7, 14, 21)
MORE_PEOPLE = {"people_over": 4}


async def booked_group(world: World, space: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Make a group of four weeks that an administrator lets break the rules."""
    return await make_group(world, space, override_reason="Open day", **changed)


async def change(world: World, date: dict[str, Any], scope: str, body: dict[str, Any]) -> Any:
    return await world.call("PATCH", f"/v1/reservations/{date['id']}?scope={scope}", body)


async def change_group(world: World, group: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    answer = await world.call("PATCH", f"{GROUPS}/{group['id']}", body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def pending(world: World, group: dict[str, Any]) -> list[dict[str, Any]]:
    return await questions(world, group_id=group["id"], state="pending")


async def decide(world: World, question: dict[str, Any], ruling: str) -> None:
    answer = await world.call("POST", f"/v1/approvals/{question['id']}/{ruling}", {"comment": "So be it."})
    assert answer.status_code == 200, answer.text


async def starts(world: World, group: dict[str, Any]) -> list[str]:
    return [each["start"] for each in await dates_of(world, group) if each["status"] == "confirmed"]


async def moving(world: World, scope: str = "all", **parameters: Any) -> tuple[dict[str, Any], ...]:
    """Have a group of four weeks wait to be moved from 9 to 14 o'clock; return space, group, second date, question."""
    space = await asking_space(world, **parameters)
    group = await booked_group(world, space)
    second = (await dates_of(world, group))[1]
    answer = await change(world, second, scope, {"start": at(14, day=7), "end": at(15, day=7)})
    assert answer.status_code == 200, answer.text
    [question] = await pending(world, group)
    return space, group, answer.json(), question


async def test_a_change_of_a_group_waits_as_one_question_beside_what_is_booked(world: World) -> None:
    space, group, second, question = await moving(world)

    assert (second["status"], second["start"]) == ("confirmed", at(9, day=7))
    asked = {"start": at(14, day=7), "end": at(15, day=7), "attendee_count": 0, "approval_id": question["id"]}
    assert second["requested_change"] == asked
    assert (question["asked"]["start"], question["asked"]["dates"]) == (at(14), 4)
    assert question["booked"] == {"start": at(9), "end": at(10), "dates": 4}
    assert question["group_id"] == group["id"]
    shown = await read_group(world, group)
    assert (shown["version"], shown["status"]) == (1, "confirmed")
    assert shown["requested_change"] == {
        "start": at(14),
        "end": at(15),
        "dates": 4,
        "attendee_count": 0,
        "approval_id": question["id"],
    }
    assert await starts(world, group) == [at(9, day=day) for day in DAYS]
    assert len(await holds_of(world, space)) == 1
    for day in DAYS:
        assert await busy(world, space, 24 * day + 9)
        assert await busy(world, space, 24 * day + 14)


async def test_an_approved_change_books_all_dates_at_once_and_moves_the_hold(world: World) -> None:
    space, group, second, question = await moving(world)

    await decide(world, question, "approve")

    assert await starts(world, group) == [at(14, day=day) for day in DAYS]
    dates = await dates_of(world, group)
    assert second["id"] in {each["id"] for each in dates}
    assert not any(each["requested_change"] for each in dates)
    assert dates[0]["decision"]["reasons"][0]["message"].endswith("So be it.")
    hold = (await holds_of(world, space))[-1]
    assert (hold["reservation_id"], hold["window"]) == (group["id"], {"start": at(14), "end": at(15)})
    assert hold["series"]["exceptions"] == []
    after = await read_group(world, group)
    assert (after["start"], after["requested_change"], after["version"]) == (at(14), None, 2)
    assert not await busy(world, space, 9)
    assert "approval.decided.v1" in await told(world, space)


@pytest.mark.parametrize("end", ["reject", "expiry", "withdrawal"])
async def test_what_is_not_approved_leaves_what_is_booked_and_frees_what_was_asked_for(world: World, end: str) -> None:
    space, group, _, question = await moving(world, deadline_minutes=60)
    before = await dates_of(world, group)

    match end:
        case "reject":
            await decide(world, question, "reject")
        case "expiry":
            await pass_deadline(world, question)
            await do_what_is_due(world)
        case _:
            await change_group(world, group, {"start": at(9)})

    assert await pending(world, group) == []
    after = await dates_of(world, group)
    assert [(each["id"], each["start"], each["version"]) for each in after] == [
        (each["id"], each["start"], each["version"]) for each in before
    ]
    assert not any(each["requested_change"] for each in after)
    assert (await busy(world, space, 9), await busy(world, space, 14)) == (True, False)
    assert len(await holds_of(world, space)) == 1


async def test_from_a_date_on_an_approved_change_makes_a_group_of_its_own(world: World) -> None:
    space, group, second, question = await moving(world, "following")
    assert (question["asked"]["dates"], question["booked"]["dates"]) == (3, 3)
    assert second["group_id"] == group["id"]

    await decide(world, question, "approve")

    assert await starts(world, group) == [at(9)]
    now = (await world.call("GET", f"/v1/reservations/{second['id']}")).json()
    assert (now["start"], now["group_id"] != group["id"]) == (at(14, day=7), True)
    other = await read_group(world, {"id": now["group_id"]})
    assert await starts(world, other) == [at(14, day=day) for day in DAYS[1:]]
    assert (other["counts"]["confirmed"], other["is_complete"]) == (3, True)
    newest = {each["reservation_id"]: each for each in await holds_of(world, space)}
    assert newest[group["id"]]["series"]["recurrence"]["range"]["endDate"] == at(9)[:10]
    assert newest[other["id"]]["window"]["start"] == at(14, day=7)
    assert not await busy(world, space, 24 * 7 + 9)


async def test_a_change_that_asks_for_more_supersedes_the_question(world: World) -> None:
    space, group, _, question = await moving(world)

    await change_group(world, group, {"start": at(16), "end": at(17)})

    [newer] = await pending(world, group)
    assert newer["asked"]["start"] == at(16)
    assert {each["state"] for each in await questions(world, group_id=group["id"])} == {"superseded", "pending"}
    assert [await busy(world, space, hour) for hour in (9, 14, 16)] == [True, False, True]
    answer = await world.call("POST", f"/v1/approvals/{question['id']}/approve")
    assert_problem(answer, 409)
    await decide(world, newer, "approve")
    assert await starts(world, group) == [at(16, day=day) for day in DAYS]


async def test_a_change_that_an_administrator_makes_needs_no_question_any_more(world: World) -> None:
    space, group, *_ = await moving(world)

    await change_group(world, group, {"start": at(11), "end": at(12), "override_reason": "Now."})

    assert await pending(world, group) == []
    assert await starts(world, group) == [at(11, day=day) for day in DAYS]
    assert not await busy(world, space, 14)


@pytest.mark.parametrize("scope", ["following", "all"])
async def test_a_cancellation_of_several_dates_takes_the_question_with_it(world: World, scope: str) -> None:
    space, group, second, _ = await moving(world)

    answer = await world.call("POST", f"/v1/reservations/{second['id']}/cancel", {"scope": scope})

    assert answer.status_code == 200, answer.text
    assert await pending(world, group) == []
    assert not await busy(world, space, 14)


async def test_a_date_that_is_cancelled_is_asked_for_no_more(world: World) -> None:
    space, group, second, question = await moving(world)

    await world.call("POST", f"/v1/reservations/{second['id']}/cancel")

    [left] = await pending(world, group)
    assert (left["id"], left["asked"]["dates"], left["booked"]["dates"]) == (question["id"], 3, 3)
    assert not await busy(world, space, 24 * 7 + 14)
    await decide(world, left, "approve")
    assert await starts(world, group) == [at(14, day=day) for day in (0, 14, 21)]
    assert (await read_group(world, group))["counts"]["cancelled"] == 1


async def test_one_of_the_dates_is_not_changed_by_itself_meanwhile_but_for_its_title(world: World) -> None:
    _, group, second, question = await moving(world)

    refused = await change(world, second, "this", {"start": at(11, day=7), "end": at(12, day=7)})
    titled = await change(world, second, "this", {"title": "Exam"})

    assert_problem(refused, 409, "reservation-refused")
    assert "waits for the approval" in refused.json()["detail"]
    assert titled.status_code == 200
    await decide(world, question, "approve")
    assert [each["title"] for each in await dates_of(world, group)] == ["Seminar", "Exam", "Seminar", "Seminar"]


async def test_a_group_that_moves_over_itself_holds_what_it_does_not_have(world: World) -> None:
    space = await asking_space(world)
    group = await booked_group(world, space, rrule="FREQ=DAILY;COUNT=3")

    await change_group(world, group, {"start": at(9, day=1), "end": at(10, day=1)})

    [question] = await pending(world, group)
    assert [await busy(world, space, 24 * day + 9) for day in range(5)] == [True] * 4 + [False]
    await decide(world, question, "approve")
    assert await starts(world, group) == [at(9, day=day) for day in (1, 2, 3)]
    assert not await busy(world, space, 9)


async def test_more_people_and_another_recurrence_wait_together(world: World) -> None:
    space = await asking_space(world, when=MORE_PEOPLE)
    group = await make_group(world, space)

    waiting = await change_group(
        world, group, {"attendee_count": 6, "rrule": "FREQ=WEEKLY;INTERVAL=2;COUNT=3", "title": "Lab"}
    )

    assert (waiting["attendee_count"], waiting["title"]) == (0, "Seminar")
    assert (waiting["requested_change"]["dates"], waiting["requested_change"]["attendee_count"]) == (3, 6)
    [question] = await pending(world, group)
    await decide(world, question, "approve")
    live = [each for each in await dates_of(world, group) if each["status"] == "confirmed"]
    assert [each["start"] for each in live] == [at(9, day=day) for day in (0, 14, 28)]
    assert {(each["attendee_count"], each["title"]) for each in live} == {(6, "Lab")}
    after = await read_group(world, group)
    assert (after["counts"]["cancelled"], after["title"]) == (2, "Lab")


async def test_a_date_that_cannot_be_booked_stays_as_it_is_and_says_so(world: World) -> None:
    space = await asking_space(world)
    group = await booked_group(world, space, on_conflict="skip_conflicts")
    await world.reservation(space["id"], 24 * 14 + 14, 24 * 14 + 15, override_reason="Open day")

    await change_group(world, group, {"start": at(14), "end": at(15)})

    [question] = await pending(world, group)
    assert (question["asked"]["dates"], question["booked"]["dates"]) == (3, 4)
    third = (await dates_of(world, group))[2]
    assert (third["requested_change"], third["refused_request"]["start"]) == (None, at(14, day=14))
    assert "availability" in {each["rule"] for each in third["refused_request"]["reasons"]}
    await decide(world, question, "approve")
    assert sorted(await starts(world, group)) == sorted([*(at(14, day=day) for day in (0, 7, 21)), at(9, day=14)])


async def test_without_approval_too_a_date_stays_by_what_its_group_says_about_conflicts(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space, rrule="FREQ=DAILY;COUNT=4")
    await world.reservation(space["id"], 24 * 4 + 9, 24 * 4 + 10)
    later = {"start": at(9, day=1), "end": at(10, day=1)}
    assert_problem(await world.call("PATCH", f"{GROUPS}/{group['id']}", later), 409, "reservation-refused")

    # The last date cannot move, so the one before it cannot come to its place, and so on.
    refused = await world.call("PATCH", f"{GROUPS}/{group['id']}", {**later, "on_conflict": "skip_conflicts"})
    assert_problem(refused, 409, "reservation-refused")
    moved = await change_group(world, group, {"start": at(14), "end": at(15), "on_conflict": "skip_conflicts"})

    assert moved["on_conflict"] == "skip_conflicts"
    assert await starts(world, group) == [at(14, day=day) for day in range(4)]
    await world.reservation(space["id"], 24 * 2 + 17, 24 * 2 + 18)
    await change_group(world, group, {"start": at(17), "end": at(18)})
    assert await starts(world, group) == [at(17), at(17, day=1), at(14, day=2), at(17, day=3)]
    hold = (await holds_of(world, space))[-1]
    assert [each["original_date"] for each in hold["series"]["exceptions"]] == [at(9, day=2)[:10]]


async def test_a_date_that_stays_keeps_others_from_its_place_and_later_leaves_it(world: World) -> None:
    space = await world.mapped_space()
    group = await make_group(world, space, rrule="FREQ=DAILY;COUNT=4", on_conflict="skip_conflicts")
    second = (await dates_of(world, group))[1]
    await world.call("POST", f"/v1/reservations/{second['id']}/cancel")
    await world.reservation(space["id"], 24 * 4 + 9, 24 * 4 + 10)

    # The last one stays, so the one before it has nowhere to go; the first has the place of the cancelled one.
    await change_group(world, group, {"start": at(9, day=1), "end": at(10, day=1)})

    assert await starts(world, group) == [at(9, day=day) for day in (1, 2, 3)]
    stays = [each for each in await dates_of(world, group) if each["refused_request"]]
    assert [each["start"] for each in stays] == [at(9, day=2), at(9, day=3)]
    moved = await change(world, stays[1], "this", {"start": at(12, day=3), "end": at(13, day=3)})
    assert (moved.status_code, moved.json()["refused_request"]) == (200, None)


async def test_another_organizer_of_all_dates_is_asked_about_and_has_them_once_that_is_approved(world: World) -> None:
    space = await asking_space(world)
    group = await booked_group(world, space, organizer={"name": "Ada", "email": "ada@example.org"})

    await change_group(world, group, {"organizer": {"name": "Ben", "email": "ben@example.org"}})

    [question] = await pending(world, group)
    assert question["asked"]["organizer"] == {"name": "Ben", "email": "ben@example.org"}
    assert {each["organizer"]["email"] for each in await dates_of(world, group)} == {"ada@example.org"}
    await decide(world, question, "approve")
    assert {each["organizer"]["name"] for each in await dates_of(world, group)} == {"Ben"}
    assert (await read_group(world, group))["organizer"]["email"] == "ben@example.org"
