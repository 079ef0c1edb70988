"""The list of spaces in the console: what is told of each, how it is filtered, and how it is paged."""

import re
import time
from datetime import UTC, datetime

import httpx2
import pytest

from tests.integration.policy_api.test_conflicts import conflicting
from tests.integration.policy_api.world import World, fresh
from tests.integration.policy_console_pages.console import Console, said

_WATCH = """
    INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, detail, state_since)
    SELECT space_id, room_mailbox, connection_id, $2, $3, $4 FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_RENAMED = """
    INSERT INTO ingest.known_places (space_id, room_mailbox, place_id, address_now, noted_at)
    SELECT space_id, room_mailbox, 'place', 'renamed@example.org', now()
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_MANY = """
    INSERT INTO policy.spaces (id, name, capacity, time_zone, features, setup_minutes, cleanup_minutes, version,
        created_at)
    SELECT gen_random_uuid(), $1 || ' ' || lpad(n::text, 5, '0'), 8, 'Europe/Berlin', '{}', 0, 0, 1, now()
    FROM generate_series(1, $2) n
"""


async def watched(world: World, space_id: str, state: str, detail: str | None = None) -> None:
    """Have ingest say how watching the mailbox of a space is going."""
    await world.admin.execute(_WATCH, space_id, state, detail, datetime.now(UTC))


def next_of(answer: httpx2.Response) -> str | None:
    """Return the address of the next page of a list, below the console."""
    found = re.search(r'<a href="([^"]+)" rel="next"', answer.text)
    return found[1].replace("&amp;", "&").removeprefix("/console") if found else None


async def test_a_room_is_listed_with_what_it_is_and_how_its_mailbox_is_doing(console: Console) -> None:
    world = console.world
    group = await world.made("/v1/space-groups", {"name": fresh("Upstairs")})
    space = await world.mapped_space(capacity=12, building="North wing", groups=[group["id"]])
    await watched(world, space["id"], "active")

    text = await console.text(f"/rooms?name={space['name']}", role="viewer")

    assert f'<a href="/console/rooms/{space["id"]}">{space["name"]}</a>' in text
    assert "12 people" in text
    assert "North wing" in text
    assert group["name"] in text
    assert space["mapping"]["room_mailbox"] in text
    assert '<span class="state approved">Active</span>' in text
    assert "First sync is running" in text


async def test_the_worst_finding_and_the_open_conflicts_of_a_room_are_told(console: Console) -> None:
    world = console.world
    space = await conflicting(world, 9, 11)
    await watched(world, space["id"], "quarantined", "It says why.")
    [found] = (await world.call("GET", f"/v1/findings?space_id={space['id']}")).json()["items"]

    text = await console.text(f"/rooms?name={space['name']}")

    assert '<span class="level error">Quarantined</span>' in text
    assert found["finding"] in text
    assert f'<a href="/console/conflicts?space={space["id"]}">2 conflicts of the first sync</a>' in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"well", "ill", "renamed", "unmapped", "both"}),
        ("&mapped=yes", {"well", "ill", "renamed", "both"}),
        ("&mapped=no", {"unmapped"}),
        ("&problem=yes", {"ill", "renamed", "both"}),
        ("&problem=yes&mapped=no", set()),
    ],
)
async def test_a_filter_finds_rooms_by_name_mailbox_and_trouble(console: Console, query: str, shown: set[str]) -> None:
    world, part = console.world, fresh("Filter")
    ill, well, renamed = [await world.mapped_space(name=f"{part} {each}") for each in ("ill", "well", "renamed")]
    await world.space(name=f"{part} unmapped")
    both = await conflicting(world, 9)
    await world.call("PATCH", f"/v1/spaces/{both['id']}", {"name": f"{part} both"})
    await watched(world, ill["id"], "polling", "It says why.")
    await watched(world, well["id"], "active")
    await watched(world, both["id"], "active")
    await watched(world, renamed["id"], "active")
    await world.admin.execute(_RENAMED, renamed["id"])

    text = await console.text(f"/rooms?name=%20{part.lower()}{query}")

    assert set(re.findall(rf">{part} (\w+)</a>", text)) == shown
    assert ("No room fits this filter." in text) is (not shown)


async def test_ten_thousand_rooms_are_shown_a_page_at_a_time(console: Console) -> None:
    part = fresh("Many")
    await console.world.admin.execute(_MANY, part, 10_000)
    began = time.monotonic()

    first = await console.get(f"/rooms?name={part}&mapped=no")
    address = next_of(first)
    assert address is not None
    second = await console.get(address)
    troubled = await console.get(f"/rooms?name={part}&problem=yes")

    assert time.monotonic() - began < 10
    assert re.findall(rf"{part} (\d+)<", first.text) == [f"{number:05}" for number in range(1, 26)]
    assert re.findall(rf"{part} (\d+)<", second.text) == [f"{number:05}" for number in range(26, 51)]
    assert "First page" in second.text
    assert "No room fits this filter." in troubled.text
    await console.world.admin.execute("DELETE FROM policy.spaces WHERE starts_with(name, $1)", part)


@pytest.mark.parametrize("query", ["mapped=maybe", "problem=no", "cursor=x", f"name={'x' * 201}", "name=%00"])
async def test_an_address_that_makes_no_sense_is_answered_with_a_page(console: Console, query: str) -> None:
    answer = await console.get(f"/rooms?{query}")

    assert answer.status_code == 422
    assert "This address cannot be used." in answer.text


async def test_the_name_of_a_room_is_text_and_nothing_else(console: Console) -> None:
    name = f"<script>alert(1)</script>{{{{ 7*7 }}}} {fresh('x')}"
    await console.world.space(name=name, building="<img src=x>")

    answer = await console.get("/rooms?name=%3Cscript%3E")

    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert "{{ 7*7 }}" in said(answer)
