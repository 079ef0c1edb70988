"""What stood in a ledger before a migration stands in it afterwards, and is read as it was meant."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from deploy.local.own import own_database
from libs.common.db import open_pool
from libs.common.migrate import migrate
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Outcome, Reason, Window
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import Slice
from services.policy.core.letters import write_letter
from services.policy.core.place import Place
from services.policy.core.standing import Standing
from services.policy.core.wording import state_reason
from services.policy.store import slices
from tests.integration.policy.ledger import MIGRATIONS

START = datetime(2099, 3, 1, 9, tzinfo=UTC)
WINDOW = Window(start=START, end=START + timedelta(hours=1))
MOVED_BACK = {"window": WINDOW.model_dump(mode="json"), "why": "It is taken by Ben."}
ANSWER = {
    "want": "answer",
    "ical_uid": "uid-1",
    "event_id": "event-1",
    "answer": "declined",
    "comment": "Aurora could not be booked. It is taken by Ben.",
    "judged": WINDOW.model_dump(mode="json"),
    "proposed": None,
}
TAKEN = {"rule": "availability", "limit": "free", "actual": "09:00/10:00", "message": "It is taken by Ben."}


@pytest_asyncio.fixture
async def database_of_the_first_ledger(postgres_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A database as the first migration left it."""
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(MIGRATIONS["policy"] / "0001_ledger.sql", first)
    async with own_database(postgres_url) as url:
        await migrate(url, {**MIGRATIONS, "policy": first})
        yield url


async def test_words_that_were_stored_are_said_again_as_they_were(database_of_the_first_ledger: str) -> None:
    space_id, refused_id = uuid4(), uuid4()
    await _write(database_of_the_first_ledger, space_id, refused_id)

    await migrate(database_of_the_first_ledger, MIGRATIONS)

    found = await _slice(database_of_the_first_ledger, space_id)
    assert found.reservation is not None
    assert found.reservation.outcome is Outcome.DECLINE
    place = Place("Aurora", "UTC")
    assert [state_reason(each, place) for each in found.reservation.reasons] == [Reason.model_validate(TAKEN)]
    assert found.meeting is not None
    assert found.meeting.standing is Standing.DECLINED
    assert found.meeting.moved_back_from is not None
    assert [state_reason(each, place).message for each in found.meeting.moved_back_from.reasons] == [MOVED_BACK["why"]]
    assert found.intent is not None
    assert isinstance(found.intent.wanted, GiveAnswer)
    assert write_letter(found.intent.wanted, found).text == ANSWER["comment"]


async def test_who_acted_before_it_was_recorded_is_unknown(database_of_the_first_ledger: str) -> None:
    space_id, refused_id = uuid4(), uuid4()
    await _write(database_of_the_first_ledger, space_id, refused_id)
    conn = await asyncpg.connect(database_of_the_first_ledger, server_settings={"search_path": "policy, public"})
    try:
        await conn.execute("UPDATE reservations SET status = 'cancelled'")

        await migrate(database_of_the_first_ledger, MIGRATIONS)

        reservation = await conn.fetchrow("SELECT made_by, changed_by, cancelled_by FROM reservations")
        decision = await conn.fetchrow("SELECT actor_kind, actor_subject, actor_name FROM decisions")
    finally:
        await conn.close()
    assert reservation is not None
    assert decision is not None
    assert [json.loads(each) for each in reservation] == [{"kind": "unknown"}] * 3
    assert list(decision) == ["unknown", None, None]


async def _write(url: str, space_id: UUID, reservation_id: UUID) -> None:
    """Write a declined request as the first version of the service wrote it."""
    conn = await asyncpg.connect(url, server_settings={"search_path": "policy, public"})
    try:
        await conn.execute(
            "INSERT INTO spaces (id, name, capacity, time_zone) VALUES ($1, 'Aurora', 8, 'UTC')", space_id
        )
        await conn.execute(
            """
            INSERT INTO reservations (id, space_id, status, starts_at, ends_at, time_zone, title, origin, decision,
                ical_uid, created_at, updated_at)
            VALUES ($1, $2, 'declined', $3, $4, 'UTC', 'Planning', 'outlook', $5, 'uid-1', now(), now())
            """,
            reservation_id,
            space_id,
            WINDOW.start,
            WINDOW.end,
            json.dumps({"outcome": "decline", "reasons": [TAKEN]}),
        )
        await conn.execute(
            """
            INSERT INTO meetings (space_id, ical_uid, last_observed_at, is_present, outcome, moved_back_from,
                reservation_id)
            VALUES ($1, 'uid-1', now(), true, 'decline', $2, $3)
            """,
            space_id,
            json.dumps(MOVED_BACK),
            reservation_id,
        )
        await conn.execute(
            """
            INSERT INTO intents (space_id, key, generation, wanted, state, issued_at, deadline, reservation_id)
            VALUES ($1, 'meeting:uid-1', 1, $2, 'written', now(), now(), $3)
            """,
            space_id,
            json.dumps(ANSWER),
            reservation_id,
        )
        await conn.execute(
            """
            INSERT INTO decisions (at, space_id, key, reservation_id, outcome, reasons, inputs)
            VALUES (now(), $1, 'meeting:uid-1', $2, 'decline', $3, '{}')
            """,
            space_id,
            reservation_id,
            json.dumps([TAKEN]),
        )
    finally:
        await conn.close()


async def _slice(url: str, space_id: UUID) -> Slice:
    pool = await open_pool(url, schema="policy", max_size=1)
    try:
        async with pool.acquire() as conn:
            return await slices.of_meeting(conn, MeetingKey(space_id, "uid-1"), [WINDOW], None)
    finally:
        await pool.close()
