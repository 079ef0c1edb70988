"""Series in the console: their rule is changed there, and Outlook follows."""

from pathlib import Path

from playwright.async_api import Browser, Page

from deploy.driver.cast import Cast
from deploy.driver.looks import accepted_series, booked, group_of
from deploy.driver.slots import slot, weeks
from deploy.local.stack import LocalStack
from tests.browser.console import ADMINISTRATOR, at_the_console
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers
from tests.browser.test_console_reservations import clock
from tests.system.test_groups import in_step

pytestmark = on_real_servers


async def write(page: Page, label: str, text: str) -> None:
    await page.get_by_label(label, exact=True).fill(text)


async def test_the_rule_of_a_series_is_changed_by_the_keyboard_alone_and_outlook_shows_the_new_dates(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await cast.room("Umbra"), slot(hour=9)
    group = await cast.administrator.reserve_group(room.space, when, "Seminar", rrule="FREQ=WEEKLY;COUNT=4")
    await in_step(cast, room, *weeks(when, 4), events=1)
    later = when.later(hours=2)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}series/{group['id']}")
        await press(page, page.get_by_role("link", name="Change the series"))
        await page.get_by_role("heading", name="Change the series Seminar").wait_for()
        await check_page(page)
        start, end = clock(later)
        await write(page, "Start of the first date", start)
        await write(page, "End of the first date", end)
        await tab_to(page, page.get_by_label("Repeats"))
        await page.keyboard.type("By the rule")
        await write(page, "How many times", "")
        await write(page, "The rule, in the words of RFC 5545", "FREQ=WEEKLY;INTERVAL=2;COUNT=3")
        await press(page, page.get_by_role("button", name="See what this will do"))
        await page.get_by_text("2 dates will be moved to another time.").wait_for()
        await page.get_by_text("one recurring event on the room's calendar shows the dates").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Change it"))
        await page.get_by_text("Every 2 weeks on").first.wait_for()
        await check_page(page)
    fortnightly = weeks(later, 5)[::2]
    await in_step(cast, room, *fortnightly, events=1)


async def test_a_refused_change_names_the_date_and_a_moved_one_says_for_when_it_was_planned(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await cast.room("Penumbra"), slot(hour=9)
    first, second, third = weeks(when, 3)
    group = await cast.administrator.reserve_group(room.space, when, "Seminar", rrule="FREQ=WEEKLY;COUNT=3")
    [_, date, _] = await booked(cast, room, first, second, third)
    await cast.administrator.move(date, second.later(hours=5))
    await cast.administrator.reserve(room.space, third.later(hours=2), "Review")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}series/{group['id']}")
        await page.get_by_role("row").nth(2).get_by_text("Planned for").wait_for()
        assert await page.get_by_text("Planned for").count() == 1
        await check_page(page)
        await page.get_by_role("link", name="Change the series").click()
        start, end = clock(when.later(hours=2))
        await write(page, "Start of the first date", start)
        await write(page, "End of the first date", end)
        user.troubles.announce("status of 409")
        await page.get_by_role("button", name="See what this will do").click()
        await page.get_by_role("alert").get_by_text("cannot be booked").wait_for()
        await check_page(page)


async def test_a_series_of_outlook_says_that_its_rule_is_its_organizers(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await cast.room("Antumbra"), slot(hour=9)
    await accepted_series(cast, room, when, 3)
    group = await group_of(cast, room)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}series/{group['id']}")
        await page.get_by_text("how it repeats is its organizer's").wait_for()
        assert await page.get_by_role("link", name="Change the series").count() == 0
        await check_page(page)
        user.troubles.announce("status of 409")
        await page.goto(f"{stack.console.url}series/{group['id']}/change")
        await page.get_by_text("A series that was made in Outlook belongs to its organizer").wait_for()
        await check_page(page)
