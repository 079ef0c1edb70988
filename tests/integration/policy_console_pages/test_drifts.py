"""The drift ledger in the console: what differed, why, how long, filtered and paged."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from services.policy.commands.cursors import cursor_at
from tests.integration.policy_api.drifting import drift
from tests.integration.policy_console_pages.console import Console, unknown_id
from tests.integration.policy_console_pages.test_rooms import next_of

PATH = "/operations/drifts"


async def test_a_drift_is_told_with_its_room_its_kind_its_cause_and_how_long_it_was_there(console: Console) -> None:
    space = await console.world.mapped_space()
    made = await console.world.reservation(space["id"], 9, 10)
    await drift(
        console.world, space["id"], "orphan_hold", cause="notifications_missed", about=made["id"], healed_after_s=42
    )

    text = await console.text(f"{PATH}?room={space['name']}", role="viewer")

    assert f'<a href="/console/rooms/{space["id"]}">{space["name"]}</a>' in text
    assert "The room's calendar had a hold that nothing is booked for any more." in text
    assert "Microsoft 365 had lost notifications" in text
    assert "after 42 seconds" in text
    assert f"/console/reservations/{made['id']}" in text


async def test_a_drift_of_a_meeting_leads_to_its_reservation(console: Console) -> None:
    world = console.world
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 9, 10)
    await drift(world, space["id"])
    await world.admin.execute(
        "INSERT INTO policy.meetings (space_id, ical_uid, room_mailbox, last_observed_at, is_present, reservation_id) "
        "SELECT space_id, key_ical_uid, 'room@example.org', now(), true, $2 FROM reconciler.drifts WHERE space_id = $1",
        space["id"],
        made["id"],
    )

    assert f"/console/reservations/{made['id']}" in await console.text(f"{PATH}?room={space['name']}")


async def test_drifts_are_filtered_by_room_kind_and_whether_they_are_open(console: Console) -> None:
    world = console.world
    space, other = await world.mapped_space(), await world.mapped_space()
    await drift(world, space["id"], "missing_in_ledger")
    await drift(world, space["id"], "different_time", healed_after_s=5)
    await drift(world, other["id"], "different_time")
    at_room = f"{PATH}?room={space['name'].upper()}"

    async def shown(address: str) -> tuple[int, int, bool]:
        """How many are open and gone, and whether the other room is among them."""
        text = await console.text(address)
        return text.count(">Open</span>"), text.count(">Gone</span>"), f"/console/rooms/{other['id']}" in text

    assert await shown(at_room) == (1, 1, False)
    assert await shown(f"{at_room}&state=open") == (1, 0, False)
    assert await shown(f"{at_room}&state=healed") == (0, 1, False)
    assert await shown(f"{at_room}&kind=different_time") == (0, 1, False)
    assert await shown(f"{PATH}?kind=different_time&state=open&room={other['name']}") == (1, 0, True)
    assert "No drift fits this filter." in await console.text(f"{at_room}&kind=duplicate")


async def test_a_drift_of_a_room_that_is_gone_and_of_a_kind_that_nobody_knows_is_told_all_the_same(
    console: Console,
) -> None:
    await drift(console.world, unknown_id(), "<script>odd", cause="<script>why")

    answer = await console.get(PATH)

    assert "A room that is gone" in answer.text
    assert "&lt;script&gt;odd" in answer.text
    assert "&lt;script&gt;why" in answer.text
    assert "<script>odd" not in answer.text


async def test_drifts_are_paged_those_found_last_before_the_others(console: Console) -> None:
    space = await console.world.mapped_space()
    for number in range(27):
        await drift(console.world, space["id"], healed_after_s=number, found_ago=timedelta(minutes=60 - number))

    first = await console.get(f"{PATH}?room={space['name']}&state=healed")
    following = next_of(first)
    assert following is not None
    second = await console.get(following)

    shown = [re.findall(r"</span> after (\d+) second", each.text) for each in (first, second)]
    assert shown == [[str(each) for each in range(26, 1, -1)], ["1", "0"]]
    assert "state=healed" in following
    assert next_of(second) is None


@pytest.mark.parametrize("query", ["kind=unknown", "state=odd", "cursor=x", f"room={'x' * 201}"])
async def test_an_address_that_makes_no_sense_is_answered_with_a_page(console: Console, query: str) -> None:
    answer = await console.get(f"{PATH}?{query}")

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text


async def test_a_cursor_beyond_all_numbers_is_none_of_ours(console: Console) -> None:
    forged = cursor_at(str(10**30), UUID(int=0))

    assert (await console.get(f"{PATH}?cursor={forged}")).status_code == 422
