"""Conflicts in the console: listed, shown with both sides, and resolved once."""

from typing import Any
from uuid import UUID

import pytest

from tests.integration.policy_api.test_conflicts import conflicting
from tests.integration.policy_api.world import World
from tests.integration.policy_console_pages.console import Console, said, unknown_id


async def conflicts_of(world: World, space: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.call("GET", f"/v1/conflicts?space_id={space['id']}")).json()["items"]
    return found


async def test_conflicts_are_listed_and_today_leads_to_them(console: Console) -> None:
    space, other = await conflicting(console.world, 9), await conflicting(console.world, 11)
    [found] = await conflicts_of(console.world, space)
    [foreign] = await conflicts_of(console.world, other)

    today = await console.text("/", role="viewer")
    every = await console.text("/conflicts", role="viewer")
    named = await console.text(f"/conflicts?name={space['name'].upper()}")
    only = await console.text(f"/conflicts?space={space['id']}")

    assert '<a href="/console/conflicts">All conflicts</a>' in today
    assert all(f"/console/conflicts/{each['id']}" in every for each in (found, foreign))
    for text in (named, only):
        assert found["id"] in text
        assert foreign["id"] not in text
    assert f"Those of {space['name']}." in only
    assert "No conflict fits this filter." in await console.text("/conflicts?name=nowhere")
    assert (await console.get("/conflicts?cursor=x")).status_code == 422


async def test_both_sides_are_shown_with_what_keeping_each_does(console: Console) -> None:
    space = await conflicting(console.world, 9, subject="Open day")
    [found] = await conflicts_of(console.world, space)

    text = await console.text(f"/conflicts/{found['id']}", role="admin")
    seen = await console.text(f"/conflicts/{found['id']}", role="approver")

    assert all(each in text for each in ("Planning", "Open day", "Keep the ledger", "Keep Outlook"))
    assert "The room declines the event in Outlook, which tells its organizer why" in text
    assert "If an event of the room's own blocks its time, that leaves the room's calendar." in text
    assert "Open day" in seen
    assert "Keep Outlook" not in seen


@pytest.mark.parametrize(("keep", "statuses"), [("ledger", {"confirmed"}), ("outlook", {"cancelled", "confirmed"})])
async def test_one_side_is_kept_and_whoever_is_second_is_told(console: Console, keep: str, statuses: set[str]) -> None:
    world = console.world
    space = await conflicting(world, 9, subject="Open day")
    [found] = await conflicts_of(world, space)
    path = f"/conflicts/{found['id']}"

    answer = await console.post(f"{path}/resolve", {"keep": keep, "comment": "It was first."}, role="admin")
    second = await console.post(f"{path}/resolve", {"keep": "ledger"}, role="admin")
    text = await console.text(path)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/console{path}")
    assert await conflicts_of(world, space) == []
    assert "This conflict was resolved by Grace the admin" in text
    assert second.status_code == 409
    assert "The first decision stands." in said(second)
    kept = await world.pool.fetch("SELECT status FROM reservations WHERE space_id = $1", UUID(space["id"]))
    assert statuses <= {row["status"] for row in kept}


async def test_what_resolves_nothing_changes_nothing(console: Console) -> None:
    space = await conflicting(console.world, 9)
    [found] = await conflicts_of(console.world, space)
    path = f"/conflicts/{found['id']}/resolve"

    answers = [
        await console.post(path, {"keep": "both"}, role="admin"),
        await console.post(path, {"keep": "ledger", "comment": "bell \x07"}, role="admin"),
        await console.post(path, {"keep": "ledger"}, role="approver"),
        await console.post(path, {"keep": "ledger", "csrf_token": "forged"}, role="admin"),
    ]

    assert [each.status_code for each in answers] == [422, 422, 403, 403]
    assert await conflicts_of(console.world, space) == [found]
    for answer in (
        await console.get(f"/conflicts/{unknown_id()}"),
        await console.post(f"/conflicts/{unknown_id()}/resolve", {"keep": "ledger"}, role="admin"),
    ):
        assert answer.status_code == 404
        assert "There is no conflict with this id." in answer.text


async def test_titles_of_both_sides_are_text_and_nothing_else(console: Console) -> None:
    space = await conflicting(console.world, 9, subject="<script>alert(1)</script>{{ 7*7 }}")
    [found] = await conflicts_of(console.world, space)

    for path in ("/conflicts", f"/conflicts/{found['id']}"):
        answer = await console.get(path)
        assert "<script>alert" not in answer.text
        assert "{{ 7*7 }}" in answer.text
