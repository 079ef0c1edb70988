"""A change that needs approval waits beside the booking, which stays until it is decided."""

import pytest

from services.policy.loops.questions import QuestionLoop
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.asking import (
    asking_space,
    busy,
    change_of,
    question_about,
    reservation_of,
    told,
)
from tests.integration.policy_api.world import World, at


async def test_a_change_that_needs_approval_is_shown_beside_the_booking_and_both_times_are_held(world: World) -> None:
    space, booked, question = await change_of(world)

    assert (booked["status"], booked["start"], booked["end"]) == ("confirmed", at(9), at(10))
    assert booked["requested_change"] == {
        "start": at(14),
        "end": at(15),
        "attendee_count": booked["attendee_count"],
        "approval_id": question["id"],
    }
    assert question["asked"]["start"] == at(14)
    assert question["booked"] == {"start": at(9), "end": at(10), "dates": 1}
    assert [await busy(world, space, each) for each in (9, 14)] == [True, True]
    assert (await told(world, space))[-1] == "approval.requested.v1"


@pytest.mark.parametrize(("ruling", "start", "other"), [("approve", 14, 9), ("reject", 9, 14)])
async def test_a_change_is_booked_once_it_is_approved_and_forgotten_if_it_is_not(
    world: World, ruling: str, start: float, other: float
) -> None:
    space, booked, question = await change_of(world)

    await world.call("POST", f"/v1/approvals/{question['id']}/{ruling}")

    after = await reservation_of(world, booked)
    assert (after["status"], after["start"], after["requested_change"]) == ("confirmed", at(start), None)
    assert [await busy(world, space, each) for each in (start, other)] == [True, False]
    issued = [each for each in await world.outbox(space["id"]) if each["type"].startswith("intent.issued")]
    windows = [each["intent"]["window"]["start"] for each in issued]
    assert windows == ([at(9), at(14)] if ruling == "approve" else [at(9)])


async def test_a_change_is_forgotten_at_its_deadline(world: World) -> None:
    space, booked, question = await change_of(world, deadline_minutes=60)
    await world.pool.execute("UPDATE approvals SET due_at = clock_timestamp() WHERE id = $1", question["id"])

    await QuestionLoop(world.pool, world.app.state.context.codec, PATIENCE).once()

    after = await reservation_of(world, booked)
    assert (after["start"], after["requested_change"]) == (at(9), None)
    assert not await busy(world, space, 14)


async def test_a_change_is_taken_back_by_asking_for_what_is_booked_or_with_the_booking(world: World) -> None:
    space, booked, question = await change_of(world)
    _, cancelled, other = await change_of(world)

    back = await world.call("PATCH", f"/v1/reservations/{booked['id']}", {"start": at(9), "end": at(10)})
    await world.call("POST", f"/v1/reservations/{cancelled['id']}/cancel")

    assert (back.json()["start"], back.json()["requested_change"]) == (at(9), None)
    assert not await busy(world, space, 14)
    for each in (question, other):
        assert (await world.call("GET", f"/v1/approvals/{each['id']}")).json()["state"] == "withdrawn"


async def test_another_organizer_is_asked_about_by_name(world: World) -> None:
    space = await asking_space(world)
    ada, ben = ({"name": name, "email": f"{name.lower()}@example.org"} for name in ("Ada", "Ben"))
    made = await world.reservation(space["id"], 9, 10, organizer=ada, override_reason="Open day")

    answer = await world.call("PATCH", f"/v1/reservations/{made['id']}", {"organizer": ben})

    assert (answer.status_code, answer.json()["organizer"]) == (200, ada)
    question = await question_about(world, made, "pending")
    assert question["asked"]["organizer"] == ben
    asked = [each for each in await world.outbox(space["id"]) if each["type"].startswith("approval.requested")]
    assert asked[-1]["organizer"] == {"address": "ben@example.org", "name": "Ben"}
    await world.call("POST", f"/v1/approvals/{question['id']}/approve")
    assert (await reservation_of(world, made))["organizer"] == ben
