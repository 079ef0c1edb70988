"""Proposals for mapping in the console: listed, and one or several of them taken."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.policy_api.test_mapping_proposals import connection_of, discovered
from tests.integration.policy_api.world import World, fresh
from tests.integration.policy_console_pages.console import Console, said


@pytest.fixture(autouse=True)
async def nothing_known(console: Console) -> AsyncIterator[None]:
    yield
    await console.world.admin.execute("TRUNCATE ingest.discoveries, ingest.discovered_rooms, ingest.known_places")


async def proposed(world: World, connection: str) -> tuple[dict[str, Any], str, str]:
    """Have a mailbox proposed for a space; return the space, the address, and the choice as the form has it."""
    name = fresh("Aurora")
    address = await discovered(world, connection, name)
    space = await world.space(name=name)
    return space, address, f"{space['id']} {connection} {address}"


async def mailbox_of(world: World, space: dict[str, Any]) -> str | None:
    found: str | None = (await world.call("GET", f"/v1/spaces/{space['id']}")).json()["mapping"]["room_mailbox"]
    return found


async def test_proposals_are_listed_with_why_and_what_taking_them_does(console: Console) -> None:
    connection = await connection_of(console.world)
    space, address, choice = await proposed(console.world, connection)

    text = await console.text("/rooms/proposals", role="admin")

    assert all(each in text for each in (space["name"], address, f"the room is called {space['name']}", "Certain"))
    assert f'name="chosen" value="{choice}"' in text
    assert "A first sync compares the calendar of the mailbox with what is reserved here." in text
    assert (await console.get("/rooms/proposals", role="approver")).status_code == 403
    assert (await console.post("/rooms/proposals", {"chosen": choice})).status_code == 403


async def test_the_selected_are_mapped_in_one_import_and_what_is_no_longer_proposed_is_left(console: Console) -> None:
    world = console.world
    connection = await connection_of(world)
    made = [await proposed(world, connection) for _ in range(4)]
    await world.call(
        "PATCH", f"/v1/spaces/{made[2][0]['id']}", {"room_mailbox": "other@example.org", "connection": connection}
    )

    fields = {"chosen": [choice for *_, choice in made[:3]]}
    answer = await console.post("/rooms/proposals", fields, role="admin")

    assert answer.status_code == 200
    assert "2 of 3 mapped" in said(answer)
    assert "This is no longer proposed, so nothing was changed." in said(answer)
    mailboxes = [await mailbox_of(world, space) for space, *_ in made]
    assert mailboxes == [made[0][1], made[1][1], "other@example.org", None]
    spaces = [(await world.call("GET", f"/v1/spaces/{space['id']}")).json() for space, *_ in made[:2]]
    assert len({each["mapping"]["import_id"] for each in spaces}) == 1


async def test_the_button_of_a_row_takes_that_one_alone(console: Console) -> None:
    world = console.world
    connection = await connection_of(world)
    one, other = [await proposed(world, connection) for _ in range(2)]

    await console.post("/rooms/proposals", {"chosen": other[2], "only": one[2]}, role="admin")

    assert [await mailbox_of(world, each[0]) for each in (one, other)] == [one[1], None]


async def test_what_nobody_proposed_is_not_mapped(console: Console) -> None:
    world = console.world
    connection = await connection_of(world)
    space, *_ = await proposed(world, connection)

    forged = await console.post(
        "/rooms/proposals", {"chosen": f"{space['id']} {connection} another@example.org"}, role="admin"
    )
    none = await console.post("/rooms/proposals", role="admin")
    odd = await console.post("/rooms/proposals", {"chosen": "nothing"}, role="admin")

    assert "0 of 1 mapped" in said(forged)
    assert [each.status_code for each in (none, odd)] == [422, 422]
    assert "Nothing was changed." in none.text
    assert await mailbox_of(world, space) is None


async def test_without_proposals_the_page_says_what_will_stand_there(console: Console) -> None:
    assert "Nothing is proposed." in await console.text("/rooms/proposals", role="admin")
    assert (await console.get("/rooms/proposals?cursor=x", role="admin")).status_code == 422
