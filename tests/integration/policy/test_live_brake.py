"""A mailbox that is emptied while notifications flow: what guards the live path, and what it lets through."""

from datetime import timedelta

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Meeting
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window


async def booked(ledger: Ledger, room: Room, count: int) -> list[Meeting]:
    """Book a room by so many invitations that all show the answer."""
    shown = []
    for number in range(count):
        seen = meeting(window(9, day=number))
        await ledger.observe(room, seen)
        await ledger.settle(MeetingKey(room.id, seen.ical_uid), event_id=seen.event_id, ical_uid=seen.ical_uid)
        shown.append(again(seen, answer="accepted"))
        await ledger.observe(room, shown[-1])
    return shown


async def standing(ledger: Ledger, room: Room) -> list[str]:
    return [row["ical_uid"] for row in await ledger.reservations(room)]


async def test_a_mailbox_that_is_emptied_loses_five_reservations_and_the_rest_is_left_to_the_sweep(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, 8)

    for each in shown:
        await ledger.observe(room, None, each.ical_uid)

    assert await standing(ledger, room) == [each.ical_uid for each in shown[5:]]

    left = shown[5]
    await ledger.correct(room, MeetingKey(room.id, left.ical_uid), None, left.ical_uid)
    assert await standing(ledger, room) == [each.ical_uid for each in shown[6:]]


async def test_meetings_that_their_organizers_cancelled_free_the_room_however_many_there_are(ledger: Ledger) -> None:
    room = await ledger.room()

    for each in await booked(ledger, room, 8):
        await ledger.observe(room, again(each, is_cancelled=True))

    assert await standing(ledger, room) == []


async def test_absences_count_for_an_hour_and_in_one_room_only(ledger: Ledger) -> None:
    emptied, other = await ledger.room(), await ledger.room()
    shown, others = await booked(ledger, emptied, 7), await booked(ledger, other, 1)
    for each in shown:
        await ledger.observe(emptied, None, each.ical_uid)
    assert len(await standing(ledger, emptied)) == 2

    await ledger.observe(other, None, others[0].ical_uid)
    assert await standing(ledger, other) == []

    await ledger.admin.execute("UPDATE decisions SET at = at - $2::interval WHERE space_id = $1", emptied.id, HOUR)
    await ledger.observe(emptied, None, shown[5].ical_uid)
    assert await standing(ledger, emptied) == [shown[6].ical_uid]


HOUR = timedelta(hours=1)
