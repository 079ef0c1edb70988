"""A file with the mappings of very many rooms is rehearsed as a whole, or not at all: `roomsync rehearse --file`."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from libs.common.migrate import migrate
from services.schemas import BUS_SCHEMA, SCHEMAS
from tests.integration.cli.processes import EndedProcess, run_module

pytestmark = pytest.mark.timeout(300)

ROOMS = 10_000
NAMES = "id;name;room_mailbox;connection"

_SPACES = """
    INSERT INTO policy.spaces (id, name, capacity, time_zone)
    SELECT id, 'Room ' || number, 8, 'UTC' FROM unnest($1::uuid[]) WITH ORDINALITY AS each (id, number)
"""
_CONNECT = """
    INSERT INTO policy.connections (id, name, cloud, tenant_id, client_id, credential)
    VALUES ($1, 'simulator', 'simulator', $2, $3, 'simulator')
"""


class Ledger:
    """A ledger with spaces that are not mapped."""

    def __init__(self, url: str, conn: asyncpg.Connection, spaces: Sequence[UUID]) -> None:
        self.url = url
        self.conn = conn
        self.spaces = spaces

    async def imports(self) -> tuple[int, int]:
        """Count the imports, and the rooms in them."""
        imports = await self.conn.fetchval("SELECT count(*) FROM policy.imports")
        return imports, await self.conn.fetchval("SELECT count(*) FROM policy.import_rooms")

    async def rehearse(self, file: Path) -> EndedProcess:
        words = ("rehearse", "--file", str(file), "--no-wait", "--json")
        return await run_module("services", *words, ROOMSYNC_POSTGRES_URL=self.url)


@pytest.fixture(scope="module")
async def ledger(database: str) -> AsyncIterator[Ledger]:
    await migrate(database, {**SCHEMAS, **BUS_SCHEMA})
    conn = await asyncpg.connect(database)
    spaces = [uuid4() for _ in range(ROOMS)]
    await conn.execute(_CONNECT, uuid4(), str(uuid4()), str(uuid4()))
    await conn.execute(_SPACES, spaces)
    yield Ledger(database, conn, spaces)
    await conn.close()


def rows_of(spaces: Sequence[UUID]) -> list[str]:
    return [f"{space_id};Room {number};room-{number}@example.org;" for number, space_id in enumerate(spaces)]


async def test_ten_thousand_rooms_are_rehearsed_by_one_file(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "mapping.csv"
    file.write_text("\ufeff" + "\r\n".join([NAMES, *rows_of(ledger.spaces)]) + "\r\n", encoding="utf-8")
    before, _ = await ledger.imports()

    begun = await ledger.rehearse(file)

    assert (begun.code, begun.complained) == (0, "")
    assert (json.loads(begun.said)["rooms"], json.loads(begun.said)["rehearsal"]) == (ROOMS, True)
    assert await ledger.imports() == (before + 1, ROOMS)
    await ledger.conn.execute("DELETE FROM policy.imports")


async def test_rows_that_cannot_be_used_are_named_and_nothing_is_begun(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "mapping.csv"
    wrong = [
        f"{ledger.spaces[0]};Room 0;other@example.org;",
        f"{uuid4()};Room 0;ROOM-7@example.org;",
        f"{uuid4()};Room 0;;",
        "nonsense;Room 0;other-1@example.org;",
    ]
    file.write_text("\n".join([NAMES, *rows_of(ledger.spaces[: -len(wrong)]), *wrong]), encoding="utf-8")

    refused = await ledger.rehearse(file)

    first = ROOMS - len(wrong) + 2
    assert (refused.code, refused.said) == (1, "")
    assert [line.split(" of ")[0] for line in refused.complained.splitlines()] == [
        f"Row {first}",
        f"Row {first + 1}",
        f"Row {first + 2}",
        f"Row {first + 3}",
        "Nothing was begun.",
    ]
    assert await ledger.imports() == (0, 0)


async def test_a_space_that_is_not_there_is_named_and_nothing_is_begun(ledger: Ledger, tmp_path: Path) -> None:
    file, other = tmp_path / "mapping.csv", uuid4()
    last = f"{other};Elsewhere;other@example.org;"
    file.write_text("\n".join([NAMES, *rows_of(ledger.spaces[:-1]), last]), encoding="utf-8")

    refused = await ledger.rehearse(file)

    assert (refused.code, refused.said, str(other) in refused.complained) == (1, "", True)
    assert await ledger.imports() == (0, 0)
