"""What is wrong, on the operator's command line: as the API tells it, and one line when nothing is."""

import json
from collections.abc import AsyncIterator

import pytest

from services.findings.finding import WantedFindings
from services.policy.commands.findings import list_findings
from tests.integration.cli.processes import EndedProcess, run_module
from tests.integration.policy.ledger import Ledger, Room, open_ledger


@pytest.fixture(scope="module")
async def ledger(database: str) -> AsyncIterator[Ledger]:
    async with open_ledger(database) as ledger:
        yield ledger


@pytest.fixture
async def room(ledger: Ledger) -> AsyncIterator[Room]:
    """A room that answers by itself, on a system without a mail server."""
    room = await ledger.room(name="Aula")
    await ledger.admin.execute(
        "INSERT INTO policy.own_answers (space_id, room_mailbox, since, last_seen_at) "
        "SELECT id, room_mailbox, '2026-03-01T10:00Z', '2026-03-02T10:00Z' FROM policy.spaces WHERE id = $1",
        room.id,
    )
    await ledger.admin.execute("INSERT INTO outbound.mail_setup (is_set_up) VALUES (false)")
    yield room
    await ledger.admin.execute("TRUNCATE policy.own_answers, outbound.mail_setup")


async def findings(database: str, *words: str) -> EndedProcess:
    return await run_module("services", "findings", *words, ROOMSYNC_POSTGRES_URL=database)


async def test_findings_are_told_as_the_api_tells_them(ledger: Ledger, room: Room, database: str) -> None:
    async with ledger.pool.acquire() as conn:
        every = [each.model_dump(mode="json") for each in await list_findings(conn, WantedFindings())]

    told = await findings(database, "--json")

    assert (told.code, told.complained) == (0, "")
    assert json.loads(told.said) == every
    assert [each["code"] for each in every] == ["RS105", "RS102"]


async def test_people_read_every_part_of_a_finding(room: Room, database: str) -> None:
    told = await findings(database, "--level", "warning")

    assert (told.code, told.complained) == (0, "")
    command = f"Set-CalendarProcessing -Identity '{room.mailbox}' -AutomateProcessing AutoUpdate"
    for part in (
        "RS105",
        "warning",
        "Aula",
        "2026-03-01 10:00:00 UTC",
        "second answer",
        command,
        "docs/findings.md#rs105",
    ):
        assert part in told.said
    assert "RS102" not in told.said


async def test_findings_are_chosen_by_level_code_and_space(room: Room, database: str) -> None:
    by_level = await findings(database, "--level", "info", "--json")
    by_code = await findings(database, "--code", "RS105", "--json")
    by_space = await findings(database, "--space", str(room.id), "--json")
    none = await findings(database, "--code", "RS109")
    wrong = await findings(database, "--code", "RS1")

    assert [each["code"] for each in json.loads(by_level.said)] == ["RS102"]
    assert json.loads(by_code.said) == json.loads(by_space.said)
    assert [each["code"] for each in json.loads(by_code.said)] == ["RS105"]
    assert none.said == "There is no such finding.\n"
    assert wrong.code == 2


async def test_one_line_says_that_nothing_is_wrong(ledger: Ledger, database: str) -> None:
    told = await findings(database)

    assert (told.code, told.said, told.complained) == (0, "Nothing is wrong.\n", "")
    assert json.loads((await findings(database, "--json")).said) == []
