"""A16, A18, C30 in the console: a room is mapped and first-synced, its conflicts are resolved, in Chromium."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.looks import answered, blocked, booked
from deploy.driver.mapping import list_rooms_anew, proposed
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.browser.console import ADMINISTRATOR, VIEWER, at_the_console
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers
from tests.system.test_conflicts import conflicting, no_conflicts, subjects
from tests.system.test_mapping import named

pytestmark = on_real_servers

LONG = "Aurora" * 12
SYNCED_MS = 60_000
"""How long a first sync may take until the page shows by itself that it is done."""


async def test_a16_a_room_is_mapped_and_the_page_shows_its_first_sync_finish(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    ada, meeting, held = await cast.user("ada"), slot(hour=9), slot(hour=13)
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space(LONG)
    await cast.administrator.reserve(space, held, "Board meeting")
    event = await ada.invite("Planning", meeting, calendar)
    await calendar.accept(event)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}rooms/{space['id']}")
        await page.get_by_text("This room is mapped to no mailbox").wait_for()
        await check_page(page)
        await page.get_by_role("link", name="Map to a mailbox").click()
        await page.get_by_text("Meetings that the room has accepted are booked here as they stand").wait_for()
        await check_page(page)
        user.troubles.announce("status of 422")
        await page.get_by_label("Connection to its tenant").select_option(label="simulator")
        await page.get_by_role("button", name="Map", exact=True).click()
        await page.get_by_text("A mail address looks like name@example.org.").wait_for()
        await check_page(page)
        await page.get_by_label("Address of the room mailbox").fill(calendar.address)
        await page.get_by_label("Connection to its tenant").select_option(label="simulator")
        await page.get_by_role("button", name="Map", exact=True).click()
        await page.locator("#progress").get_by_text("Finished").wait_for(timeout=SYNCED_MS)
        await page.get_by_text("Booked from Outlook").wait_for()
        await check_page(page)
        await page.get_by_role("link", name="First sync, with its report").click()
        await page.get_by_role("heading", name="First sync of 1 room").wait_for()
        await check_page(page)
        await page.get_by_role("link", name="All items").click()
        await page.get_by_text("Planning").wait_for()
        await check_page(page)

    room = BookableRoom(space, calendar)
    await booked(cast, room, meeting, held)
    await blocked(room, held)


async def test_c30_a_conflict_is_resolved_by_the_keyboard_alone_and_outlook_shows_it(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    both = await conflicting(cast)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await press(page, page.get_by_role("link", name="All conflicts"))
        await page.get_by_role("heading", name="Conflicts of the first sync", level=1).wait_for()
        await check_page(page)
        await page.goto(f"{stack.console.url}conflicts/{both.found['id']}")
        await check_page(page)
        await tab_to(page, page.get_by_label("What the organizer of what is not kept is told"))
        await page.keyboard.type("The board meets elsewhere.")
        await press(page, page.get_by_role("button", name="Keep Outlook"))
        await page.get_by_text("This conflict was resolved by Administrator").wait_for()
        await check_page(page)

    [live] = await booked(cast, both.room, both.when)
    assert live["title"] == "Planning"

    async def only_the_meeting_is_shown() -> None:
        shown = await subjects(both.room, both.when)
        expect(shown == {"Planning"}, f"the calendar shows {shown}")

    await eventually(only_the_meeting_is_shown)
    await no_conflicts(cast, both.room)


async def test_a18_a_proposal_is_taken_by_the_keyboard_alone_and_the_room_answers(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    name = named()
    calendar = await cast.room_mailbox("north", display_name=name)
    space = await cast.administrator.add_space(name)
    await list_rooms_anew(cast)
    await proposed(cast, space)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}rooms/proposals")
        await check_page(page)
        await page.get_by_role("button", name=f"Map {name} to").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="1 of 1 mapped").wait_for()
        await check_page(page)

    ada, when = await cast.user("ada"), slot()
    event = await ada.invite("Planning", when, calendar)
    await answered(ada, event, BookableRoom(space, calendar), "accepted", within_s=30)


@pytest.mark.parametrize("person", [ADMINISTRATOR, VIEWER])
async def test_every_list_of_rooms_and_what_a_viewer_sees_can_be_used_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path, person: str
) -> None:
    both = await conflicting(cast)
    import_id = (await cast.administrator.space(both.room.space))["mapping"]["import_id"]
    paths = [
        f"rooms?name={both.room.space['name']}",
        f"rooms/{both.room.space['id']}",
        "imports",
        f"imports/{import_id}",
        f"imports/{import_id}/items",
        f"conflicts?space={both.room.space['id']}",
        f"conflicts/{both.found['id']}",
        "conflicts?name=nowhere",
    ]
    if person == ADMINISTRATOR:
        paths.append("rooms/proposals")
    async with at_the_console(browser, stack, person, tmp_path) as user:
        for path in paths:
            await user.page.goto(f"{stack.console.url}{path}")
            await user.page.get_by_role("heading", level=1).wait_for()
            await check_page(user.page)
            is_offered = await user.page.locator('main form[method="post"]').count() > 0
            assert person == ADMINISTRATOR or not is_offered
