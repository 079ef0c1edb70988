"""Conflicts on the operator's command line: listed, and resolved once."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from libs.contracts.keys import MeetingKey
from tests.integration.cli.processes import EndedProcess, run_module
from tests.integration.policy.ledger import Ledger, meeting, open_ledger, window


@pytest.fixture(scope="module")
async def ledger(database: str) -> AsyncIterator[Ledger]:
    async with open_ledger(database) as ledger:
        yield ledger


async def conflicts(database: str, *words: str) -> EndedProcess:
    return await run_module("services", "conflicts", *words, ROOMSYNC_POSTGRES_URL=database)


async def test_a_conflict_is_listed_and_resolved_and_whoever_is_second_learns_who_was_first(
    ledger: Ledger, database: str
) -> None:
    room, before = await ledger.room(), await ledger.now() - timedelta(days=1)
    first, second = [meeting(window(9), answer="accepted", answered_at=before, subject=each) for each in ("One", "Two")]
    for each in (first, second):
        await ledger.observe(room, each)
    [listed] = json.loads((await conflicts(database, "list", "--json")).said)
    assert (listed["ledger"], listed["outlook"]) == ("One", "Two")

    resolve = ("resolve", listed["conflict_id"], "--by", "Grace", "--keep")
    done = await conflicts(database, *resolve, "outlook", "--comment", "Two it is")
    late = await conflicts(database, *resolve, "ledger")

    assert (done.code, "outlook is kept" in done.said) == (0, True)
    assert [row["ical_uid"] for row in await ledger.reservations(room)] == [second.ical_uid]
    [declined] = await ledger.issued(MeetingKey(room.id, first.ical_uid))
    assert "Two it is." in str(declined.intent)
    assert (late.code, "resolved by Grace" in late.complained) == (1, True)
    assert (await conflicts(database)).said.strip() == "There is no conflict."
