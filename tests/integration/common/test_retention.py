"""Every table says how long its rows stay, and the list that each service keeps to says the same."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from deploy.schema import SERVICES
from libs.common.db import OwnConnection
from libs.common.migrate import migrate
from libs.common.retention import INBOX, Retention, forget_old
from services.ingest.store.retention import RETENTIONS as INGEST
from services.outbound.store.retention import RETENTIONS as OUTBOUND
from services.policy.store.retention import retentions
from services.reconciler.store.retention import RETENTIONS as RECONCILER

LISTS: Mapping[str, Sequence[Retention]] = {
    "policy": retentions(timedelta(days=1095)),
    "ingest": INGEST,
    "outbound": OUTBOUND,
    "reconciler": RECONCILER,
}

_TABLES = """
    SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '%\\_version'
"""


@pytest_asyncio.fixture(scope="module")
async def migrated(database: str) -> AsyncIterator[OwnConnection]:
    await migrate(database, SERVICES)
    conn = await asyncpg.connect(database)
    yield conn
    await conn.close()


async def comments(conn: OwnConnection, schema: str) -> dict[str, str | None]:
    return {row["name"]: row["comment"] for row in await conn.fetch(_TABLES, schema)}


@pytest.mark.parametrize("schema", SERVICES)
async def test_every_table_says_how_long_its_rows_stay(migrated: OwnConnection, schema: str) -> None:
    found = await comments(migrated, schema)
    assert found
    assert {name for name, comment in found.items() if not (comment or "").startswith("Kept ")} == set()


@pytest.mark.parametrize("schema", LISTS)
async def test_what_a_service_forgets_after_some_days_is_what_its_tables_say(
    migrated: OwnConnection, schema: str
) -> None:
    found = await comments(migrated, schema)
    listed = {each.table: each.kept.days for each in LISTS[schema]}
    assert listed.keys() <= found.keys()
    for table, days in listed.items():
        if " days" in (found[table] or ""):
            assert f"{days} days" in (found[table] or ""), table


@pytest.mark.parametrize("schema", LISTS)
async def test_a_service_may_forget_all_that_it_lists(migrated: OwnConnection, schema: str) -> None:
    await migrated.execute(f'SET search_path TO "{schema}", public')
    await forget_old(migrated, LISTS[schema])


async def test_more_old_rows_than_are_deleted_at_once_are_all_deleted(migrated: OwnConnection) -> None:
    await migrated.execute("SET search_path TO policy, public")
    await migrated.execute(
        "INSERT INTO inbox (consumer, message_id, handled_at) "
        "SELECT 'policy', gen_random_uuid(), now() - n * interval '1 day' FROM generate_series(1, 30) AS n"
    )

    await forget_old(migrated, [INBOX], at_once=5)

    assert await migrated.fetchval("SELECT count(*) FROM inbox") == 6
