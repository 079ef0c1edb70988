"""Migrations: repeatable, safe side by side, and every service sees its own schema and others' views only."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.own import own_database
from deploy.schema import DIRECTORY, SERVICES, describe_migrated
from libs.common.db import DatabaseUnavailable, open_pool
from libs.common.migrate import migrate
from tests.integration.common.conftest import MIGRATIONS

TWO = {**MIGRATIONS, "neighbour": Path(__file__).parent / "neighbour"}


@pytest_asyncio.fixture
async def fresh(postgres_url: str) -> AsyncIterator[str]:
    async with own_database(postgres_url) as url:
        yield url


async def test_migrations_of_all_services_make_what_is_written_in_docs(fresh: str) -> None:
    found = await describe_migrated(fresh)

    written = {schema: (DIRECTORY / f"{schema}.txt").read_text(encoding="utf-8") for schema in SERVICES}
    assert found == written, "docs/schema is stale: run: make documents"


async def test_repeating_changes_nothing(fresh: str) -> None:
    first = await describe_migrated(fresh)

    assert await describe_migrated(fresh) == first


async def test_two_at_once_wait_for_each_other(fresh: str) -> None:
    await asyncio.gather(migrate(fresh, TWO), migrate(fresh, TWO), migrate(fresh, TWO))

    conn = await asyncpg.connect(fresh)
    try:
        versions = await conn.fetch("SELECT version_num FROM desk.desk_version")
        assert [row["version_num"] for row in versions] == ["0001"]
    finally:
        await conn.close()


async def test_a_service_reads_of_another_only_its_views_and_writes_nothing(fresh: str) -> None:
    await migrate(fresh, TWO)

    async with await open_pool(fresh, schema="desk") as desk:
        await desk.execute("INSERT INTO effects (number) VALUES (1)")
    async with await open_pool(fresh, schema="neighbour") as neighbour:
        assert await neighbour.fetchval("SELECT number FROM desk.effects_v1") == 1
        for forbidden in (
            "SELECT * FROM desk.effects",
            "SELECT * FROM desk.outbox",
            "SELECT * FROM desk.inbox",
            "INSERT INTO desk.effects (number) VALUES (2)",
            "UPDATE desk.effects_v1 SET number = 3",
            "CREATE TABLE desk.mine (a int)",
            "CREATE TABLE public.mine (a int)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await neighbour.execute(forbidden)


async def test_a_migration_that_fails_is_rolled_back_and_can_be_mended(fresh: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (a int);")
    broken = tmp_path / "0002_second.sql"
    broken.write_text("CREATE TABLE second (a int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(fresh, {"desk": tmp_path})

    broken.write_text("CREATE TABLE second (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; ';")
    await migrate(fresh, {"desk": tmp_path})

    async with await open_pool(fresh, schema="desk") as pool:
        assert await pool.fetchval("SELECT f()") == 1
        assert await pool.fetch("SELECT * FROM first") == await pool.fetch("SELECT * FROM second") == []


async def test_a_database_without_migrations_is_refused_with_what_to_do(fresh: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"is not migrated: .* Run `roomsync migrate`"):
        await open_pool(fresh, schema="desk")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://desk:hush-hush@127.0.0.1:1/nowhere", r"'nowhere' at 127\.0\.0\.1:1 cannot be used: Connection"),
        ("postgresql://desk:hush-hush@nowhere.invalid/rooms", r"'rooms' at nowhere\.invalid:5432 cannot be used"),
    ],
)
async def test_a_database_that_is_not_there_is_named_without_its_password(url: str, what: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=what) as refused:
        await open_pool(url, schema="desk")
    assert "hush" not in str(refused.value)
