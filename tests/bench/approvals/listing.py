"""How long a page of the questions that wait takes, where 10,000 wait beside 100,000 that are closed.

The API is served in this process, on a ledger in a database of its own, and asked over HTTP for one page after the
other; timed is from the sending of a request to the last byte of its answer.
"""

from time import perf_counter
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import orjson

from deploy.local.own import own_database
from libs.common.db import open_pool
from libs.common.migrate import migrate
from services.schemas import SCHEMAS
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.mapped_room import map_room
from tests.bench.samples import percentile
from tests.bench.served import api_settings, open_api

PENDING, CLOSED = 10_000, 100_000
ROUNDS = 3
BELOW_MS = 50

_ASK = """
    WITH numbered AS (
        SELECT gen_random_uuid() AS reservation_id, gen_random_uuid() AS id, n, n < $2 AS waits,
            date_trunc('hour', now()) + interval '1 day' + n * interval '1 hour' AS starts_at
        FROM generate_series(0, $2::int + $3 - 1) AS n
    ),
    booked AS (
        INSERT INTO policy.reservations (id, space_id, status, starts_at, ends_at, time_zone, title, organizer_name,
            organizer_address, attendee_count, origin, outcome, reasons, version, created_at, updated_at)
        SELECT reservation_id, $1, CASE WHEN waits THEN 'pending' ELSE 'declined' END, starts_at,
            starts_at + interval '50 minutes', 'UTC', 'Meeting ' || n, 'Organizer', 'organizer@contoso.example', 5,
            'api', CASE WHEN waits THEN 'tentative' ELSE 'decline' END, '[]', 1, now(), now()
        FROM numbered
    )
    INSERT INTO policy.approvals (id, space_id, reservation_id, state, asked, reasons, approvers, stand_ins, mode,
        at_deadline, asked_at, due_at, decided_at, version, updated_at)
    SELECT id, $1, reservation_id, CASE WHEN waits THEN 'pending' ELSE 'rejected' END,
        jsonb_build_object('window', jsonb_build_object('start', starts_at, 'end', starts_at + interval '50 minutes'),
            'organizer', 'organizer@contoso.example', 'people', 5, 'dates', '[]'::jsonb, 'pattern', NULL),
        '[]', '["approver@contoso.example"]', '[]', 'hold', 'reject', now() - n * interval '1 second',
        starts_at + interval '50 minutes', CASE WHEN waits THEN NULL ELSE now() END, 1, now()
    FROM numbered
"""


async def measure(ground: Ground) -> Line:
    """Read every page, some times over. Raises Incorrect if a question is missing or comes twice."""
    ground.say(f"Pages of {PENDING:,} questions that wait.")
    token = await ground.cast.tenant.api_token("bench-viewer@contoso.example", "viewer")
    settings = api_settings(ground)
    async with own_database(ground.stack.servers.postgres_url) as url:
        await migrate(url, SCHEMAS)
        await _write(url)
        pool = await open_pool(url, schema="policy")
        try:
            async with open_api(pool, ground.codec, settings) as address, aiohttp.ClientSession(address) as session:
                rounds = [await _read_all(session, token) for _ in range(ROUNDS + 1)]
        finally:
            await pool.close()
    milliseconds = [each for one in rounds[1:] for each in one]
    return Line(
        "approvals",
        f"a page of {PENDING:,} questions that wait, by the API, p95",
        percentile(milliseconds, 95),
        "ms",
        Target("below", BELOW_MS),
        note=f"{len(milliseconds)} pages of 100; median {percentile(milliseconds, 50):.1f} ms, at most "
        f"{max(milliseconds):.1f} ms; beside {CLOSED:,} closed ones",
    )


async def _write(url: str) -> None:
    admin = await asyncpg.connect(url)
    try:
        await admin.execute("SET search_path TO policy, public")
        space_id, _ = await map_room(admin)
        await admin.execute(_ASK, space_id, PENDING, CLOSED)
        await admin.execute("VACUUM (ANALYZE)")
    finally:
        await admin.close()


async def _read_all(session: aiohttp.ClientSession, token: str) -> list[float]:
    """Read all pages; return the milliseconds that each took. Raises Incorrect."""
    milliseconds, seen = [], set[UUID]()
    query: dict[str, str] = {"state": "pending", "limit": "100"}
    while True:
        began = perf_counter()
        page = await _read(session, token, query)
        milliseconds.append((perf_counter() - began) * 1000)
        seen |= {UUID(each["id"]) for each in page["items"]}
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    if len(seen) != PENDING:
        raise Incorrect(f"{len(seen)} of {PENDING:,} questions are listed.")
    return milliseconds


async def _read(session: aiohttp.ClientSession, token: str, query: dict[str, str]) -> dict[str, Any]:
    async with session.get("/v1/approvals", params=query, headers={"Authorization": f"Bearer {token}"}) as answer:
        content = await answer.read()
    if answer.status != 200:
        raise Incorrect(f"The questions were answered {answer.status}: {content[:500].decode()}")
    page: dict[str, Any] = orjson.loads(content)
    return page
