"""A database that an older version filled comes through its migrations with nothing lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.own import own_database
from deploy.schema import SERVICES
from libs.common.db import OwnConnection, prepare
from libs.common.migrate import migrate

CONNECTION, SPACE, HELD, MET, DECLINED, REFUSED = (UUID(int=number) for number in range(1, 7))
AT = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
LATER = AT + timedelta(hours=1)
WINDOW = {"start": AT.isoformat(), "end": LATER.isoformat()}


@pytest_asyncio.fixture
async def old(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[str, OwnConnection]]:
    """A database as the first version made it, and a login that may do anything there."""
    first: dict[str, Path] = {}
    for schema, directory in SERVICES.items():
        first[schema] = tmp_path / schema
        first[schema].mkdir()
        for path in directory.glob("0001_*.sql"):
            (first[schema] / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    async with own_database(postgres_url) as url:
        await migrate(url, first)
        conn = await asyncpg.connect(url)
        await prepare(conn)
        try:
            yield url, conn
        finally:
            await conn.close()


async def test_reservations_and_what_they_occupy(old: tuple[str, OwnConnection]) -> None:
    url, conn = old
    await _space(conn)
    reasons = [{"rule": "capacity", "limit": "8", "actual": "9", "message": "Too many."}]
    accepted: dict[str, object] = {"outcome": "accept", "reasons": []}
    declined: dict[str, object] = {"outcome": "decline", "reasons": reasons}
    stated = [{"kind": "stated", **each} for each in reasons]
    decided: dict[object, dict[str, object]] = {
        HELD: accepted,
        MET: accepted,
        DECLINED: {**declined, "reasons": stated},
        REFUSED: accepted,
    }
    await _reservation(conn, HELD, AT, "confirmed", None, accepted)
    await _reservation(conn, MET, LATER, "confirmed", "uid:1", accepted)
    await _reservation(conn, DECLINED, AT, "declined", "uid-2", declined)
    await _reservation(conn, REFUSED, LATER + timedelta(hours=1), "confirmed", "uid-3", declined)
    before = await _rows(conn, "policy.reservations", "policy.occupancies")

    await migrate(url, SERVICES)

    after = await _rows(conn, "policy.reservations", "policy.occupancies")
    [refused] = [row["refused_request"] for row in after["policy.reservations"] if row["id"] == REFUSED]
    assert isinstance(refused, dict)
    assert (refused["people"], refused["reasons"]) == (0, stated)
    assert set(refused) == {"window", "people", "reasons", "at"}
    assert after["policy.reservations"] == [
        {
            **_without(row, "decision"),
            "original_date": None,
            "refused_request": refused if row["id"] == REFUSED else None,
            "proposed_change": None,
            "moving_from": None,
            "has_successor": False,
            "yields": False,
            "competes": False,
            "people_forgotten_at": None,
            "policies": [],
            "warnings": [],
            "made_by": {"kind": "unknown"},
            "changed_by": {"kind": "unknown"},
            "cancelled_by": {"kind": "unknown"} if row["status"] == "cancelled" else None,
            "grandfathered": False,
            **decided[row["id"]],
        }
        for row in before["policy.reservations"]
    ]
    assert after["policy.occupancies"] == [
        {**row, "purpose": "reserved", "during": [row["during"]]} for row in before["policy.occupancies"]
    ]
    with pytest.raises(asyncpg.UniqueViolationError, match="one_live_reservation_per_meeting"):
        await conn.execute("UPDATE policy.reservations SET ical_uid = 'uid:1' WHERE id = $1", HELD)


async def test_intents_decisions_and_what_is_expected(old: tuple[str, OwnConnection]) -> None:
    url, conn = old
    await _space(conn)
    await _reservation(conn, HELD, AT, "confirmed", None, {"outcome": "accept", "reasons": []})
    await _reservation(conn, MET, LATER, "confirmed", "uid:1", {"outcome": "accept", "reasons": []})
    hold = {"want": "hold", "reservation_id": str(HELD), "window": WINDOW, "time_zone": "UTC", "subject": "Board"}
    given: dict[str, object] = {"want": "answer", "ical_uid": "uid:1", "answer": "accepted", "judged": WINDOW}
    answer = {**given, "comment": "Yes."}
    for uid in ("uid:1", "uid-2"):
        await conn.execute(
            "INSERT INTO policy.meetings (space_id, ical_uid, event_id, last_observed_at, is_present, outcome) "
            "VALUES ($1, $2, 'event ' || $2, $3, true, 'accept')",
            SPACE,
            uid,
            AT,
        )
    for key, wanted, state, reservation_id in (
        (f"reservation:{HELD}", hold, "issued", HELD),
        ("meeting:uid:1", answer, "written", MET),
        ("meeting:uid-2", answer, "given_up", MET),
    ):
        await conn.execute(
            "INSERT INTO policy.intents (space_id, key, generation, wanted, state, issued_at, deadline, settled_at, "
            "has_written, reservation_id) VALUES ($1, $2, 3, $3, $4, $5, $6, $7, $8, $9)",
            SPACE,
            key,
            wanted,
            state,
            AT,
            LATER,
            AT if state == "written" else None,
            state == "written",
            reservation_id,
        )
        await conn.execute(
            "INSERT INTO policy.decisions (at, space_id, key, reservation_id, outcome, reasons, inputs) "
            "VALUES ($1, $2, $3, $4, 'accept', '[]', '{}')",
            AT,
            SPACE,
            key,
            reservation_id,
        )
    tables = ("policy.intents", "policy.decisions", "policy.meetings", "policy.expectations_v1")
    before = await _rows(conn, *tables)

    await migrate(url, SERVICES)

    after = await _rows(conn, *tables)
    assert [len(before[table]) for table in tables] == [3, 3, 2, 3]
    by_nobody_known = {"actor_kind": "unknown", "actor_subject": None, "actor_name": None}
    by_no_policy: dict[str, object] = {
        "policies": [],
        "warnings": [],
        "snapshot": None,
        "correlation_id": None,
        "people_forgotten_at": None,
    }
    assert [_with_text_key(row) for row in after["policy.decisions"]] == [
        {**row, **by_nobody_known, **by_no_policy} for row in before["policy.decisions"]
    ]
    notice = {"kind": "written", "text": "Yes."}
    kept: dict[object, object] = {HELD: hold, MET: {**given, "notice": notice}}
    waits = {"issued": LATER, "written": AT + timedelta(seconds=10), "given_up": None}
    assert [_with_text_key(row) for row in after["policy.intents"]] == [
        {
            **_without(row, "deadline", "has_written"),
            "awaited_until": waits[str(row["state"])],
            "wanted": kept[row["reservation_id"]],
            "wanted_since": 3,
            "put_back": 0,
            "put_back_since": None,
            "written_generation": 3 if row["has_written"] else None,
            "ends_at": LATER,
        }
        for row in before["policy.intents"]
    ]
    assert [_without(_with_text_key(row), "status") for row in after["policy.expectations_v1"]] == [
        {
            **_without(row, "deadline", "intent_state", "status"),
            "awaited_until": waits[str(row["intent_state"])],
            "title": "Board" if row["want"] == "hold" else None,
            "is_private": False,
            "is_given_up": row["intent_state"] == "given_up",
            "yields": False,
            "booked_until": None,
            "held": None,
            "group_id": None,
            "original_date": None,
        }
        for row in before["policy.expectations_v1"]
    ]
    assert after["policy.meetings"] == [
        {
            **_without(row, "outcome"),
            "original_date": None,
            "standing": "accepted",
            "pending_look": None,
            "allows_proposals": True,
            "contested": None,
        }
        for row in before["policy.meetings"]
    ]


async def test_what_outbound_sent_and_which_drifts_stood(old: tuple[str, OwnConnection]) -> None:
    url, conn = old
    keys = (f"reservation:{HELD}", "meeting:uid:1")
    for key, tried in zip(keys, (None, "accepted"), strict=True):
        await conn.execute(
            "INSERT INTO outbound.intents (space_id, key, generation, tried, tried_at) VALUES ($1, $2, 3, $3, $4)",
            SPACE,
            key,
            tried,
            AT if tried else None,
        )
        for healed_at in (None, LATER):
            await conn.execute(
                "INSERT INTO reconciler.drifts (space_id, kind, key, seen_as, found_at, last_seen_at, healed_at) "
                "VALUES ($1, 'different_time', $2, 'seen', $3, $3, $4)",
                SPACE,
                key,
                AT,
                healed_at,
            )
    before = await _rows(conn, "outbound.intents", "reconciler.drifts", "reconciler.drifts_v1")

    await migrate(url, SERVICES)

    after = await _rows(conn, "outbound.intents", "reconciler.drifts", "reconciler.drifts_v1")
    assert [_with_text_key(row) for row in after["outbound.intents"]] == [
        {**_without(row, "tried_at"), "awaited_until": AT + timedelta(seconds=10) if row["tried_at"] else None}
        for row in before["outbound.intents"]
    ]
    for table in ("reconciler.drifts", "reconciler.drifts_v1"):
        by_no_known_sweep = [{**row, "correlation_id": None} for row in before[table]]
        assert [_with_text_key(row) for row in after[table]] == by_no_known_sweep
    with pytest.raises(asyncpg.UniqueViolationError, match="one_open_drift_per_key"):
        await conn.execute("UPDATE reconciler.drifts SET healed_at = NULL")


async def test_rooms_in_quarantine_and_paused_connections_are_tried_soon(old: tuple[str, OwnConnection]) -> None:
    url, conn = old
    await conn.execute(
        "INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id, due_at, is_quarantined, failing_since) "
        "VALUES ($1, 'room@example.org', $2, $3, true, now())",
        SPACE,
        CONNECTION,
        LATER,
    )
    await conn.execute(
        "INSERT INTO reconciler.pauses (connection_id, until, times, problem) VALUES ($1, $2, 7, 'Refused.')",
        CONNECTION,
        LATER,
    )
    await conn.execute(
        "INSERT INTO policy.outbox (message_id, type, body, shard, lane, is_open, correlation_id) "
        "VALUES ($1, 'space.mapped.v1', '{}', 0, 'live', false, 'c')",
        SPACE,
    )

    await migrate(url, SERVICES)

    room = await conn.fetchrow("SELECT failures, due_at <= now() AS is_due FROM reconciler.rooms")
    assert room is not None
    assert tuple(room) == (2, True)
    assert await conn.fetchval("SELECT until <= now() FROM reconciler.pauses") is True
    assert await conn.fetchval("SELECT state FROM reconciler.rooms_v1") == "paused"
    assert await conn.fetchval("SELECT wakes FROM policy.outbox") == 0


async def _space(conn: OwnConnection) -> None:
    await conn.execute(
        "INSERT INTO policy.connections (id, name, cloud, tenant_id, client_id, credential) "
        "VALUES ($1, 'tenant', 'simulator', 't', 'c', 'secret')",
        CONNECTION,
    )
    await conn.execute(
        "INSERT INTO policy.spaces (id, name, capacity, time_zone, room_mailbox, connection_id) "
        "VALUES ($1, 'Birch', 8, 'UTC', 'birch@example.org', $2)",
        SPACE,
        CONNECTION,
    )
    await conn.execute("INSERT INTO policy.space_parts VALUES ($1, $1)", SPACE)


async def _reservation(
    conn: OwnConnection, new_id: UUID, start: datetime, status: str, ical_uid: str | None, decision: object
) -> None:
    await conn.execute(
        "INSERT INTO policy.reservations (id, space_id, status, starts_at, ends_at, time_zone, title, origin, "
        "decision, ical_uid, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, 'UTC', 'Board', 'api', $6, $7, now(), now())",
        new_id,
        SPACE,
        status,
        start,
        start + timedelta(hours=1),
        decision,
        ical_uid,
    )
    if status == "confirmed":
        await conn.execute(
            "INSERT INTO policy.occupancies (reservation_id, part_id, during) VALUES ($1, $2, tstzrange($3, $4))",
            new_id,
            SPACE,
            start,
            start + timedelta(hours=1),
        )


async def _rows(conn: OwnConnection, *tables: str) -> dict[str, list[dict[str, object]]]:
    found = {table: [dict(row) for row in await conn.fetch(f"SELECT * FROM {table}")] for table in tables}
    return {table: sorted(rows, key=_identity) for table, rows in found.items()}


def _identity(row: dict[str, object]) -> str:
    return " ".join(str(row.get(name)) for name in ("id", "drift_id", "reservation_id", "ical_uid", "tried"))


def _with_text_key(row: dict[str, object]) -> dict[str, object]:
    """Return a row with its key as the first version wrote it."""
    rest = dict(row)
    ical_uid, reservation_id = rest.pop("key_ical_uid"), rest.pop("key_reservation_id")
    assert rest.pop("key_original_date") is None
    return {**rest, "key": f"meeting:{ical_uid}" if ical_uid is not None else f"reservation:{reservation_id}"}


def _without(row: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in names}
