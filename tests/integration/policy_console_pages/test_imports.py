"""Imports in the console: which there are, how far each is, what became of each item, pause and resume."""

import csv
from io import StringIO
from typing import Any

import pytest

from tests.integration.policy_api.world import World
from tests.integration.policy_console_pages.console import Console, said, unknown_id
from tests.integration.policy_console_pages.test_rooms import next_of

_ITEM = """
    INSERT INTO policy.import_items
        (import_id, space_id, side, item_key, ical_uid, starts_at, ends_at, title, outcome, reasons)
    VALUES ($1, $2, 'outlook', $3, $3, now(), now() + interval '1 hour', $3, $4, '[]')
"""


async def mapped(world: World, *items: tuple[str, str]) -> tuple[dict[str, Any], str]:
    """Map a space, and have its import know items by title and outcome; return both with their ids."""
    space = await world.mapped_space()
    import_id: str = space["mapping"]["import_id"]
    for title, outcome in items:
        await world.admin.execute(_ITEM, import_id, space["id"], title, outcome)
    return space, import_id


async def test_an_import_is_listed_and_shown_with_its_rooms_and_outcomes(console: Console) -> None:
    items = [(f"Item {number}", "created_in_ledger") for number in range(11)]
    space, import_id = await mapped(console.world, *items, ("Odd", "conflict"))

    listed = await console.text("/imports", role="viewer")
    text = await console.text(f"/imports/{import_id}", role="viewer")

    assert f"/console/imports/{import_id}" in listed
    assert "1 conflict" in listed
    assert space["name"] in text
    assert space["mapping"]["room_mailbox"] in text
    assert f'<a href="/console/imports/{import_id}/items?outcome=created_in_ledger">Booked from Outlook</a>: 11' in text
    assert "12 items" in text
    assert "a second" in text
    assert "0 of 1 room done" in text
    assert "Pause" not in text


async def test_an_import_is_paused_and_goes_on_and_the_page_asks_again_only_while_it_runs(console: Console) -> None:
    _, import_id = await mapped(console.world)
    path, polls = f"/imports/{import_id}", 'hx-trigger="every 2s"'

    running = await console.text(path, role="admin")
    answer = await console.post(f"{path}/pause", role="admin")
    paused = await console.text(path, role="admin")
    await console.post(f"{path}/resume", role="admin")
    again = await console.text(path, role="admin")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/console{path}")
    assert [polls in each for each in (running, paused, again)] == [True, False, True]
    assert "Then nothing more is taken over until the import is resumed." in running
    assert "Resume" in paused
    for action in ("pause", "resume"):
        assert (await console.post(f"{path}/{action}", role="approver")).status_code == 403


async def test_an_import_that_has_ended_is_neither_paused_nor_resumed(console: Console) -> None:
    _, import_id = await mapped(console.world)
    await console.world.admin.execute("UPDATE policy.import_rooms SET state = 'done' WHERE import_id = $1", import_id)
    await console.world.admin.execute("UPDATE policy.imports SET state = 'finished' WHERE id = $1", import_id)

    text = await console.text(f"/imports/{import_id}", role="admin")
    answers = [await console.post(f"/imports/{import_id}/{each}", role="admin") for each in ("pause", "resume")]

    assert "There was nothing to take over." in text
    assert "steering" not in text
    assert [each.status_code for each in answers] == [409, 409]
    assert "so there is nothing left to pause." in said(answers[0])
    assert "Begin another one." in said(answers[1])


async def test_items_are_filtered_by_outcome_and_paged(console: Console) -> None:
    items = [(f"Item no {number:02}", "agreed") for number in range(26)]
    _, import_id = await mapped(console.world, ("Odd one", "failed"), *items)

    first = await console.get(f"/imports/{import_id}/items?outcome=agreed")
    address = next_of(first)
    assert address is not None
    second = await console.get(address)

    assert "Item no 24" in first.text
    assert all(title not in first.text for title in ("Item no 25", "Odd one"))
    assert "Item no 25" in second.text
    assert "Odd one" in await console.text(f"/imports/{import_id}/items?outcome=failed")
    assert "No item fits this filter." in await console.text(f"/imports/{import_id}/items?outcome=declined")


async def test_the_report_is_the_same_file_as_that_of_the_api(console: Console) -> None:
    space, import_id = await mapped(console.world, ("=cmd|' /C calc'!A0", "agreed"))

    answer = await console.get(f"/imports/{import_id}/items.csv", role="viewer")
    api = await console.world.call("GET", f"/v1/imports/{import_id}/items", accept="text/csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="import.csv"'
    [row] = csv.DictReader(StringIO(answer.text))
    assert (row["space_id"], row["title"], row["outcome"]) == (space["id"], "'=cmd|' /C calc'!A0", "agreed")
    assert answer.text == api.text


@pytest.mark.parametrize("path", ["", "/items", "/items.csv"])
async def test_there_is_no_import_of_an_unknown_id(console: Console, path: str) -> None:
    answer = await console.get(f"/imports/{unknown_id()}{path}")

    assert answer.status_code == 404
    assert "There is no import with this id." in answer.text


@pytest.mark.parametrize("query", ["?cursor=x", "/items?outcome=fine", "/items?cursor=x"])
async def test_an_address_that_makes_no_sense_is_answered_with_a_page(console: Console, query: str) -> None:
    _, import_id = await mapped(console.world)

    assert (await console.get(f"/imports/{import_id}{query}")).status_code == 422
