"""What a service asks for by message shows in Outlook."""

from uuid import UUID

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import answered, blocked, booked, unblocked
from deploy.driver.slots import Slot, slot
from deploy.local.stack import LocalStack
from libs.contracts.reservation_commands import (
    CancelReservation,
    ChangeReservation,
    RequestReservation,
    VouchedPerson,
)
from tests.system.bus import put_on_the_bus

GRACE = VouchedPerson(address="grace@contoso.example", name="Grace")


def request(room: BookableRoom, when: Slot) -> RequestReservation:
    return RequestReservation(
        space_id=UUID(room.space["id"]), start=when.start, end=when.end, title="Board meeting", by=GRACE
    )


async def test_a_room_that_is_booked_moved_and_cancelled_by_command_is_busy_in_outlook_accordingly(
    stack: LocalStack, cast: Cast
) -> None:
    room, ada, when, later = await cast.room(), await cast.user(), slot(), slot(hour=13)

    await put_on_the_bus(stack, request(room, when))
    await blocked(room, when)
    [made] = await booked(cast, room, when)
    assert (made["origin"], made["made_by"]["kind"]) == ("command", "service")
    assert made["made_by"]["subject"] == GRACE.address
    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "declined")

    about = {"space_id": made["space_id"], "reservation_id": made["id"], "by": GRACE}
    await put_on_the_bus(stack, ChangeReservation(**about, start=later.start, end=later.end))
    await blocked(room, later)
    await unblocked(room, when)

    await put_on_the_bus(stack, CancelReservation(**about))
    await unblocked(room, later)
    await booked(cast, room)
