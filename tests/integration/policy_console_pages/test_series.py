"""The page of a series: its rule in words, its dates, and who is led to what."""

import re

from tests.integration.policy_api.groups import dates_of, make_group
from tests.integration.policy_api.world import at
from tests.integration.policy_console_pages.console import Console, said, unknown_id


async def test_a_series_tells_its_rule_its_dates_and_what_differs(console: Console) -> None:
    space = await console.world.mapped_space()
    group = await make_group(console.world, space)
    first, second, third, _ = await dates_of(console.world, group)
    await console.world.call("POST", f"/v1/reservations/{second['id']}/cancel", {})
    moved = {"title": "Exam", "start": at(9, day=15), "end": at(10, day=15)}
    assert (await console.world.call("PATCH", f"/v1/reservations/{third['id']}", moved)).status_code == 200

    text = await console.text(f"/series/{group['id']}", role="viewer")

    assert f"{space['name']}: series Seminar" in text
    assert "Every week on " in text
    assert "4 times." in text
    assert "3 confirmed, 0 waiting, 0 declined or left out, 1 cancelled" in text
    assert "by one recurring event on the room's calendar" in text
    assert f'href="/console/reservations/{first["id"]}"' in text
    assert "Planned for " in text
    assert "Called Exam." in text
    assert "Cancel all to come" not in text


async def test_an_administrator_is_led_to_the_forms_of_the_next_date_for_all(console: Console) -> None:
    space = await console.world.mapped_space()
    group = await make_group(console.world, space)
    first, *_ = await dates_of(console.world, group)

    text = await console.text(f"/series/{group['id']}", role="admin")
    form = await console.text(f"/reservations/{first['id']}/cancel?scope=all", role="admin")
    await console.post(f"/reservations/{first['id']}/cancel", {"version": "1", "scope": "all"}, role="admin")

    assert f"/console/reservations/{first['id']}/change?scope=all" in text
    assert '<input type="radio" name="scope" value="all" checked' in form
    assert {each["status"] for each in await dates_of(console.world, group)} == {"cancelled"}
    assert "Cancel all to come" not in await console.text(f"/series/{group['id']}", role="admin")


async def test_the_dates_are_paged(console: Console) -> None:
    space = await console.world.space()
    group = await make_group(console.world, space, rrule="FREQ=DAILY;COUNT=26")

    first = await console.get(f"/series/{group['id']}")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].removeprefix("/console"))

    assert first.text.count('data-label="Time"') == 25
    assert second.text.count('data-label="Time"') == 1


async def test_a_series_that_nobody_has_is_answered_with_a_page(console: Console) -> None:
    answer = await console.get(f"/series/{unknown_id()}")

    assert answer.status_code == 404
    assert "There is no reservation group with this id." in said(answer)
    assert (await console.get("/series/nothing")).status_code == 422


async def test_a_date_that_was_moved_within_its_own_day_says_for_when_it_was_planned(console: Console) -> None:
    space = await console.world.mapped_space()
    group = await make_group(console.world, space)
    _, second, *_ = await dates_of(console.world, group)
    path = f"/v1/reservations/{second['id']}"
    before = await console.text(f"/series/{group['id']}")
    assert (await console.world.call("PATCH", path, {"start": at(11, day=7), "end": at(12, day=7)})).status_code == 200

    after = await console.text(f"/series/{group['id']}")

    assert "Planned for " not in before
    assert after.count("Planned for ") == 1
    planned = re.search(r"Planned for <time [^>]*>([^<]+)</time>", after)
    assert planned is not None
    assert planned[1].endswith(", 09:00-10:00 (UTC)")
    assert (await console.world.call("PATCH", path, {"start": at(9, day=7), "end": at(10, day=7)})).status_code == 200
    assert "Planned for " not in await console.text(f"/series/{group['id']}")
