"""A15: whoever asks, in whatever way and however many at once, a stretch of time is booked once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import asyncpg
import pytest

from libs.common.db import Connection, Pool, open_pool
from libs.common.handlers import InLane
from libs.contracts.messages import LookRequested, MeetingObserved
from libs.contracts.values import Window
from services.policy.commands.reservations import (
    ReservationChange,
    ReservationRefused,
    ReservationRequest,
    Reserved,
    change_reservation,
    create_reservation,
)
from services.policy.handlers.observations import ObservationHandlers
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.ledger import Ledger, Room, meeting, window
from tests.integration.policy.patience import PATIENCE

CONTENDERS = 50

Work = Callable[[Connection], Awaitable[object]]


async def at_once(pool: Pool, *works: Work) -> list[object]:
    """Run each in a transaction of its own on a connection of its own, all at once."""

    async def run(work: Work) -> object:
        async with pool.acquire() as conn, conn.transaction():
            return await work(conn)

    return await asyncio.gather(*(run(work) for work in works))


@pytest.fixture(scope="module")
async def many(database: str, ledger: Ledger) -> AsyncIterator[Pool]:
    """Connections of their own for contenders: no queue puts them in an order before the database does."""
    pool = await open_pool(database, schema="policy", max_size=25)
    yield pool
    await pool.close()


def asking(room: Room, at: Window) -> Work:
    request = ReservationRequest(space_id=room.id, start=at.start, end=at.end, title="Planning")
    return lambda conn: create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR)


def observing(message: MeetingObserved) -> Work:
    handlers = ObservationHandlers(PATIENCE)
    return lambda conn: handlers.on_meeting_observed(conn, message)


async def test_of_fifty_requests_for_one_slot_one_wins(ledger: Ledger, many: Pool) -> None:
    room = await ledger.room()

    results = await at_once(many, *[asking(room, window(9)) for _ in range(CONTENDERS)])

    assert [isinstance(each, Reserved) for each in results].count(True) == 1
    assert [isinstance(each, ReservationRefused) for each in results].count(True) == CONTENDERS - 1
    assert await ledger.windows(room) == [window(9)]


async def test_of_fifty_invitations_to_one_slot_one_wins(ledger: Ledger, many: Pool) -> None:
    room = await ledger.room()
    observations = [await ledger.observation(room, meeting(window(9 + number % 4 / 4))) for number in range(CONTENDERS)]
    messages = [MeetingObserved(space_id=room.id, observation=each) for each in observations]

    results = await at_once(many, *[observing(each) for each in messages])
    caused = [each for result in results if isinstance(result, list) for each in result]
    asked = [each.message for each in caused if isinstance(each, InLane) and isinstance(each.message, LookRequested)]
    seen = {each.ical_uid: each.meeting for each in observations}
    looks = [
        MeetingObserved(
            space_id=room.id, observation=await ledger.observation(room, seen[each.about]), look_id=each.look_id
        )
        for each in asked
    ]
    await at_once(many, *[observing(each) for each in looks])

    assert len(looks) == CONTENDERS - 1
    assert len(await ledger.windows(room)) == 1
    assert len(await ledger.reservations(room, "declined")) == CONTENDERS - 1


async def test_invitations_and_requests_race_for_one_slot_in_a_hall_and_its_halves(ledger: Ledger, many: Pool) -> None:
    left, right = await ledger.room(), await ledger.room()
    hall = await ledger.room(parts=[left, right])
    rooms = [left, right, hall] * 4
    observations = [await ledger.observation(room, meeting(window(9))) for room in rooms]
    messages = [MeetingObserved(space_id=each.space_id, observation=each) for each in observations]

    await at_once(
        many,
        *[asking(room, window(9)) for room in rooms],
        *[observing(each) for each in messages],
    )

    taken = [len(await ledger.windows(room)) for room in (left, right, hall)]
    assert taken in ([0, 0, 1], [1, 1, 0])


async def test_spaces_that_overlap_in_circles_never_wait_for_each_other(ledger: Ledger, many: Pool) -> None:
    a, b, c = [await ledger.room() for _ in range(3)]
    pairs = [await ledger.room(parts=parts) for parts in ([a, b], [b, c], [c, a], [c, b], [b, a], [a, c])]

    works = [asking(pair, window(hour)) for hour in range(6, 14) for pair in pairs]
    results = await asyncio.wait_for(at_once(many, *works), timeout=60)

    assert [isinstance(each, Reserved) for each in results].count(True) == 8


async def test_the_database_refuses_what_no_lock_kept_apart(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.occupy(room, window(9))

    with pytest.raises(asyncpg.ExclusionViolationError, match="no_double_booking"):
        await ledger.occupy(room, window(9.5))

    assert await ledger.windows(room) == [window(9)]


async def test_the_database_refuses_a_hall_of_which_one_half_is_taken(ledger: Ledger) -> None:
    left, right = await ledger.room(), await ledger.room()
    hall = await ledger.room(parts=[left, right])
    await ledger.occupy(left, window(9))

    with pytest.raises(asyncpg.ExclusionViolationError):
        await ledger.occupy(hall, window(9))
    await ledger.occupy(right, window(9))


async def test_two_bookings_may_follow_each_other_without_a_gap(ledger: Ledger) -> None:
    room = await ledger.room()

    await ledger.occupy(room, window(9))
    await ledger.occupy(room, window(10))

    assert await ledger.windows(room) == [window(9), window(10)]


async def test_two_bookings_may_swap_their_times_in_one_transaction(ledger: Ledger) -> None:
    room = await ledger.room()
    first, second = await ledger.occupy(room, window(9)), await ledger.occupy(room, window(10))

    async with ledger.pool.acquire() as conn, conn.transaction():
        for reservation_id, at in ((first, window(10)), (second, window(9))):
            await conn.execute(
                "UPDATE occupancies SET during = tstzmultirange(tstzrange($2, $3)) WHERE reservation_id = $1",
                reservation_id,
                at.start,
                at.end,
            )

    assert await ledger.pool.fetchval("SELECT count(*) FROM occupancies WHERE reservation_id = $1", first) == 1


async def test_a_meeting_has_one_live_reservation_in_a_room(ledger: Ledger) -> None:
    room = await ledger.room()
    both = [await ledger.occupy(room, window(9)), await ledger.occupy(room, window(10))]

    with pytest.raises(asyncpg.UniqueViolationError, match="one_live_reservation_per_meeting"):
        await ledger.admin.execute("UPDATE reservations SET ical_uid = 'same' WHERE id = ANY($1)", both)


async def test_set_up_and_clean_down_keep_bookings_apart(ledger: Ledger, many: Pool) -> None:
    room = await ledger.room(setup_minutes=15, cleanup_minutes=30)

    results = await at_once(many, *[asking(room, window(9 + quarters / 4)) for quarters in (0, 4, 5, 7)])

    assert [isinstance(each, Reserved) for each in results].count(True) == len(await ledger.windows(room))
    windows = sorted(await ledger.windows(room), key=lambda each: each.start)
    assert all(two.start - one.end >= timedelta(minutes=45) for one, two in pairwise(windows))


async def test_changes_of_two_reservations_towards_one_slot_move_one_of_them(ledger: Ledger, many: Pool) -> None:
    room = await ledger.room()
    made = await at_once(many, asking(room, window(9)), asking(room, window(11)))
    ids = [each.reservation.id for each in made if isinstance(each, Reserved)]

    def moving(reservation_id: UUID) -> Work:
        change = ReservationChange(start=window(14).start, end=window(14).end)
        return lambda conn: change_reservation(
            conn, reservation_id, change, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )

    results = await at_once(many, *[moving(each) for each in ids])

    assert [isinstance(each, Reserved) for each in results].count(True) == 1
    assert len(await ledger.windows(room)) == 2


async def test_what_is_occupied_includes_set_up_and_clean_down_in_each_part(ledger: Ledger, many: Pool) -> None:
    left, right = await ledger.room(), await ledger.room()
    hall = await ledger.room(parts=[left, right], setup_minutes=15, cleanup_minutes=30)

    [booked] = await at_once(many, asking(hall, window(9)))

    assert isinstance(booked, Reserved)
    rows = await ledger.pool.fetch("SELECT * FROM occupancies WHERE reservation_id = $1", booked.reservation.id)
    assert {row["part_id"] for row in rows} == {left.id, right.id}
    expected = (window(8.75).start, window(9, 10.5).end)
    assert {(each.lower, each.upper) for row in rows for each in row["during"]} == {expected}
