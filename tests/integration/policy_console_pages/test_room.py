"""One space in the console: what is told of it, and what mapping, unmapping, trying and importing it does."""

import re
from typing import Any

import pytest

from tests.integration.policy_api.world import World, fresh
from tests.integration.policy_console_pages.console import Console, said, unknown_id
from tests.integration.policy_console_pages.test_rooms import watched


async def space_of(world: World, space: dict[str, Any]) -> dict[str, Any]:
    """Read a space as it is now."""
    found: dict[str, Any] = (await world.call("GET", f"/v1/spaces/{space['id']}")).json()
    return found


async def import_of(world: World, address: str) -> dict[str, Any]:
    """Read the import to whose page an address leads."""
    found: dict[str, Any] = (await world.call("GET", f"/v1/imports/{address.rpartition('/')[2]}")).json()
    return found


def mapping_form(connection: dict[str, Any], space: dict[str, Any], room_mailbox: str, **more: str) -> dict[str, str]:
    fields = {"room_mailbox": room_mailbox, "connection": str(connection["id"]), "version": str(space["version"])}
    return {**fields, **more}


async def test_a_room_is_told_with_its_mailbox_its_findings_and_its_first_sync(console: Console) -> None:
    world = console.world
    space = await world.mapped_space(capacity=12, building="North wing", setup_minutes=15)
    await watched(world, space["id"], "quarantined", "It says why.")
    [found] = (await world.call("GET", f"/v1/findings?space_id={space['id']}")).json()["items"]

    text = await console.text(f"/rooms/{space['id']}", role="viewer")

    assert all(each in text for each in (space["name"], "12 people", "North wing", "15 min set-up", "Europe/Berlin"))
    assert space["mapping"]["room_mailbox"] in text
    assert "Quarantined" in text
    assert "It says why." in text
    assert all(found[each] in text for each in ("finding", "why", "remedy", "code"))
    assert "Waits for its turn" in text
    assert 'hx-trigger="every 2s"' in text
    assert f"/console/imports/{space['mapping']['import_id']}" in text


async def test_a_viewer_is_offered_nothing_and_refused_what_they_send_all_the_same(console: Console) -> None:
    space = await console.world.mapped_space()
    text = await console.text(f"/rooms/{space['id']}", role="viewer")
    paths = [f"/rooms/{space['id']}/{each}" for each in ("check", "import", "mapping", "mapping/rehearsal")]

    answers = [await console.post(each, role="approver") for each in (*paths, f"/rooms/{space['id']}/mapping/unmap")]
    shown = await console.get(f"/rooms/{space['id']}/mapping", role="approver")

    assert text.count('method="post"') == 1  # the sign-out
    assert all(each.status_code == 403 and "needs the app role admin" in said(each) for each in (*answers, shown))
    assert await space_of(console.world, space) == space


async def test_a_room_is_mapped_by_a_form_that_says_what_that_does(console: Console) -> None:
    world, address = console.world, f"{fresh('room')}@example.org"
    connection, space = await world.connection(), await world.space()

    before = await console.text(f"/rooms/{space['id']}/mapping", role="admin")
    form = mapping_form(connection, space, f" {address.upper()} ")
    answer = await console.post(f"/rooms/{space['id']}/mapping", form, role="admin")

    assert "Meetings that the room has accepted are booked here as they stand" in before
    assert "No mailbox" not in before
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/rooms/{space['id']}")
    mapping = (await space_of(world, space))["mapping"]
    assert (mapping["room_mailbox"], mapping["connection"]) == (address, connection["id"])
    assert (await import_of(world, mapping["import_id"]))["state"] == "running"
    assert "space.mapped.v1" in [each["type"] for each in await world.outbox(space["id"])]


@pytest.mark.parametrize("path", ["mapping", "mapping/rehearsal"])
async def test_an_address_that_cannot_be_used_comes_back_with_why(console: Console, path: str) -> None:
    world = console.world
    connection, space, other = await world.connection(), await world.space(), await world.mapped_space()
    taken = other["mapping"]["room_mailbox"]

    no_address = await console.post(
        f"/rooms/{space['id']}/{path}", mapping_form(connection, space, "<script>"), role="admin"
    )
    mapped = await console.post(f"/rooms/{space['id']}/{path}", mapping_form(connection, space, taken), role="admin")

    assert no_address.status_code == 422
    assert "A mail address looks like name@example.org." in no_address.text
    assert 'value="&lt;script&gt;" aria-invalid="true" aria-describedby="room_mailbox_error"' in no_address.text
    assert mapped.status_code == 409
    assert f"This mailbox is mapped to the space {other['name']}" in mapped.text
    assert f'value="{taken}"' in mapped.text
    assert (await space_of(world, space))["mapping"]["state"] == "unmapped"


async def test_of_two_administrators_at_once_the_second_is_told_and_nothing_is_changed(console: Console) -> None:
    world, address = console.world, f"{fresh('room')}@example.org"
    connection, space = await world.connection(), await world.space()
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"capacity": 9})

    form = mapping_form(connection, space, address)
    answer = await console.post(f"/rooms/{space['id']}/mapping", form, role="admin")

    assert answer.status_code == 412
    assert "Somebody changed this since you read it." in answer.text
    assert (await space_of(world, space))["mapping"]["state"] == "unmapped"


@pytest.mark.parametrize(("holds", "left"), [("drop", 1), ("keep", 0)])
async def test_unmapping_takes_events_out_or_leaves_them_as_is_chosen(console: Console, holds: str, left: int) -> None:
    world = console.world
    space = await world.mapped_space()
    await world.reservation(space["id"], 9, 10)

    before = await console.text(f"/rooms/{space['id']}/mapping", role="admin")
    fields = {"holds": holds, "version": str(space["version"])}
    await console.post(f"/rooms/{space['id']}/mapping/unmap", fields, role="admin")

    mailbox = space["mapping"]["room_mailbox"]
    assert f"The events by which Roomsync blocks the calendar of {mailbox} are taken out of it." in before
    assert f"The events by which Roomsync blocks the calendar of {mailbox} stay there" in before
    assert (await space_of(world, space))["mapping"]["state"] == "unmapped"
    due = "SELECT count(*) FROM policy.left_holds WHERE space_id = $1 AND ask_at < 'infinity'"
    assert await world.admin.fetchval(due, space["id"]) == left
    assert "mapped to no mailbox" in await console.text(f"/rooms/{space['id']}")


async def test_a_mapping_is_rehearsed_and_the_room_stays_as_it_is(console: Console) -> None:
    world = console.world
    connection, space = await world.connection(), await world.space()

    form = mapping_form(connection, space, f"{fresh('room')}@example.org")
    answer = await console.post(f"/rooms/{space['id']}/mapping/rehearsal", form, role="admin")

    begun = await import_of(world, answer.headers["location"])
    assert (begun["rehearsal"], begun["asked_by"]["name"]) == (True, "Grace the admin")
    assert await space_of(world, space) == space


@pytest.mark.parametrize("rehearsal", ["yes", "no"])
async def test_a_first_sync_is_run_or_rehearsed_again(console: Console, rehearsal: str) -> None:
    space = await console.world.mapped_space()

    answer = await console.post(f"/rooms/{space['id']}/import", {"rehearsal": rehearsal}, role="admin")

    begun = await import_of(console.world, answer.headers["location"])
    assert (begun["rehearsal"], begun["cause"], begun["rooms"]) == (rehearsal == "yes", "request", 1)


async def test_a_mailbox_is_tried_now_and_the_page_says_so(console: Console) -> None:
    world = console.world
    space, unmapped = await world.mapped_space(), await world.space()

    answer = await console.post(f"/rooms/{space['id']}/check", role="admin")
    text = await console.text(answer.headers["location"].removeprefix("/console"), role="admin")
    refused = await console.post(f"/rooms/{unmapped['id']}/check", role="admin")

    rows = await world.pool.fetch("SELECT body FROM outbox WHERE type LIKE 'retry%'")
    assert space["mapping"]["room_mailbox"] in "".join(row["body"] for row in rows)
    assert "The room mailbox is tried now, and all that waits for it." in text
    assert refused.status_code == 409
    assert "Map it to one first." in refused.text
    assert (await console.post(f"/rooms/{unmapped['id']}/import", role="admin")).status_code == 409


async def test_there_is_no_room_of_an_unknown_id(console: Console) -> None:
    for path in ("", "/mapping"):
        assert (await console.get(f"/rooms/{unknown_id()}{path}", role="admin")).status_code == 404
    for path in ("/check", "/import", "/mapping/unmap"):
        answer = await console.post(f"/rooms/{unknown_id()}{path}", role="admin")
        assert answer.status_code == 404
        assert "There is no space with this id." in answer.text


async def test_the_pages_of_a_room_take_its_name_for_text_and_their_forms_for_ours(console: Console) -> None:
    space = await console.world.mapped_space(name=f"<script>alert(1)</script>{{{{ 7*7 }}}} {fresh('x')}")

    for path in ("", "/mapping"):
        answer = await console.get(f"/rooms/{space['id']}{path}", role="admin")
        assert "<script>alert" not in answer.text
        assert "{{ 7*7 }}" in answer.text
        forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", said(answer))
        assert all(f'name="csrf_token" value="{console.csrf_token("admin")}"' in each for each in forms)
    forged = await console.post(f"/rooms/{space['id']}/mapping/unmap", {"csrf_token": "forged"}, role="admin")
    assert forged.status_code == 403
    assert await space_of(console.world, space) == space
