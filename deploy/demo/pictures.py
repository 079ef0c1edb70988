"""`make pictures`: play the demo, then take the pictures of the console that docs/console.md shows.

They show the demo's world, and beside it a building that is in use, so that a timeline has something to show.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright
from rich.console import Console

from deploy.demo.scenes import SCENES
from deploy.demo.story import Story
from deploy.driver.cast import BookableRoom, Cast, open_cast
from deploy.driver.http import Json
from deploy.driver.looks import asked, booked
from deploy.driver.slots import slot
from deploy.local.background import LOCAL, until_stopped
from deploy.local.chromium import bring_chromium
from deploy.local.options import Mode
from deploy.local.stack import LocalStack, local_stack

PICTURES = Path(__file__).parents[2] / "docs" / "console"
PERSON = "administrator@example.org"
SIZE = ViewportSize(width=1280, height=860)
PATIENCE_MS = 20_000
OFTEN_SWEPT = {"ROOMSYNC_SWEEP_INTERVAL_S": "10"}
"""As the demo is: some of its scenes wait for a sweep."""

BUILDING = "Observatory"

_ROOMS = (("Andromeda", 12), ("Cassiopeia", 8), ("Draco", 6), ("Hydra", 40), ("Pegasus", 4))
_BOOKED = (
    # Which room, at which hour, for how many minutes, and what for.
    (0, 9, 60, "Planning"),
    (0, 13, 90, "Board meeting"),
    (1, 8, 120, "Training"),
    (1, 14, 45, "Interview"),
    (2, 10, 30, "Planning"),
    (3, 9, 150, "Lecture"),
    (4, 11, 60, "Interview"),
    (4, 12, 30, "Planning"),
)
_INVITED = ((0, 11, 60, "Review"), (2, 12, 120, "Workshop"), (4, 14, 60, "Retrospective"))
_TO_APPROVE = (3, 13, 120, "Concert")

_PAGES = {
    "today": "",
    "timeline": f"timeline?building={BUILDING}&from={slot().start:%Y-%m-%d}",
    "reservations": "reservations",
    "approvals": "approvals",
    "rules": "rules",
    "rooms": "rooms",
    "connections": "connections",
    "operations": "operations",
}


async def take(console: Console) -> int:
    """Take all pictures, in place of those that are there. Raises CannotStart."""
    PICTURES.mkdir(exist_ok=True)
    program = await bring_chromium(LOCAL / "demo", console.print)
    async with _world(console) as (stack, reservation), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--lang=en-GB"])
        try:
            page = await _signed_in(browser, stack)
            for name, address in {**_PAGES, "reservation": f"reservations/{reservation['id']}"}.items():
                await page.goto(f"{stack.console.url}{address}")
                await _take(page, name, console)
        finally:
            await browser.close()
    return 0


@asynccontextmanager
async def _world(console: Console) -> AsyncIterator[tuple[LocalStack, Json]]:
    """Run a system in which the demo was played and a building is in use; yield it with one of the reservations."""

    def say(sentence: str) -> None:
        console.print(sentence, style="dim")

    quiet = Console(quiet=True)
    async with (
        local_stack(Mode.REAL, LOCAL / "demo", say=say, env=OFTEN_SWEPT) as stack,
        open_cast(stack.endpoints, "demo") as cast,
    ):
        for scene in SCENES:
            say(f"Playing {scene.number}.")
            await scene.play(cast, Story(quiet, scene.number, scene.title))
        yield stack, await _use_a_building(cast)


async def _use_a_building(cast: Cast) -> Json:
    """Book and invite rooms; return the reservation that a meeting in Outlook made."""
    rooms = [await _room(cast, name, capacity) for name, capacity in _ROOMS]
    for place, hour, minutes, title in _BOOKED:
        await cast.administrator.reserve(rooms[place].space, slot(hour=hour, minutes=minutes), title)
    ada = await cast.user("Ada")
    for place, hour, minutes, title in _INVITED:
        await ada.invite(title, slot(hour=hour, minutes=minutes), rooms[place].calendar)
    place, hour, minutes, title = _TO_APPROVE
    rule = {"when": "always", "approvers": [cast.approver("Grace").address]}
    await cast.administrator.set_policy(rooms[place].space, "approval", rule)
    when = slot(hour=hour, minutes=minutes)
    await ada.invite(title, when, rooms[place].calendar)
    await asked(cast, rooms[place], when)
    first = [slot(hour=hour, minutes=minutes) for place, hour, minutes, _ in (*_BOOKED, *_INVITED) if place == 0]
    return next(each for each in await booked(cast, rooms[0], *first) if each["origin"] == "outlook")


async def _room(cast: Cast, name: str, capacity: int) -> BookableRoom:
    calendar = await cast.room_mailbox(name, capacity=capacity)
    return await cast.mapped(calendar, name, capacity=capacity, building=BUILDING)


async def _signed_in(browser: Browser, stack: LocalStack) -> Page:
    """Open a page of somebody who has signed in at the simulated login page."""
    context = await browser.new_context(viewport=SIZE, locale="en-GB", timezone_id="UTC", ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(stack.console.url)
    await page.locator(f'button[value="{PERSON}"]').click()
    await page.wait_for_url(stack.console.url)
    return page


async def _take(page: Page, name: str, console: Console) -> None:
    if name == "timeline":
        await page.locator("#calendar .event").first.wait_for()
    path = PICTURES / f"{name}.png"
    await page.screenshot(path=path)
    console.print(f"{path.relative_to(PICTURES.parents[1])}")


if __name__ == "__main__":
    sys.exit(until_stopped(take(Console(highlight=False))))
