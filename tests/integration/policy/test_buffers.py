"""Buffers that grow: what stands keeps what it occupied until its own time changes, and nothing fails for it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.common.clock import utc_now
from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Meeting, Person, Window
from services.policy.commands.reservations import (
    ReservationChange,
    ReservationRefused,
    ReservationRequest,
    Reserved,
    Result,
    change_reservation,
    create_reservation,
)
from services.policy.commands.spaces import SavedSpace, SpaceChange, change_space
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE

QUARTER = timedelta(minutes=15)


async def reserve(ledger: Ledger, room: Room, at: Window) -> UUID:
    asked = ReservationRequest(room.id, at.start, at.end, "Board")
    result = await granted(ledger, lambda conn: create_reservation(conn, asked, PATIENCE, by=ADMINISTRATOR))
    assert isinstance(result, Reserved)
    return result.reservation.id


async def change(ledger: Ledger, reservation_id: UUID, **fields: Any) -> Result:
    asked = ReservationChange(**fields)
    return await granted(
        ledger,
        lambda conn: change_reservation(
            conn, reservation_id, asked, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )


async def grow(ledger: Ledger, room: Room, **minutes: Any) -> SavedSpace:
    asked = SpaceChange(room.id, {**minutes})  # type: ignore[typeddict-item]
    return await granted(ledger, lambda conn: change_space(conn, asked, utc_now()))


async def occupied(ledger: Ledger, reservation_id: UUID) -> Window:
    [during] = await ledger.pool.fetchval("SELECT during FROM occupancies WHERE reservation_id = $1", reservation_id)
    return Window(start=during.lower, end=during.upper)


async def test_a_booking_that_stands_closer_than_new_buffers_can_still_be_changed(ledger: Ledger) -> None:
    room = await ledger.room()
    first, second = await reserve(ledger, room, window(9, 10)), await reserve(ledger, room, window(10, 11))
    await grow(ledger, room, setup_minutes=15, cleanup_minutes=15)

    renamed = await change(ledger, first, title="Retitled")
    counted = await change(ledger, second, attendee_count=3)

    assert isinstance(renamed, Reserved)
    assert isinstance(counted, Reserved)
    assert (renamed.reservation.title, counted.reservation.attendee_count) == ("Retitled", 3)
    assert await occupied(ledger, first) == window(9, 10)
    assert await occupied(ledger, second) == window(10, 11)


async def test_a_meeting_that_stands_closer_than_new_buffers_keeps_its_room_whatever_else_changes(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    invited = meeting(window(9, 10))
    await ledger.observe(room, invited)
    await reserve(ledger, room, window(10, 11))
    await grow(ledger, room, cleanup_minutes=30)

    await ledger.observe(room, again(invited, subject="Retitled"))
    joined = [{"address": "ben@example.org", "kind": "required"}]
    await ledger.observe(room, again(invited, subject="Retitled", attendees=joined))

    (mine, _) = await ledger.reservations(room)
    assert (mine["title"], mine["attendee_count"], mine["outcome"]) == ("Retitled", 2, "accept")
    assert await occupied(ledger, mine["id"]) == window(9, 10)
    wanted = await ledger.wanted(MeetingKey(room.id, invited.ical_uid))
    assert isinstance(wanted, AnswerMeeting)
    assert wanted.answer == "accepted"


async def test_a_new_time_is_judged_by_the_new_buffers(ledger: Ledger) -> None:
    room = await ledger.room()
    invited = meeting(window(9, 10))
    await ledger.observe(room, invited)
    booked = await reserve(ledger, room, window(10, 11))
    await grow(ledger, room, setup_minutes=15, cleanup_minutes=15)

    refused = await change(ledger, booked, end=window(10, 11.25).end)
    await ledger.observe(room, again(invited, start=window(9.25, 10).start))
    moved = await change(ledger, booked, start=window(12).start, end=window(12).end)

    assert isinstance(refused, ReservationRefused)
    assert [each.rule for each in refused.reasons] == ["availability"]
    assert isinstance(moved, Reserved)
    assert await ledger.windows(room) == [window(9, 10), window(12)]
    assert await occupied(ledger, booked) == Window(start=window(12).start - QUARTER, end=window(12).end + QUARTER)
    (decided,) = [row for row in await ledger.audit(room) if row["outcome"] == "tentative" and row["key_ical_uid"]]
    assert "slot_taken" in str(decided["reasons"])


async def test_larger_buffers_tell_which_bookings_stand_closer(ledger: Ledger) -> None:
    left, right = await ledger.room(), await ledger.room()
    hall = await ledger.room(parts=[left, right])
    yesterday = [window(9, 10, day=-3), window(10, 11, day=-3)]
    for at in yesterday:
        await ledger.occupy(left, at)
    first, second = await reserve(ledger, left, window(9, 10)), await reserve(ledger, left, window(10, 11))
    beside_the_hall = await reserve(ledger, left, window(13, 14))
    await reserve(ledger, hall, window(14, 15))
    await reserve(ledger, left, window(18, 19))

    grown = await grow(ledger, left, cleanup_minutes=15)
    shrunk = await grow(ledger, left, cleanup_minutes=0)

    assert grown.closer is not None
    assert [each.reservation_id for each in grown.closer] == [first, second, beside_the_hall]
    assert shrunk.closer is None


@pytest.mark.parametrize("round_", range(3))
async def test_while_buffers_change_and_everything_is_changed_at_once_nothing_fails(
    ledger: Ledger, round_: int
) -> None:
    left, right = await ledger.room(), await ledger.room()
    hall = await ledger.room(parts=[left, right])
    booked = [await reserve(ledger, left, window(hour)) for hour in range(6, 12)]
    booked += [await reserve(ledger, hall, window(hour)) for hour in range(12, 15)]
    invited: list[Meeting] = [meeting(window(hour)) for hour in range(15, 18)]
    for each in invited:
        await ledger.observe(left, each)
    ben = Person(address="ben@example.org", name="Ben")

    await asyncio.gather(
        grow(ledger, left, setup_minutes=5 + round_),
        grow(ledger, hall, cleanup_minutes=20),
        *(change(ledger, each, title=f"Round {round_}") for each in booked),
        *(change(ledger, each, start=window(6 + n).start + QUARTER) for n, each in enumerate(booked)),
        *(ledger.observe(left, again(each, subject="Other")) for each in invited),
        *(ledger.observe(left, again(each, subject="Other", organizer=ben)) for each in invited),
        grow(ledger, left, setup_minutes=0, cleanup_minutes=45),
        *(change(ledger, each, attendee_count=2) for each in booked),
    )

    uncovered = await ledger.pool.fetchval(
        """
        SELECT count(*) FROM reservations r JOIN space_parts p USING (space_id)
        LEFT JOIN occupancies o ON o.reservation_id = r.id AND o.part_id = p.part_id
        WHERE r.space_id = ANY($1) AND r.status IN ('pending', 'confirmed')
            AND (o.during @> tstzrange(r.starts_at, r.ends_at)) IS NOT TRUE
        """,
        [left.id, hall.id],
    )
    assert uncovered == 0
    assert len(await ledger.reservations(left)) == 9
    assert len(await ledger.reservations(hall)) == 3
