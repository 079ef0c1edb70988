"""What a decision or a sweep reads of a room with a long past: no more than of one without any."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from libs.common.clock import utc_now
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Window
from services.policy.store import changes, fillings, reading, reservations, slices
from tests.integration.policy.ledger import Ledger, Room, window
from tests.support.history import write_past

BOOKINGS = 20_000
FEW = 150
"""Blocks of the database that a statement may touch, whatever the past of the room: each has dozens of rows."""

NO_WINDOW: list[object] = []


@pytest.fixture(scope="module")
async def old_room(ledger: Ledger) -> Room:
    """A room with a long past beside another, so that no index helps that does not know rooms apart."""
    old, older = await ledger.room(), await ledger.room()
    for room in (old, older):
        await write_past(ledger.admin, room.id, BOOKINGS, utc_now())
        await ledger.admin.execute("INSERT INTO fillings (space_id) VALUES ($1)", room.id)
    return old


async def touched(ledger: Ledger, statement: str, *parameters: object) -> int:
    """Run a statement, take back what it changed, and return how many blocks it touched.

    What changes tables beside the main part of a statement is counted apart by PostgreSQL, and added here.
    """
    async with ledger.pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        plan = await conn.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *parameters)
        await transaction.rollback()
    (root,) = [each["Plan"] for each in orjson.loads(plan)]
    beside = [each for each in root.get("Plans", ()) if each["Node Type"] == "ModifyTable"]
    return sum(int(each["Shared Hit Blocks"]) + int(each["Shared Read Blocks"]) for each in (root, *beside))


def _cases(space_id: UUID) -> Sequence[tuple[str, str, tuple[object, ...]]]:
    nobody, uid = uuid4(), f"past-{space_id}-4"
    return (
        ("an absence", slices._OF_MEETING, (space_id, NO_WINDOW, uid, None, None, [], [])),
        ("a cancellation", slices._OF_RESERVATION, (space_id, NO_WINDOW, nobody)),
        (
            "a request",
            slices._OF_MEETING,
            (space_id, slices._search_ranges([window(9)]), "unheard of", None, nobody, [], []),
        ),
        ("expectations", "SELECT * FROM expectations_v1 WHERE space_id = $1", (space_id,)),
        ("what one occupies", "SELECT FROM occupancies WHERE reservation_id = $1", (nobody,)),
        ("what is to be held", fillings._NEXT, (space_id, 25)),
        ("what is to be released", reservations._KEPT_LONGER_THAN, (timedelta(hours=1),)),
        (
            "a list",
            reading.PAGE,
            reading.page_parameters(reading.Wanted(space_id=space_id, ends_after=utc_now()), None, 100),
        ),
    )


@pytest.mark.parametrize("number", range(8))
async def test_a_statement_touches_only_what_can_still_matter(ledger: Ledger, old_room: Room, number: int) -> None:
    what, statement, parameters = _cases(old_room.id)[number]
    assert await touched(ledger, statement, *parameters) < FEW, what


@pytest.mark.parametrize("what", ["seen", "given up", "cancelled", "cancelled without a mailbox"])
async def test_a_decision_about_one_of_many_touches_only_that_one(ledger: Ledger, old_room: Room, what: str) -> None:
    saved: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []
    given_up: list[dict[str, Any]] = []
    key = {"key_ical_uid": f"past-{old_room.id}-4"}
    match what:
        case "seen":
            seen.append(key)
        case "given up":
            given_up.append({**key, "detail": "asked for long enough"})
        case _:
            saved.append({**await _stored(ledger, key["key_ical_uid"]), "status": "cancelled"})
    hour = timedelta(hours=1)
    agreed = {**key, "kind": "agreed", "actor": {}, "facts": {}}
    written: tuple[object, ...] = (old_room.id, saved, hour, hour, [], [], [], None, seen, given_up, [], [], [agreed])
    statement = changes._WRITE_UNMAPPED if what.endswith("without a mailbox") else changes._WRITE

    assert await touched(ledger, statement, *written) < FEW


async def test_what_other_rooms_hold_at_the_time_is_not_read(ledger: Ledger) -> None:
    rooms = [await ledger.room() for _ in range(150)]
    for room in rooms:
        await write_past(ledger.admin, room.id, 30, window(33).start, analyze=room is rooms[-1])
    asked: tuple[object, ...] = (rooms[0].id, slices._search_ranges([window(9)]), "unheard of", None, None, [], [])

    assert await touched(ledger, slices._OF_MEETING, *asked) < FEW


async def _stored(ledger: Ledger, ical_uid: str) -> dict[str, Any]:
    row: dict[str, Any] = await ledger.pool.fetchval(
        "SELECT to_jsonb(r) FROM reservations r WHERE ical_uid = $1", ical_uid
    )
    return row


async def test_without_a_window_nothing_taken_is_read(ledger: Ledger, old_room: Room) -> None:
    async with ledger.pool.acquire() as conn:
        key = MeetingKey(old_room.id, f"past-{old_room.id}-4")
        absent = await slices.of_meeting(conn, key, (), None)
        around = await slices.of_meeting(conn, key, [Window(start=utc_now(), end=utc_now())], None)

    assert absent.taken == []
    assert absent.reservation is not None
    assert 0 < len(around.taken) < FEW
