"""What policy makes of a calendar that was read for an import: items, told from the decisions about its events."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from libs.common.clock import utc_now
from libs.contracts.values import Answer, Meeting
from services.policy.commands.room_imports import ImportRequest, SupposedMapping, begin_import
from services.policy.commands.spaces import SpaceChange, change_space
from services.policy.core.imports.progress import Work, rate_per_s, remaining_s
from services.policy.loops.imports import ImportLoop
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.importing import calendar_read
from tests.integration.policy.ledger import Ledger, Room, again, meeting, recurring, window
from tests.integration.policy.patience import PATIENCE


async def mapped(ledger: Ledger) -> tuple[Room, UUID]:
    """Map a space, and return it with the import that this began."""
    room = await ledger.room(is_mapped=False)
    mapping: Any = {"room_mailbox": room.mailbox, "connection": str(ledger.connection_id)}
    await granted(ledger, lambda conn: change_space(conn, SpaceChange(room.id, mapping=mapping), utc_now()))
    import_id = await ledger.pool.fetchval("SELECT import_id FROM import_rooms WHERE space_id = $1", room.id)
    return room, import_id


def accepted(found: Meeting) -> Meeting:
    """Return an invitation as Exchange accepted it long ago, all dates of a series too."""
    shown = found.model_copy(update={"answer": Answer.ACCEPTED, "answered_at": utc_now() - timedelta(days=30)})
    if shown.series is None:
        return shown
    dates = tuple(each.model_copy(update={"answer": Answer.ACCEPTED}) for each in shown.series.occurrences)
    return shown.model_copy(update={"series": shown.series.model_copy(update={"occurrences": dates})})


async def decide(ledger: Ledger) -> None:
    await ImportLoop(ledger.pool, ledger.codec, PATIENCE).once()


async def items(ledger: Ledger, import_id: UUID) -> list[tuple[str, str]]:
    rows = await ledger.pool.fetch(
        "SELECT item_key, outcome FROM import_items WHERE import_id = $1 ORDER BY id", import_id
    )
    return [(row["item_key"], row["outcome"]) for row in rows]


async def test_a_series_is_one_item_and_each_date_that_others_have_another(ledger: Ledger) -> None:
    room, import_id = await mapped(ledger)
    single = accepted(meeting(window(9, 11, day=7)))
    series = accepted(recurring(window(9), 3))
    await calendar_read(ledger.pool, room.id, [single, series])

    await decide(ledger)

    day = window(9, day=7).start.date()
    assert await items(ledger, import_id) == [
        (single.ical_uid, "created_in_ledger"),
        (series.ical_uid, "created_in_ledger"),
        (f"{series.ical_uid}/{day.isoformat()}", "conflict"),
    ]
    row = await ledger.pool.fetchrow(
        "SELECT reservation_id, reasons FROM import_items WHERE import_id = $1 AND outcome = 'conflict'", import_id
    )
    assert row is not None
    booked = await ledger.pool.fetchval("SELECT id FROM reservations WHERE ical_uid = $1", single.ical_uid)
    assert (row["reservation_id"], [each["kind"] for each in row["reasons"]]) == (booked, ["slot_taken"])
    assert await ledger.pool.fetchval("SELECT dates FROM import_items WHERE item_key = $1", series.ical_uid) == 3


async def test_an_event_that_is_seen_again_keeps_its_outcome_and_one_that_cannot_be_read_blocks_its_time(
    ledger: Ledger,
) -> None:
    room, import_id = await mapped(ledger)
    known, odd = accepted(meeting(window(9))), meeting(window(12), is_unreadable=True, subject="")
    await calendar_read(ledger.pool, room.id, [known, odd], state="waiting")
    await decide(ledger)
    once = await items(ledger, import_id)
    await ledger.pool.execute(
        "UPDATE import_rooms SET decided_rank = 0, decided_seq = 0 WHERE import_id = $1", import_id
    )

    await calendar_read(ledger.pool, room.id, [again(known), odd])
    await decide(ledger)

    assert once == [(known.ical_uid, "created_in_ledger"), (odd.ical_uid, "failed")]
    assert await items(ledger, import_id) == once
    windows = [row["starts_at"] for row in await ledger.reservations(room)]
    assert sorted(windows) == [window(9).start, window(12).start]


async def test_a_calendar_that_could_not_be_read_fails_its_room_for_the_reason_given(ledger: Ledger) -> None:
    room, import_id = await mapped(ledger)
    await calendar_read(ledger.pool, room.id, state="failed", detail="It is closed.")

    await decide(ledger)

    row = await ledger.pool.fetchrow("SELECT state, detail FROM import_rooms WHERE import_id = $1", import_id)
    assert row is not None
    assert tuple(row) == ("failed", "It is closed.")
    assert await ledger.pool.fetchval("SELECT state FROM imports WHERE id = $1", import_id) == "failed"


async def renamed(ledger: Ledger, room: Room) -> Room:
    """Have the mailbox of a space get another address in Microsoft 365, and the space follow it."""
    address = f"renamed-{room.mailbox}"
    await ledger.admin.execute(
        "INSERT INTO ingest.known_places (space_id, room_mailbox, address_now) VALUES ($1, $2, $3)",
        room.id,
        room.mailbox,
        address,
    )
    mapping: Any = {"room_mailbox": address}
    await granted(ledger, lambda conn: change_space(conn, SpaceChange(room.id, mapping=mapping), utc_now()))
    return Room(room.id, address)


async def part(ledger: Ledger, import_id: UUID) -> tuple[str, str, int]:
    row = await ledger.pool.fetchrow(
        "SELECT state, room_mailbox, attempt FROM import_rooms WHERE import_id = $1", import_id
    )
    assert row is not None
    return row["state"], row["room_mailbox"], row["attempt"]


async def state(ledger: Ledger, import_id: UUID) -> str:
    found: str = await ledger.pool.fetchval("SELECT state FROM imports WHERE id = $1", import_id)
    return found


@pytest.mark.parametrize("is_decided", [True, False])
async def test_an_import_that_failed_because_its_mailbox_was_renamed_goes_on_once_the_space_follows(
    ledger: Ledger, *, is_decided: bool
) -> None:
    room, import_id = await mapped(ledger)
    await calendar_read(ledger.pool, room.id, state="failed", detail="It was renamed.")
    if is_decided:
        await decide(ledger)
        assert await state(ledger, import_id) == "failed"

    moved = await renamed(ledger, room)
    await decide(ledger)
    assert (await part(ledger, import_id), await state(ledger, import_id)) == (
        ("deciding", moved.mailbox, 2),
        "running",
    )
    known = accepted(meeting(window(9)))
    await calendar_read(ledger.pool, room.id, [known])
    await decide(ledger)

    assert await items(ledger, import_id) == [(known.ical_uid, "created_in_ledger")]
    assert await state(ledger, import_id) == "finished"


async def test_what_was_read_to_its_end_before_a_mailbox_was_renamed_is_not_read_again(ledger: Ledger) -> None:
    room, import_id = await mapped(ledger)
    known = accepted(meeting(window(9)))
    await calendar_read(ledger.pool, room.id, [known])

    moved = await renamed(ledger, room)

    assert await part(ledger, import_id) == ("deciding", moved.mailbox, 1)
    await decide(ledger)
    assert (await items(ledger, import_id), await state(ledger, import_id)) == (
        [(known.ical_uid, "created_in_ledger")],
        "finished",
    )


async def test_of_imports_that_failed_long_ago_only_the_last_goes_on(ledger: Ledger) -> None:
    room, first = await mapped(ledger)
    await calendar_read(ledger.pool, room.id, state="failed", detail="It was renamed.")
    await decide(ledger)
    wanted = ImportRequest(space_ids=[room.id])
    second = await granted(ledger, lambda conn: begin_import(conn, wanted, ADMINISTRATOR))
    await calendar_read(ledger.pool, room.id, state="failed", detail="It was renamed.")
    await decide(ledger)

    await renamed(ledger, room)

    assert [await state(ledger, each) for each in (first, second)] == ["failed", "running"]


async def test_a_rehearsal_leaves_no_row_and_no_message(ledger: Ledger) -> None:
    room = await ledger.room(is_mapped=False)
    supposed = [SupposedMapping(room.id, room.mailbox, str(ledger.connection_id))]
    wanted = ImportRequest(is_rehearsal=True, mappings=supposed)
    import_id = await granted(ledger, lambda conn: begin_import(conn, wanted, ADMINISTRATOR))
    first, second = accepted(meeting(window(9))), accepted(meeting(window(9)))
    asked = meeting(window(14))
    await calendar_read(ledger.pool, room.id, [first, second, asked])
    before = await everything(ledger)

    await decide(ledger)

    assert await items(ledger, import_id) == [
        (first.ical_uid, "created_in_ledger"),
        (second.ical_uid, "conflict"),
        (asked.ical_uid, "created_in_ledger"),
    ]
    assert await everything(ledger) == before
    assert await ledger.pool.fetchval("SELECT state FROM imports WHERE id = $1", import_id) == "finished"


async def everything(ledger: Ledger) -> dict[str, str]:
    """Read every row of the ledger but those of imports."""
    tables = await ledger.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'policy' AND tablename NOT LIKE 'import%'"
    )
    found = {}
    for (name,) in tables:
        rows = await ledger.pool.fetch(f"SELECT to_jsonb(t) AS row FROM {name} t")
        found[name] = sorted(orjson.dumps(row["row"], option=orjson.OPT_SORT_KEYS).decode() for row in rows)
    return {name: "\n".join(rows) for name, rows in found.items()}


def test_the_rest_of_an_import_is_reckoned_from_the_rooms_that_were_read() -> None:
    assert rate_per_s(Work(done=9, ran_s=1, known=100, rooms=2, rooms_read=1)) is None
    assert remaining_s(Work(done=50, ran_s=10, known=100, rooms=2, rooms_read=0)) is None
    assert rate_per_s(Work(done=50, ran_s=10, known=100, rooms=2, rooms_read=1)) == 5
    assert remaining_s(Work(done=50, ran_s=10, known=100, rooms=2, rooms_read=1)) == 30
