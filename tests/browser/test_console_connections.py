"""Connections in Chromium: checked by the keyboard alone, and new words of an answer read in Outlook."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from deploy.driver.cast import Cast
from deploy.driver.looks import accepted_meeting, mailed
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.browser.console import ADMINISTRATOR, VIEWER, at_the_console
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers

CHECKED_MS = 60_000
"""How long a check may take until the page shows by itself that it has come through."""


async def connect(cast: Cast, name: str = "console") -> str:
    """Connect the tenant once more, for a test alone, and return the id of the connection."""
    called = await cast.administrator.connect(f"{cast.prefix}-{name}")
    known = (await cast.administrator.api.get("/v1/connections"))["items"]
    found: str = next(each["id"] for each in known if each["name"] == called)
    return found


async def test_a_connection_is_checked_by_the_keyboard_alone_and_its_settings_are_changed(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    connection = await connect(cast)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await press(page, page.get_by_role("navigation").get_by_role("link", name="Connections"))
        await tab_to(page, page.get_by_label("Connection", exact=True))
        await page.keyboard.type(f"{cast.prefix}-console")
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="simulator", exact=True).wait_for(state="detached")
        await check_page(page)
        await press(page, page.get_by_role("link", name=f"{cast.prefix}-console"))
        await page.get_by_text("Roomsync lists the rooms of the tenant anew").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Check now"))
        await page.get_by_text("All that waits for this connection is tried now.").wait_for()
        await page.get_by_text("The check has come through").wait_for(timeout=CHECKED_MS)
        await check_page(page)

        await press(page, page.get_by_role("link", name="Change settings"))
        await page.get_by_text("What was decided stays as it is").wait_for()
        await tab_to(page, page.get_by_label("Own domains"))
        await page.keyboard.press("Control+a")
        await page.keyboard.type("no domain")
        user.troubles.announce("status of 422")
        await press(page, page.get_by_role("button", name="Save the settings"))
        await page.get_by_text("Nothing was saved.").wait_for()
        await check_page(page)
        await tab_to(page, page.get_by_label("Own domains"))
        await page.keyboard.press("Control+a")
        await page.keyboard.type("contoso.example")
        await press(page, page.get_by_role("button", name="Save the settings"))
        await page.get_by_role("button", name="Check now").wait_for()
        await page.get_by_text("contoso.example").wait_for()

    found = await cast.administrator.api.get(f"/v1/connections/{connection}")
    assert found["own_domains"] == ["contoso.example"]


async def test_new_words_are_previewed_and_set_by_the_keyboard_alone_and_read_in_outlook(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    connection = await connect(cast)
    room = await cast.room("Vela", connection=f"{cast.prefix}-console")
    ada, when = await cast.user("ada"), slot()
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}connections/{connection}/answers")
        await check_page(page)
        await press(page, page.get_by_role("link", name="Accept", exact=True))
        await page.get_by_text("The answers of the room that is mapped through").wait_for()
        await check_page(page)
        await tab_to(page, page.get_by_label("The words"))
        await page.keyboard.press("Control+a")
        await page.keyboard.type("See you in {{ rom }}.")
        user.troubles.announce("status of 422")
        await press(page, page.get_by_role("button", name="Preview"))
        await page.get_by_text("Nothing was saved.").wait_for()
        await check_page(page)
        await tab_to(page, page.get_by_label("The words"))
        await page.keyboard.press("Control+a")
        await page.keyboard.type("See you in {{ room }}: {{ when }}.")
        await press(page, page.get_by_role("button", name="Preview"))
        await page.get_by_text("See you in Aurora: Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin).").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Set these words"))
        await page.get_by_text("Your words are set.").wait_for()
        await check_page(page)

        await accepted_meeting(ada, room, when)
        [mail] = await mailed(cast, ada, room, ["accepted"])
        asked = f"{when.start:%a %d %b %Y, %H:%M}-{when.end:%H:%M} (UTC)"
        assert mail["comment"] == f"See you in {room.space['name']}: {asked}."

        await press(page, page.get_by_role("button", name="Take my words back"))
        await page.get_by_text("The default is said again from now on.").wait_for()
    assert (await cast.administrator.api.get(f"/v1/connections/{connection}/answers/accept"))["is_default"]


@pytest.mark.parametrize("person", [ADMINISTRATOR, VIEWER])
async def test_every_page_of_connections_can_be_used_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path, person: str
) -> None:
    name = "Tenant" * 12
    connection = await connect(cast, name)
    domains = [f"department-{number}.contoso.example" for number in range(40)]
    long = [each * 64 for each in ("a", "b")]
    await cast.administrator.change_connection(f"{cast.prefix}-{name}", own_domains=domains, credentials=long)
    path = f"connections/{connection}"
    paths = ["connections", "connections?name=nowhere", path, f"{path}/answers", f"{path}/answers/decline"]
    if person == ADMINISTRATOR:
        paths += ["connections/new", f"{path}/tenant", f"{path}/credentials", f"{path}/delete"]
        paths += [f"{path}/change", f"{path}/answers/waiting_list_offer"]
    async with at_the_console(browser, stack, person, tmp_path) as user:
        for each in paths:
            await user.page.goto(f"{stack.console.url}{each}")
            await check_page(user.page)
            is_offered = await user.page.locator('main form[method="post"]').count() > 0
            assert person == ADMINISTRATOR or not is_offered
