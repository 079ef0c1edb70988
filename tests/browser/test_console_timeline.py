"""The timeline in Chromium: as a calendar and as a table, live, by the mouse and by the keyboard alone."""

from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Browser, Locator, Page, expect

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import answered
from deploy.driver.slots import Slot, slot
from deploy.local.stack import LocalStack
from tests.browser.console import VIEWER, at_the_console
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers

LIVE_MS = 10_000


def address(stack: LocalStack, room: BookableRoom, when: Slot, **more: str) -> str:
    """Return the address of the timeline of one room on the day of a slot."""
    query = {"name": room.space["name"], "from": f"{when.start:%Y-%m-%d}", "zone": "UTC", **more}
    return f"{stack.console.url}timeline?{urlencode(query)}"


async def some_room(cast: Cast, name: str = "Aurora") -> BookableRoom:
    """Create a room that no other test has by that name."""
    return await cast.room(f"{name} {cast.prefix}")


def shown(page: Page, title: str) -> Locator:
    return page.locator("#calendar .ec-event:not(.ec-bg-event)", has_text=title)


async def test_what_is_invited_moved_and_cancelled_in_outlook_shows_at_once_on_an_open_timeline(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when, ada = await some_room(cast), slot(), await cast.user("ada")
    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        page = user.page
        await page.goto(address(stack, room, when))
        await page.locator("#calendar[data-at]").wait_for()
        await expect(shown(page, "Planning")).to_have_count(0)

        event = await ada.invite("Planning", when, room.calendar)
        await answered(ada, event, room, "accepted")
        await expect(shown(page, "Planning")).to_have_count(1, timeout=LIVE_MS)
        await check_page(page)
