"""C16: one timeline for each reservation, across both systems, by the ids that the logs have."""

import asyncio
from datetime import datetime

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, blocked, booked
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.support.stacks import UNTIL_SWEPT_S
from tests.system.approving import asking_room, waiting
from tests.system.logged import compared_at_first, lines

FROM_OUTLOOK = ["notified", "read", "decided", "written", "settled"]
AT_ONCE = 50


async def told(cast: Cast, reservation: Json, *steps: str, within_s: float = 15) -> list[Json]:
    """Wait until the timeline of a reservation has these steps in this order, perhaps with others between them."""
    found: list[Json] = []

    async def look() -> None:
        found[:] = await cast.administrator.timeline(reservation)
        left = iter([each["step"] for each in found])
        expect(all(step in left for step in steps), [(each["step"], each["message"]) for each in found])

    await eventually(look, within_s=within_s)
    assert all(each["correlation_id"] and each["actor"] and each["message"] for each in found), found
    return found


def chain_of(found: list[Json], *steps: str) -> str:
    """Return the correlation id of the first decision, which each of these steps has too."""
    decided = next(each for each in found if each["step"] == "decided")
    shared = {each["step"] for each in found if each["correlation_id"] == decided["correlation_id"]}
    assert shared >= set(steps), found
    correlation_id: str = decided["correlation_id"]
    return correlation_id


def logged_types(stack: LocalStack, correlation_id: str) -> set[str]:
    """Return the types of the messages that the log says were handled under a correlation id."""
    logged = [line for line in lines(stack) if line.get("correlation_id") == correlation_id]
    return {line["message_type"] for line in logged if line["event"] == "message.handled"}


async def test_c16_an_invitation_is_told_from_its_notification_to_the_calendar_that_shows_the_answer(
    stack: LocalStack, cast: Cast
) -> None:
    room, ada, when = await cast.room(), await cast.user("ada"), slot()
    await accepted_meeting(ada, room, when)
    [reservation] = await booked(cast, room, when)

    found = await told(cast, reservation, *FROM_OUTLOOK, "compared")

    chain = chain_of(found, *FROM_OUTLOOK)
    assert {"outlook.notified.v1", "meeting.observed.v1", "intent.issued.v2", "intent.settled.v3"} <= logged_types(
        stack, chain
    )
    decided = next(each for each in found if each["step"] == "decided")
    assert (decided["actor"]["kind"], decided["actor"]["subject"]) == ("organizer", ada.address.lower())
    assert all(each["version"] >= 1 for each in decided["decision"]["policies"])
    times = [datetime.fromisoformat(each["at"]) for each in found if each["step"] != "notified"]
    assert times == sorted(times)


async def test_c16_an_approval_is_told_with_who_was_asked_and_who_answered(cast: Cast) -> None:
    room, when = await asking_room(cast, before_start_minutes=60), slot()
    ada, event, question = await waiting(cast, room, when)
    await cast.administrator.approve(question, "The keys are at the desk")
    await answered(ada, event, room, "accepted")
    [reservation] = await booked(cast, room, when)

    found = await told(
        cast,
        reservation,
        "notified",
        "read",
        "decided",
        "asked",
        "written",
        "answered",
        "decided",
        "written",
        "settled",
    )

    answer = next(each for each in found if each["step"] == "answered")
    assert answer["actor"]["kind"] == "administrator"
    assert answer["approval_id"] == question["id"]
    after = [each["step"] for each in found if each["correlation_id"] == answer["correlation_id"]]
    assert after[:4] == ["answered", "decided", "written", "settled"]
    assert "requested" not in after


async def test_c16_a_booking_by_api_is_told_from_its_request_to_its_hold(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    reservation = await cast.administrator.reserve(room.space, when, "Board")
    await blocked(room, when)

    found = await told(cast, reservation, "requested", "decided", "written", "settled", "compared")

    chain_of(found, "requested", "decided", "written", "settled")
    assert found[0]["actor"]["kind"] == "administrator"


async def test_c16_a_lost_notification_is_told_as_found_by_a_sweep_and_healed(
    sweeping_stack: LocalStack, swept_cast: Cast
) -> None:
    cast = swept_cast
    room, ada, when = await cast.room(), await cast.user(), slot()
    async with cast.tenant.delivery(silence=True):
        event = await ada.invite("Planning", when, room.calendar)
        await answered(ada, event, room, "accepted", within_s=UNTIL_SWEPT_S + 20)
        [reservation] = await booked(cast, room, when)

        steps = ["compared", "decided", "written", "settled", "healed", "compared"]
        found = await told(cast, reservation, *steps, within_s=4 * UNTIL_SWEPT_S + 20)

    chain = chain_of(found, "compared", "decided", "written", "settled", "healed")
    assert "notified" not in [each["step"] for each in found]
    swept = [line for line in lines(sweeping_stack) if line.get("correlation_id") == chain]
    assert "room.swept" in [line["event"] for line in swept]


async def test_c16_each_of_fifty_invitations_at_once_has_its_whole_timeline_and_an_id_of_its_own(
    stack: LocalStack, cast: Cast
) -> None:
    room, ada = await cast.room(), await cast.user()
    await compared_at_first(stack, room)
    slots = [slot(days=2 + number // 20, hour=number % 20) for number in range(AT_ONCE)]
    await asyncio.gather(*(ada.invite("Planning", when, room.calendar) for when in slots))
    reservations = await booked(cast, room, *slots, within_s=60)

    chains = [await whole(cast, room, each) for each in reservations]

    assert len(set(chains)) == AT_ONCE
    for chain in (chains[0], chains[-1]):
        assert {"outlook.notified.v1", "meeting.observed.v1", "intent.issued.v2"} <= logged_types(stack, chain)


async def whole(cast: Cast, room: BookableRoom, reservation: Json) -> str:
    found = await told(cast, reservation, *FROM_OUTLOOK, within_s=60)
    assert reservation["space_id"] == room.space["id"]
    return chain_of(found, *FROM_OUTLOOK)
