"""An event on a room's own calendar that is partly in the way of others: the rest of its time is blocked in the ledger.

The headings of the tables are hours of tomorrow; a part's stretches are what the event's reservation occupies of it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Meeting, Window
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRefused,
    ReservationRequest,
    Reserved,
    Result,
    cancel_reservation,
    change_reservation,
    create_reservation,
)
from services.policy.store import occupancies, reading
from services.policy.store.reading import Among
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.answering import answer_to
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import TOMORROW, Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE
from tests.support.history import write_past

Hours = tuple[float, float]


def foreign(at: Window) -> Meeting:
    return meeting(at, is_room_owned=True, answer="organizer", subject="Painting")


async def reserve(ledger: Ledger, room: Room, at: Window) -> Result:
    asked = ReservationRequest(room.id, at.start, at.end, "Board")
    return await granted(ledger, lambda conn: create_reservation(conn, asked, PATIENCE, by=ADMINISTRATOR))


async def reserved(ledger: Ledger, room: Room, at: Window) -> UUID:
    made = await reserve(ledger, room, at)
    assert isinstance(made, Reserved)
    return made.reservation.id


async def move(ledger: Ledger, reservation_id: UUID, at: Window) -> Result:
    asked = ReservationChange(start=at.start, end=at.end)
    return await granted(
        ledger,
        lambda conn: change_reservation(
            conn, reservation_id, asked, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )


async def cancel(ledger: Ledger, reservation_id: UUID) -> Result:
    return await granted(
        ledger,
        lambda conn: cancel_reservation(
            conn,
            reservation_id,
            wanted=CancellationRequest(),
            expected_version=None,
            patience=PATIENCE,
            by=ADMINISTRATOR,
        ),
    )


async def blocked(ledger: Ledger, room: Room, event: Meeting) -> dict[UUID, list[Hours]]:
    """Return what the live reservation of an event occupies of each part, in hours of tomorrow."""
    rows = await ledger.pool.fetch(
        "SELECT part_id, during FROM occupancies o JOIN reservations r ON r.id = o.reservation_id "
        "WHERE r.space_id = $1 AND r.ical_uid = $2",
        room.id,
        event.ical_uid,
    )
    return {row["part_id"]: [(_hour(each.lower), _hour(each.upper)) for each in row["during"]] for row in rows}


def _hour(instant: datetime) -> float:
    return (instant - TOMORROW) / timedelta(hours=1)


async def yields(ledger: Ledger, room: Room, event: Meeting) -> list[bool]:
    rows = await ledger.reservations(room)
    return [row["yields"] for row in rows if row["ical_uid"] == event.ical_uid]


async def test_what_is_busy_in_outlook_and_was_free_in_the_ledger_is_refused(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 11))
    await reserved(ledger, room, window(10, 11))

    await ledger.observe(room, event)
    inside, after = await reserve(ledger, room, window(9, 10)), await reserve(ledger, room, window(11, 12))
    invited = meeting(window(9.5, 10))
    await ledger.observe(room, invited)

    assert isinstance(inside, ReservationRefused)
    assert [each.rule for each in inside.reasons] == ["availability"]
    assert "It is taken, " in inside.reasons[0].message
    assert isinstance(after, Reserved)
    assert (await answer_to(ledger, room, invited)).answer == "declined"
    assert await blocked(ledger, room, event) == {room.id: [(9, 10)]}


async def test_an_event_around_others_blocks_the_stretches_between_them(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(8, 14))
    first, *_ = [await reserved(ledger, room, window(hour)) for hour in (9, 11, 12)]

    await ledger.observe(room, event)
    refused = await reserve(ledger, room, window(8.5, 10.5))
    await cancel(ledger, first)
    between = await reserve(ledger, room, window(9))

    assert await blocked(ledger, room, event) == {room.id: [(8, 9), (10, 11), (13, 14)]}
    assert isinstance(refused, ReservationRefused)
    assert len(refused.reasons) == 2
    assert isinstance(between, Reserved)
    async with ledger.pool.acquire() as conn:
        spaces = await reading.occupied(conn, window(6, 16), Among())
    assert [each.taken for each in spaces if each.space_id == room.id] == [[(window(8).start, window(14).start)]]


async def test_seen_again_nothing_changes_and_nothing_more_is_told(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 11))
    await reserved(ledger, room, window(10, 11))
    await ledger.observe(room, event)
    rows, owed = await ledger.reservations(room), await ledger.owed(room)

    for _ in range(3):
        await ledger.observe(room, event)

    assert await ledger.reservations(room) == rows
    assert await ledger.owed(room) == owed
    assert [row["outcome"] for row in await ledger.audit(room)] == ["accept", "decline"]
    assert await ledger.told(room) == ["reservation.confirmed.v1"]


async def test_it_takes_what_has_become_free_and_in_the_end_all_of_its_time(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 12))
    first, second = await reserved(ledger, room, window(10)), await reserved(ledger, room, window(11))
    await ledger.observe(room, event)
    assert await blocked(ledger, room, event) == {room.id: [(9, 10)]}

    await cancel(ledger, first)
    await ledger.observe(room, event)
    assert (await blocked(ledger, room, event), await yields(ledger, room, event)) == ({room.id: [(9, 11)]}, [True])

    await cancel(ledger, second)
    await ledger.observe(room, event)
    assert (await blocked(ledger, room, event), await yields(ledger, room, event)) == ({room.id: [(9, 12)]}, [False])
    assert (await ledger.told(room))[-1] == "reservation.changed.v1"


async def test_what_became_free_is_anybodys_until_the_event_is_judged_again(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 12))
    first, second = await reserved(ledger, room, window(10)), await reserved(ledger, room, window(11))
    await ledger.observe(room, event)
    await cancel(ledger, first)

    quick = await reserve(ledger, room, window(10, 10.5))
    await ledger.observe(room, event)

    assert isinstance(quick, Reserved)
    assert await blocked(ledger, room, event) == {room.id: [(9, 10), (10.5, 11)]}
    assert second in [row["id"] for row in await ledger.reservations(room)]


async def test_it_never_keeps_others_from_needing_less(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 12))
    other = await reserved(ledger, room, window(10, 12))
    await ledger.observe(room, event)

    shorter = await move(ledger, other, window(10.5, 11.5))
    longer = await move(ledger, other, window(9.5, 11.5))

    assert isinstance(shorter, Reserved)
    assert isinstance(longer, ReservationRefused)
    assert await blocked(ledger, room, event) == {room.id: [(9, 10)]}


async def test_of_a_hall_it_blocks_what_is_left_of_each_part(ledger: Ledger) -> None:
    left, right = await ledger.room(), await ledger.room()
    hall, event, covered = await ledger.room(parts=[left, right]), foreign(window(9, 11)), foreign(window(10, 11))
    await reserved(ledger, left, window(9, 11))
    await reserved(ledger, right, window(10, 11))

    await ledger.observe(hall, event)
    await ledger.observe(hall, covered)

    assert await blocked(ledger, hall, event) == {left.id: [], right.id: [(9, 10)]}
    assert await blocked(ledger, hall, covered) == {}
    assert isinstance(await reserve(ledger, right, window(9, 10)), ReservationRefused)


async def test_where_nothing_is_left_there_is_no_reservation(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 10))
    await reserved(ledger, room, window(8, 11))

    await ledger.observe(room, event)

    assert await ledger.windows(room) == [window(8, 11)]
    assert [row["outcome"] for row in await ledger.audit(room)] == ["accept", "decline"]


async def test_buffers_are_shortened_like_the_time_and_judged_anew(ledger: Ledger) -> None:
    room, event = await ledger.room(setup_minutes=15, cleanup_minutes=30), foreign(window(9, 11))
    await reserved(ledger, room, window(10, 11))

    await ledger.observe(room, event)
    assert await blocked(ledger, room, event) == {room.id: [(8.75, 9.75)]}
    await ledger.pool.execute("UPDATE spaces SET setup_minutes = 0 WHERE id = $1", room.id)
    await ledger.observe(room, event)

    assert await blocked(ledger, room, event) == {room.id: [(9, 9.75)]}


async def test_a_larger_buffer_does_not_name_what_yields(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 11))
    await reserved(ledger, room, window(10, 11))
    await ledger.observe(room, event)
    await ledger.pool.execute("UPDATE spaces SET cleanup_minutes = 15 WHERE id = $1", room.id)

    async with ledger.pool.acquire() as conn:
        closer = await occupancies.closer_than_buffers(conn, room.id, 10)

    assert closer == []


async def test_an_imported_event_that_moves_into_the_way_yields_and_one_that_moves_away_does_not(
    ledger: Ledger,
) -> None:
    room, event = await ledger.room(), foreign(window(6, 8))
    await reserved(ledger, room, window(10, 11))
    await ledger.observe(room, event)

    await ledger.observe(room, again(event, start=window(9, 11).start, end=window(9, 11).end))
    assert (await blocked(ledger, room, event), await yields(ledger, room, event)) == ({room.id: [(9, 10)]}, [True])
    await ledger.observe(room, again(event, start=window(12, 14).start, end=window(12, 14).end))
    assert (await blocked(ledger, room, event), await yields(ledger, room, event)) == ({room.id: [(12, 14)]}, [False])
    await ledger.observe(room, None, event.ical_uid)

    assert await blocked(ledger, room, event) == {}
    assert await ledger.windows(room) == [window(10, 11)]


async def test_what_yields_is_expected_on_the_calendar_and_says_so(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 11))
    await reserved(ledger, room, window(10, 11))
    await ledger.observe(room, event)

    rows = await ledger.pool.fetch(
        "SELECT key_ical_uid, answer, status, yields FROM expectations_v1 WHERE space_id = $1 AND want = 'answer'",
        room.id,
    )

    assert [tuple(row) for row in rows] == [(event.ical_uid, "organizer", None, True)]


async def test_a_meeting_accepted_before_the_mapping_blocks_what_is_left_too(ledger: Ledger) -> None:
    room = await ledger.room()
    before = await ledger.now() - timedelta(days=1)
    seen = meeting(window(9, 11), answer="accepted", answered_at=before)
    await reserved(ledger, room, window(10, 11))

    await ledger.observe(room, seen)

    assert (await blocked(ledger, room, seen), await yields(ledger, room, seen)) == ({room.id: [(9, 10)]}, [True])
    assert await ledger.issued(MeetingKey(room.id, seen.ical_uid)) == []
    rows = await ledger.pool.fetch("SELECT yields FROM expectations_v1 WHERE key_ical_uid = $1", seen.ical_uid)
    assert [row["yields"] for row in rows] == [True]


@pytest.mark.parametrize(("does_yield", "is_asked"), [(False, False), (True, True)])
async def test_what_others_take_is_looked_up_by_the_index_and_only_for_what_yields(
    ledger: Ledger, does_yield: bool, is_asked: bool
) -> None:
    room = await ledger.room()
    await write_past(ledger.admin, room.id, 2_000, window(0).start)
    statement = f"""
        EXPLAIN (ANALYZE, FORMAT JSON)
        WITH reserved AS (SELECT * FROM jsonb_populate_recordset(NULL::reservations, $2) WHERE space_id = $1)
        {occupancies.OCCUPY}
    """
    reservation_id = await ledger.occupy(room, window(7))
    asked: dict[str, object] = {"id": str(reservation_id), "space_id": str(room.id), "status": "confirmed"}
    asked |= {"yields": does_yield, "competes": False}
    times = {"starts_at": window(9).start.isoformat(), "ends_at": window(9).end.isoformat()}

    async with ledger.pool.acquire() as conn:
        undone = conn.transaction()
        await undone.start()
        plan = await conn.fetchval(statement, room.id, [{**asked, **times}], timedelta(0), timedelta(0))
        await undone.rollback()

    nodes = list(_nodes(orjson.loads(plan)[0]["Plan"]))
    [look] = [each for each in nodes if each.get("Alias") == "o"]
    assert (look["Actual Loops"] > 0) == is_asked
    [by_index] = [each for each in nodes if each.get("Index Name") == "no_double_booking"]
    assert "during && " in by_index["Index Cond"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from _nodes(each)


@pytest.mark.parametrize(("at", "is_refused"), [(window(8.5, 9.5), True), (window(9, 10), False)])
async def test_several_stretches_forbid_what_they_take_and_nothing_between(
    ledger: Ledger, at: Window, is_refused: bool
) -> None:
    room = await ledger.room()
    reservation_id = await ledger.occupy(room, window(8, 11))
    await ledger.admin.execute(
        "UPDATE occupancies SET during = during - tstzmultirange(tstzrange($2, $3)) WHERE reservation_id = $1",
        reservation_id,
        window(9).start,
        window(9).end,
    )

    if is_refused:
        with pytest.raises(asyncpg.ExclusionViolationError, match="no_double_booking"):
            await ledger.occupy(room, at)
    else:
        assert await ledger.occupy(room, at)
