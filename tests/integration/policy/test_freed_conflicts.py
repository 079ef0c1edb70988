"""Once time becomes free that an event in Outlook was in conflict about, the room is to be compared at once."""

from uuid import UUID

from libs.contracts.messages import ConflictFreed
from services.policy.commands.reservations import Reserved, Result
from tests.integration.policy.ledger import Ledger, answered, meeting, recurring, window
from tests.integration.policy.test_conflicts import BEFORE, taken_over
from tests.integration.policy.test_yielding import cancel, foreign, move, reserved


def asked(done: Result) -> list[UUID]:
    """Return the rooms that are to be compared because of what was done."""
    assert isinstance(done, Reserved)
    return [each.space_id for each in done.messages if isinstance(each, ConflictFreed)]


async def test_it_is_asked_for_once_what_is_in_the_way_is_cancelled_or_moved(ledger: Ledger) -> None:
    room = await ledger.room()
    early, late = await reserved(ledger, room, window(9)), await reserved(ledger, room, window(11))
    await taken_over(ledger, room, window(8.5, 12))

    moved, cancelled = await move(ledger, early, window(14)), await cancel(ledger, late)

    assert (asked(moved), asked(cancelled)) == ([room.id], [room.id])


async def test_it_is_asked_for_because_of_events_of_the_rooms_own_and_dates_of_series(ledger: Ledger) -> None:
    room = await ledger.room()
    first, second = await reserved(ledger, room, window(9)), await reserved(ledger, room, window(12, day=7))
    await ledger.observe(room, foreign(window(9, 11)))
    series = answered(recurring(window(12))).model_copy(update={"answered_at": await ledger.now() - BEFORE})
    await ledger.observe(room, series)

    assert asked(await cancel(ledger, first)) == [room.id]
    assert asked(await cancel(ledger, second)) == [room.id]


async def test_it_is_asked_for_in_the_room_that_shares_a_part_and_for_the_sake_of_buffers(ledger: Ledger) -> None:
    left, right = await ledger.room(setup_minutes=30), await ledger.room()
    hall = await ledger.room(parts=[left, right])
    part = await reserved(ledger, left, window(10, 11))
    await taken_over(ledger, hall, window(9, 10))

    assert asked(await cancel(ledger, part)) == [hall.id]


async def test_it_is_not_asked_for_where_nothing_was_in_conflict_about_what_is_free(ledger: Ledger) -> None:
    room = await ledger.room()
    taken, apart = await reserved(ledger, room, window(9)), await reserved(ledger, room, window(14))
    seen = await taken_over(ledger, room, window(9))
    await ledger.observe(room, meeting(window(16)))

    assert asked(await cancel(ledger, apart)) == []
    await ledger.observe(room, None, seen.ical_uid)
    assert asked(await cancel(ledger, taken)) == []
