"""Rules in Chromium: written by the keyboard alone and seen in Outlook, tried out before, and usable by everybody."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from deploy.driver.cast import Cast
from deploy.driver.looks import answered
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.browser.console import ADMINISTRATOR, VIEWER, at_the_console
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers


async def test_a_rule_is_written_by_the_keyboard_alone_and_outlook_refuses_by_it(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when, ada = await cast.room("Juno"), slot(), await cast.user("ada")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}rules/new?kind=maximum_duration")
        await tab_to(page, page.get_by_label("Minutes"))
        await page.keyboard.type("lots")
        user.troubles.announce("status of 422")
        await press(page, page.get_by_role("button", name="Set this rule"))
        await page.get_by_text("Nothing was saved.").wait_for()
        await check_page(page)
        await tab_to(page, page.get_by_label("Minutes"))
        await page.keyboard.press("Control+a")
        await page.keyboard.type("5")
        await tab_to(page, page.get_by_label("Part of the name"))
        await page.keyboard.type(room.space["name"])
        await press(page, page.get_by_role("button", name="Find"))
        found = page.get_by_role("radio", name=room.space["name"])
        await found.wait_for()
        await check_page(page)
        await tab_to(page, page.get_by_role("radio", name="All spaces"))
        await page.keyboard.press("ArrowDown")
        assert await found.is_checked()
        assert await page.get_by_label("Minutes").input_value() == "5"
        await press(page, page.get_by_role("button", name="Set this rule"))
        await page.get_by_text("A booking lasts 5 minutes at most.").wait_for()
        await check_page(page)

    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "declined")


async def test_enter_looks_where_one_looks_for_a_space_and_saves_everywhere_else(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room = await cast.room("Vesta")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}rules/new?kind=maximum_duration")
        await page.get_by_label("Minutes").fill("7")
        await tab_to(page, page.get_by_label("Part of the name"))
        await page.keyboard.type(room.space["name"])
        await page.keyboard.press("Enter")
        await page.get_by_role("radio", name=room.space["name"]).wait_for()
        assert await page.get_by_label("Minutes").input_value() == "7"
        await check_page(page)
        await page.get_by_role("radio", name=room.space["name"]).check()
        await tab_to(page, page.get_by_label("Minutes"))
        await page.keyboard.press("Enter")
        await page.get_by_text("A booking lasts 7 minutes at most.").wait_for()

    rules = (await cast.administrator.api.get(f"/v1/policies?target_id={room.space['id']}"))["items"]
    assert [each["parameters"] for each in rules] == [{"minutes": 7}]


async def test_a_space_is_found_and_its_rules_are_read_by_the_keyboard_alone(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    rooms = [await cast.room(f"Hygiea {name}") for name in ("east", "west")]
    await cast.administrator.set_policy(rooms[1].space, "maximum_duration", {"minutes": 5})
    part = rooms[1].space["name"].removesuffix("west").strip()
    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}rules/check")
        await tab_to(page, page.get_by_label("Part of its name"))
        await page.keyboard.type(part)
        await press(page, page.get_by_role("button", name="Find"))
        east, west = [page.get_by_role("radio", name=each.space["name"]) for each in rooms]
        await east.wait_for()
        await check_page(page)
        await tab_to(page, east)
        await page.keyboard.press("ArrowDown")
        assert await west.is_checked()
        await press(page, page.get_by_role("button", name="Check"))
        await page.get_by_role("heading", name=f"Rules that concern {rooms[1].space['name']}").wait_for()
        await check_page(page)

        await tab_to(page, page.get_by_label("Part of its name"))
        await page.keyboard.press("Control+a")
        await page.keyboard.type(rooms[0].space["name"])
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name=f"Rules that concern {rooms[0].space['name']}").wait_for()


async def test_a_draft_is_tried_on_the_past_saved_as_a_shadow_and_put_in_force(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, ada = await cast.room("Kepler"), await cast.user("ada")
    event = await ada.invite("Planning", slot(), room.calendar)
    await answered(ada, event, room, "accepted")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}rules/new?kind=maximum_duration")
        await page.get_by_label("Minutes").fill("5")
        await page.get_by_label("Part of the name").fill(room.space["name"])
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("radio", name=room.space["name"]).check()
        await page.get_by_role("button", name="Try it on the past").click()
        await page.get_by_role("heading", name="What this draft would have come to").wait_for()
        assert await page.get_by_role("row").filter(has_text=ada.address).count() >= 1
        await check_page(page)
        await page.get_by_role("button", name="Save as shadow").click()
        await page.get_by_text("Nothing changes in Outlook").wait_for()

        later = await ada.invite("Review", slot(days=2), room.calendar)
        await answered(ada, later, room, "accepted")
        await page.reload()
        await page.get_by_role("heading", name="What it would have done").wait_for()
        assert await page.get_by_role("row").filter(has_text=ada.address).count() >= 1
        await check_page(page)
        await page.get_by_role("link", name="Put it in force").click()
        await page.get_by_role("button", name="Save the change").click()
        await page.locator(".state.rejected", has_text="Deny").wait_for()

    last = await ada.invite("Retrospective", slot(days=3), room.calendar)
    await answered(ada, last, room, "declined")


async def test_what_would_be_decided_is_read_as_the_organizer_would(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room = await cast.room("Castor")
    await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": 5})
    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}rooms/{room.space['id']}")
        await page.get_by_role("link", name="Rules that hold here").click()
        await page.get_by_text("It judges.").first.wait_for()
        await page.get_by_label("Start").fill("2031-03-03T09:00")
        await page.get_by_label("End").fill("2031-03-03T10:00")
        await page.get_by_role("button", name="Check").click()
        await page.get_by_role("heading", name="What the organizer would read").wait_for()
        assert "5 minutes at most" in await page.locator("pre").inner_text()
        await page.get_by_text("It is broken.").first.wait_for()
        await check_page(page)


@pytest.mark.parametrize("person", [ADMINISTRATOR, VIEWER])
async def test_every_page_of_rules_can_be_used_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path, person: str
) -> None:
    room = await cast.room("Lyra" * 12)
    rule = await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": 600}, effect="shadow")
    paths = ["rules", f"rules/{rule['id']}", f"rules/check?space={room.space['id']}"]
    if person == ADMINISTRATOR:
        paths += ["rules/new", *(f"rules/new?kind={kind}" for kind in ("opening_hours", "approval", "blackout"))]
    async with at_the_console(browser, stack, person, tmp_path) as user:
        for path in paths:
            await user.page.goto(f"{stack.console.url}{path}")
            await check_page(user.page)
