"""Brakes in the console: what is gone, what confirming it does, and that nothing is confirmed that was not shown."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.policy_api.braking import SINCE, WHY, brake, braked_room, confirmations
from tests.integration.policy_api.world import World
from tests.integration.policy_console_pages.console import Console, said, unknown_id
from tests.integration.policy_console_pages.test_rooms import next_of

PATH = "/operations/brakes"

_MISSING = """
    INSERT INTO reconciler.drifts (space_id, kind, key_ical_uid, seen_as, found_at, last_seen_at)
    VALUES ($1, 'missing_in_outlook', $2, 'gone', now(), now())
"""
_OF_OUTLOOK = "UPDATE policy.reservations SET ical_uid = $2, origin = 'outlook' WHERE id = $1"


async def missing_meeting(world: World, space: dict[str, Any], hour: float) -> dict[str, Any]:
    """Book a meeting of Outlook's that a comparison did not find on the calendar."""
    made = await world.reservation(space["id"], hour, hour + 1)
    await world.admin.execute(_OF_OUTLOOK, made["id"], f"uid-{made['id']}")
    await world.admin.execute(_MISSING, space["id"], f"uid-{made['id']}")
    return made


def form_of(page: str) -> dict[str, str]:
    """Return what the form of a brake's page would send."""
    fields = dict(re.findall(r'<input type="hidden" name="(since|cancellations)" value="([^"]+)">', page))
    assert len(fields) == 2, page
    return fields


async def test_a_brake_is_listed_and_shown_with_what_is_gone_and_what_confirming_does(console: Console) -> None:
    world = console.world
    space = await braked_room(world, 7)
    gone = [await missing_meeting(world, space, hour) for hour in (9, 11)]
    kept = await world.reservation(space["id"], 14, 15)

    listed = await console.text(PATH, role="viewer")
    shown = await console.text(f"{PATH}/{space['id']}", role="admin")

    assert f'<a href="/console{PATH}/{space["id"]}">{space["name"]}</a>' in listed
    assert "7 cancellations" in listed
    assert f"7 cancellations of {space['name']}" in shown
    assert WHY in shown
    assert "7 reservations are cancelled, a series with all of its dates" in shown
    assert "Organizers are told nothing" in shown
    assert "Restore the calendar of the room mailbox" in shown
    assert all(f"/console/reservations/{each['id']}" in shown for each in gone)
    assert kept["id"] not in shown
    assert await confirmations(world, space) == []


async def test_what_was_shown_is_confirmed_and_the_page_says_by_whom(console: Console) -> None:
    space = await braked_room(console.world, 7)
    page = await console.get(f"{PATH}/{space['id']}", "admin")

    answer = await console.post(f"{PATH}/{space['id']}/confirm", form_of(page.text), role="admin")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/console{PATH}/{space['id']}")
    [told] = await confirmations(console.world, space)
    assert (told["cancellations"], told["by"]["name"]) == (7, "Grace the admin")
    after = await console.text(f"{PATH}/{space['id']}", role="viewer")
    assert "Grace the admin confirmed 7 cancellations on" in after
    assert "Grace the admin confirmed 7 cancellations; the next comparison" in await console.text(PATH)


async def test_once_it_is_done_the_page_still_says_who_confirmed(console: Console) -> None:
    space = await braked_room(console.world, 7)
    page = await console.get(f"{PATH}/{space['id']}", "admin")
    await console.post(f"{PATH}/{space['id']}/confirm", form_of(page.text), role="admin")
    await console.world.admin.execute(
        "UPDATE reconciler.rooms SET braked_at = NULL, braked_cancels = NULL WHERE space_id = $1", space["id"]
    )

    text = await console.text(f"{PATH}/{space['id']}", role="viewer")

    assert "No cancellations of this room wait to be confirmed. Grace the admin confirmed 7 cancellations on" in text
    assert space["id"] not in await console.text(PATH)


async def test_if_more_is_gone_by_then_the_page_shows_that_and_nothing_is_confirmed(console: Console) -> None:
    world = console.world
    space = await braked_room(world, 7)
    page = await console.get(f"{PATH}/{space['id']}", "admin")
    await brake(world, space, 9)

    answer = await console.post(f"{PATH}/{space['id']}/confirm", form_of(page.text), role="admin")

    assert answer.status_code == 409
    assert "9 cancellations wait now, which is not what was confirmed, so nothing was cancelled." in said(answer)
    assert form_of(answer.text)["cancellations"] == "9"
    assert await confirmations(world, space) == []


async def test_what_was_confirmed_does_not_count_for_what_is_gone_since(console: Console) -> None:
    space = await braked_room(console.world, 7)
    page = await console.get(f"{PATH}/{space['id']}", "admin")
    await console.post(f"{PATH}/{space['id']}/confirm", form_of(page.text), role="admin")
    await brake(console.world, space, 8)

    text = await console.text(f"{PATH}/{space['id']}", role="admin")

    assert "The next comparison, which comes at once, carries it out." not in text


async def test_where_the_brake_has_ended_the_form_says_so(console: Console) -> None:
    space = await console.world.mapped_space()
    fields = {"since": SINCE.isoformat(), "cancellations": "7"}

    answer = await console.post(f"{PATH}/{space['id']}/confirm", fields, role="admin")

    assert answer.status_code == 409
    assert "No cancellations of this room wait to be confirmed." in said(answer)


@pytest.mark.parametrize("role", ["viewer", "approver", "service"])
async def test_only_administrators_confirm(console: Console, role: str) -> None:
    space = await braked_room(console.world, 7)
    fields = {"since": SINCE.isoformat(), "cancellations": "7"}

    answer = await console.post(f"{PATH}/{space['id']}/confirm", fields, role=role)

    assert answer.status_code == 403
    assert await confirmations(console.world, space) == []


async def test_who_may_not_confirm_is_told_who_may(console: Console) -> None:
    space = await braked_room(console.world, 7)

    text = await console.text(f"{PATH}/{space['id']}", role="viewer")

    assert "An administrator has to decide this." in text
    assert text.count('method="post"') == 1  # the sign-out


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"since": SINCE.isoformat()},
        {"since": "yesterday", "cancellations": "7"},
        {"since": SINCE.isoformat(), "cancellations": "0"},
        {"since": SINCE.isoformat(), "cancellations": "all"},
        {"since": SINCE.isoformat(), "cancellations": "7", "csrf_token": "forged"},
    ],
)
async def test_a_form_of_nobodys_confirms_nothing(console: Console, fields: dict[str, str]) -> None:
    space = await braked_room(console.world, 7)

    answer = await console.post(f"{PATH}/{space['id']}/confirm", fields, role="admin")

    assert answer.status_code in {403, 422}
    assert await confirmations(console.world, space) == []


async def test_what_a_room_is_called_is_text_and_nothing_else(console: Console) -> None:
    space = await braked_room(console.world, 7, SINCE - timedelta(days=1), name="<script>Hall")

    for path in (PATH, f"{PATH}/{space['id']}", "/operations"):
        answer = await console.get(path, "admin")
        assert "<script>Hall" not in answer.text
        assert "&lt;script&gt;Hall" in answer.text


async def test_a_room_that_is_not_there_has_no_page(console: Console) -> None:
    for answer in (
        await console.get(f"{PATH}/{unknown_id()}"),
        await console.post(
            f"{PATH}/{unknown_id()}/confirm", {"since": SINCE.isoformat(), "cancellations": "7"}, role="admin"
        ),
    ):
        assert answer.status_code == 404
    assert (await console.get(f"{PATH}?cursor=x")).status_code == 422
    assert (await console.get(f"{PATH}/x")).status_code == 422


async def test_many_brakes_are_paged_the_oldest_first(console: Console) -> None:
    world = console.world
    await world.admin.execute("DELETE FROM reconciler.rooms")
    spaces = [await braked_room(world, 7, SINCE + timedelta(minutes=number)) for number in range(27)]

    first = await console.get(PATH)
    following = next_of(first)
    assert following is not None
    second = await console.get(following)

    shown = [re.findall(rf'href="/console{PATH}/([0-9a-f-]+)"', each.text) for each in (first, second)]
    assert shown == [[each["id"] for each in spaces[:25]], [each["id"] for each in spaces[25:]]]


async def test_a_room_in_trouble_leads_to_its_brake(console: Console) -> None:
    space = await braked_room(console.world, 7)
    await console.world.admin.execute(
        "INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state) "
        "SELECT space_id, room_mailbox, connection_id, 'active' FROM policy.mapped_spaces_v1 WHERE space_id = $1",
        space["id"],
    )

    text = await console.text(f"/rooms/{space['id']}", role="viewer")

    assert f'<a href="/console{PATH}/{space["id"]}">What is gone, and to confirm it</a>' in text
