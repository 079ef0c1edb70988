"""What an operator finds in the logs of one meeting: each line names the room, the meeting and the reservation."""

import json

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.looks import accepted_meeting, booked
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.system.logged import compared_at_first, lines


async def test_each_step_of_an_answer_names_the_room_the_meeting_and_the_reservation(
    stack: LocalStack, cast: Cast
) -> None:
    room, ada = await cast.room(), await cast.user()
    await compared_at_first(stack, room)
    when = slot()
    event = await accepted_meeting(ada, room, when)
    [reservation] = await booked(cast, room, when)
    meeting = {"space_id": room.space["id"], "room_mailbox": room.calendar.address, "ical_uid": event["iCalUId"]}

    async def are_named() -> None:
        logged = lines(stack)
        for step in (
            {"event": "message.handled", "message_type": "outlook.notified.v1", **meeting},
            {"event": "message.handled", "message_type": "meeting.observed.v1", "decided": "accepted", **meeting}
            | {"reservation_id": reservation["id"]},
            {"event": "intent.settled", "want": "answer", **meeting},
            {"event": "subscription.made", "space_id": room.space["id"], "room_mailbox": room.calendar.address},
        ):
            assert any(step.items() <= line.items() for line in logged), step

    await eventually(are_named)
    assert "Planning" not in "".join(map(json.dumps, lines(stack)))


async def test_a_call_of_the_api_names_what_it_made_and_what_it_is_about(stack: LocalStack, cast: Cast) -> None:
    room, when = await cast.room(), slot()
    made = await cast.administrator.reserve(room.space, when, "Board")
    await cast.administrator.cancel(made)

    async def are_named() -> None:
        logged = lines(stack)
        for step in (
            {"event": "http.handled", "method": "POST", "status": 201, "made": f"/v1/reservations/{made['id']}"},
            {"event": "http.handled", "route": "/v1/reservations/{reservation_id}/cancel"}
            | {"reservation_id": made["id"]},
        ):
            assert any(step.items() <= line.items() for line in logged), step

    await eventually(are_named)
