"""What the ledger forgets, and what it keeps."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.common.clock import utc_now
from libs.common.retention import forget_old
from libs.contracts.intents import KeepHold
from libs.contracts.keys import MeetingKey
from services.policy.store.retention import retentions
from tests.integration.policy.ledger import Ledger, Room, again, meeting, recurring, window
from tests.support.history import write_past

TABLES = ("reservations", "occupancies", "meetings", "intents")


async def forget(ledger: Ledger, days: int | None) -> None:
    async with ledger.pool.acquire() as conn:
        await forget_old(conn, retentions(None if days is None else timedelta(days=days)), at_once=3)


async def counted(ledger: Ledger, space_id: UUID) -> dict[str, int]:
    column = {"occupancies": "part_id"}
    return {
        table: await ledger.pool.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column.get(table, 'space_id')} = $1", space_id
        )
        for table in TABLES
    }


@pytest.fixture
async def room(ledger: Ledger) -> Room:
    """A room with ten bookings of half a year ago, ten of last week, and a meeting tomorrow."""
    room = await ledger.room()
    for days in (180, 7):
        await write_past(ledger.admin, room.id, 10, utc_now() - timedelta(days=days), label=f"{days}-")
    await ledger.observe(room, meeting(window(9)))
    return room


async def test_meetings_and_intents_go_long_after_they_are_over_and_the_audit_stays(ledger: Ledger, room: Room) -> None:
    await forget(ledger, None)

    assert await counted(ledger, room.id) == {"reservations": 21, "occupancies": 21, "meetings": 6, "intents": 11}
    assert len(await ledger.audit(room)) == 1


async def test_reservations_go_with_the_history(ledger: Ledger, room: Room) -> None:
    await ledger.admin.execute("UPDATE decisions SET at = at - interval '120 days' WHERE space_id = $1", room.id)

    await forget(ledger, 100)

    assert await counted(ledger, room.id) == {"reservations": 11, "occupancies": 11, "meetings": 6, "intents": 11}
    assert await ledger.audit(room) == []


async def test_what_is_known_of_a_series_stays_as_long_as_one_of_its_dates_is_to_come(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, recurring(window(9)))
    age = """
        UPDATE meetings SET last_observed_at = now() - interval '200 days', judged = jsonb_set(judged, '{window}',
            jsonb_build_object('start', now() - interval '200 days', 'end', now() - interval '199 days'))
        WHERE space_id = $1
    """
    await ledger.admin.execute(age, room.id)

    await forget(ledger, None)
    assert (await counted(ledger, room.id))["meetings"] == 1

    past = """
        UPDATE reservations SET starts_at = starts_at - interval '200 days', ends_at = ends_at - interval '200 days'
        WHERE space_id = $1
    """
    await ledger.admin.execute(past, room.id)
    await forget(ledger, None)
    assert (await counted(ledger, room.id))["meetings"] == 0


async def test_a_meeting_that_comes_back_after_it_was_forgotten_is_decided_anew(ledger: Ledger) -> None:
    room, invited = await ledger.room(), meeting(window(9))
    await ledger.observe(room, invited)
    await ledger.admin.execute(
        """
        WITH met AS (
            UPDATE meetings SET last_observed_at = now() - interval '200 days', judged = jsonb_set(judged, '{window}',
                jsonb_build_object('start', now() - interval '200 days', 'end', now() - interval '199 days'))
            WHERE space_id = $1
        ), meant AS (
            UPDATE intents SET issued_at = now() - interval '200 days', ends_at = now() - interval '199 days'
            WHERE space_id = $1
        )
        UPDATE reservations SET starts_at = now() - interval '200 days', ends_at = now() - interval '199 days'
        WHERE space_id = $1
        """,
        room.id,
    )
    await forget(ledger, None)
    assert (await counted(ledger, room.id))["intents"] == 0

    await ledger.observe(room, again(invited, start=window(12).start, end=window(12).end))

    answer = await ledger.wanted(MeetingKey(room.id, invited.ical_uid))
    assert answer is not None
    assert not isinstance(answer, KeepHold)
    assert window(12) in await ledger.windows(room)
