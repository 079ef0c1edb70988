"""The timeline in Chromium: as a calendar and as a table, live, by the mouse and by the keyboard alone."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import answered
from deploy.driver.slots import Slot, slot
from deploy.local.stack import LocalStack, until_ready
from tests.browser.console import ADMINISTRATOR, VIEWER, at_the_console
from tests.browser.keyboard import press
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers

LIVE_MS = 10_000
TOLD_S = 2.0
"""An open page has surely been told of a change by then, and has asked for what there is."""

SCRIPTS = """performance.getEntriesByType("resource").map((each) => new URL(each.name).pathname)
    .filter((each) => each.endsWith(".js"))"""


def address(stack: LocalStack, room: BookableRoom, when: Slot, **more: str) -> str:
    """Return the address of the timeline of one room on the day of a slot."""
    query = {"name": room.space["name"], "from": f"{when.start:%Y-%m-%d}", "zone": "UTC", **more}
    return f"{stack.console.url}timeline?{urlencode(query)}"


async def some_room(cast: Cast, name: str = "Aurora") -> BookableRoom:
    """Create a room that no other test has by that name."""
    return await cast.room(f"{name} {cast.prefix}")


@pytest.mark.parametrize("view", ["calendar", "table"])
async def test_what_is_invited_moved_and_cancelled_in_outlook_shows_at_once_on_an_open_timeline(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path, view: str
) -> None:
    room, when, ada = await some_room(cast), slot(), await cast.user("ada")
    later = when.later(hours=2)
    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        page = user.page
        await page.goto(address(stack, room, when, view=view))
        await is_live(page, view)
        await expect(found(page, view, "Planning")).to_have_count(0)

        event = await ada.invite("Planning", when, room.calendar)
        await expect(found(page, view, "Planning")).to_have_count(1, timeout=LIVE_MS)
        await answered(ada, event, room, "accepted")
        await check_page(page)
        await ada.move(event, later)
        await expect(at_time(page, view, later)).to_have_count(1, timeout=LIVE_MS)
        await expect(at_time(page, view, when)).to_have_count(0)
        await ada.cancel(event)
        await expect(found(page, view, "Planning")).to_have_count(0, timeout=LIVE_MS)


async def test_a_page_that_was_out_of_sight_or_cut_off_shows_what_it_missed(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await some_room(cast), slot()
    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        page = user.page
        await page.goto(address(stack, room, when))
        await is_live(page, "calendar")
        stack.processes["policy"].kill()
        user.troubles.announce("ERR_CONNECTION_REFUSED")
        user.troubles.announce("ERR_INCOMPLETE_CHUNKED_ENCODING")
        await until_ready(stack)

        await cast.administrator.reserve(room.space, when, "Planning")
        await expect(found(page, "calendar", "Planning")).to_have_count(1, timeout=2 * LIVE_MS)


async def test_a_time_that_is_dragged_leads_to_the_form_for_it(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await some_room(cast), slot()
    reservation = await cast.administrator.reserve(room.space, when, "Planning")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(address(stack, room, when))
        event = found(page, "calendar", "Planning")
        await event.wait_for()
        box = await event.bounding_box()
        assert box is not None
        hour, middle = box["width"], box["y"] + box["height"] / 2

        await page.mouse.move(box["x"] + hour / 2, middle)
        await page.mouse.down()
        await page.mouse.move(box["x"] + hour * 2.5, middle, steps=8)
        await page.mouse.up()
        await page.wait_for_url(f"**/reservations/{reservation['id']}/change?**")
        times = query_of(page.url)
        assert times == {"start": f"{when.start:%Y-%m-%dT}11:00", "end": f"{when.start:%Y-%m-%dT}12:00"}

        await page.goto(address(stack, room, when))
        await event.wait_for()
        await page.mouse.move(box["x"] + hour * 3.1, middle)
        await page.mouse.down()
        await page.mouse.move(box["x"] + hour * 3.9, middle, steps=8)
        await page.mouse.up()
        await page.wait_for_url("**/reservations/new?**")
        times = query_of(page.url)
        assert times.pop("space") == room.space["id"]
        assert times == {"start": f"{when.start:%Y-%m-%dT}12:00", "end": f"{when.start:%Y-%m-%dT}13:00"}


async def test_what_is_dropped_into_another_space_stays_and_the_next_click_opens_it(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, other, when = await some_room(cast), await some_room(cast), slot()
    reservation = await cast.administrator.reserve(room.space, when, "Planning")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(address(stack, room, when))
        event = found(page, "calendar", "Planning")
        await event.wait_for()
        box, target = await event.bounding_box(), await lane_of(page, other).bounding_box()
        assert box is not None
        assert target is not None

        await page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
        await page.mouse.down()
        await page.mouse.move(box["x"] + 10, target["y"] + target["height"] / 2, steps=8)
        await page.mouse.up()
        await expect(page.get_by_text("A reservation stays in its space.")).to_be_visible()
        await event.click()
        await page.wait_for_url(f"**/reservations/{reservation['id']}")


async def test_rows_that_are_out_of_sight_are_filled_too(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    building, when = f"Tower {cast.prefix}", slot()
    spaces = [await cast.administrator.add_space(f"Row {number:02}", building=building) for number in range(40)]
    for space in (spaces[0], spaces[-1]):
        await cast.administrator.reserve(space, when, "Planning")
    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        query = {"building": building, "from": f"{when.start:%Y-%m-%d}", "zone": "UTC"}
        await user.page.goto(f"{stack.console.url}timeline?{urlencode(query)}")
        await expect(found(user.page, "calendar", "Planning")).to_have_count(2)
        await expect(user.page.locator("#calendar .unfilled")).to_have_count(0)


async def test_an_answer_that_took_longer_does_not_replace_a_later_one(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await some_room(cast), slot()
    asked, may_arrive = asyncio.Event(), asyncio.Event()

    async def be_late(route: Route) -> None:
        answer = await route.fetch()
        if not asked.is_set():
            asked.set()
            await may_arrive.wait()
        await route.fulfill(response=answer)

    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        page = user.page
        await page.route("**/timeline/schedule?*", be_late)
        await page.goto(address(stack, room, when))
        await page.locator("[data-changes][data-live]").wait_for()
        await asked.wait()
        await cast.administrator.reserve(room.space, when, "Planning")
        await asyncio.sleep(TOLD_S)
        may_arrive.set()
        await expect(found(page, "calendar", "Planning")).to_have_count(1)
        await asyncio.sleep(TOLD_S)
        await expect(found(page, "calendar", "Planning")).to_have_count(1)
        await page.unroute_all(behavior="wait")


@pytest.mark.parametrize("days", ["7", "31"])
async def test_many_days_can_be_used_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path, days: str
) -> None:
    room, when = await some_room(cast), slot(minutes=15)
    for number in range(3):
        await cast.administrator.reserve(room.space, when.later(minutes=15 * number), f"Meeting {number}")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        await user.page.goto(address(stack, room, when, days=days))
        await expect(found(user.page, "calendar", "Meeting")).to_have_count(3)
        await check_page(user.page)


async def test_what_is_booked_is_opened_by_the_keyboard_alone(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await some_room(cast), slot()
    reservation = await cast.administrator.reserve(room.space, when, "Planning")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(address(stack, room, when))
        await found(page, "calendar", "Planning").wait_for()
        scripts: list[str] = await page.evaluate(SCRIPTS)
        assert scripts
        assert len(scripts) == len(set(scripts)), "a script that runs twice does everything twice"
        await press(page, found(page, "calendar", "Planning"))
        await page.wait_for_url(f"**/reservations/{reservation['id']}")


async def is_live(page: Page, view: str) -> None:
    """Wait until a page shows what there is, and is told of what changes."""
    if view == "calendar":
        await page.locator("#calendar[data-at]").wait_for()
    await page.locator("[data-changes][data-live]").wait_for()


def lane_of(page: Page, room: BookableRoom) -> Locator:
    """Return where a room has what it is booked for."""
    return page.locator(f'#calendar .lane[data-space="{room.space["id"]}"]')


def found(page: Page, view: str, title: str) -> Locator:
    """Return what has this title: of the calendar, or of the table."""
    events = "#calendar a.event" if view == "calendar" else "#list tbody tr"
    return page.locator(events, has_text=title)


def at_time(page: Page, view: str, when: Slot) -> Locator:
    """Return what is shown at a time of UTC."""
    if view == "calendar":
        return page.locator(f'#calendar a.event[title*="{when.start:%H:%M} to {when.end:%H:%M}"]')
    return found(page, view, f"{when.start:%H:%M}")


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
