"""C20 and the console's pages in Chromium: what each role sees, and questions decided by the keyboard alone."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import answered, asked
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.browser.console import ADMINISTRATOR, APPROVER, VIEWER, at_the_console, sign_in
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers


async def asking_room(cast: Cast, name: str) -> BookableRoom:
    room = await cast.room(name)
    await cast.administrator.set_policy(room.space, "approval", {"when": "always", "approvers": [APPROVER]})
    return room


@pytest.mark.parametrize("person", [ADMINISTRATOR, APPROVER, VIEWER])
async def test_every_page_can_be_used_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path, person: str
) -> None:
    room, when, ada = await asking_room(cast, "Aurora" * 12), slot(), await cast.user("ada")
    await ada.invite("Planning" * 12, when, room.calendar)
    [question] = await asked(cast, room, when)
    async with at_the_console(browser, stack, person, tmp_path) as user:
        for section in ("Today", "Timeline", "Reservations", "Approvals", "Rooms", "Rules", "Connections", "Findings"):
            await press(user.page, user.page.get_by_role("navigation").get_by_role("link", name=section))
            await user.page.get_by_role("heading", level=1).wait_for()
            await check_page(user.page)
        await user.page.goto(f"{stack.console.url}approvals/{question['id']}")
        assert await user.page.get_by_role("button", name="Approve").count() == (0 if person == VIEWER else 1)
        await check_page(user.page)
        user.troubles.announce("status of 404")
        await user.page.goto(f"{stack.console.url}nowhere")
        await check_page(user.page)


async def test_c20_a_question_is_approved_by_the_keyboard_alone_and_outlook_shows_it(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when, ada = await asking_room(cast, "Borealis"), slot(), await cast.user("ada")
    event = await ada.invite("Planning", when, room.calendar)
    [question] = await asked(cast, room, when)
    async with at_the_console(browser, stack, APPROVER, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}approvals/{question['id']}")
        await tab_to(page, page.get_by_label("What the organizer is told with your decision"))
        await page.keyboard.type("The keys are at the desk.")
        await press(page, page.get_by_role("button", name="Approve"))
        await page.get_by_text("This was approved by Approver").wait_for()
        await check_page(page)

    await answered(ada, event, room, "accepted")
    [decided] = await cast.administrator.questions(room.space)
    assert (decided["state"], decided["comment"]) == ("approved", "The keys are at the desk.")
    assert decided["decided_by"]["name"] == "Approver"


async def test_a_form_that_outlived_its_session_is_kept_and_sent_again(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when, ada = await asking_room(cast, "Corona"), slot(), await cast.user("ada")
    event = await ada.invite("Planning", when, room.calendar)
    [question] = await asked(cast, room, when)
    async with at_the_console(browser, stack, APPROVER, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}approvals/{question['id']}")
        await page.get_by_label("What the organizer is told with your decision").fill("Only until noon.")
        await page.context.clear_cookies()
        user.troubles.announce("status of 401")
        await page.get_by_role("button", name="Reject").click()
        await page.get_by_role("heading", name="Please sign in again.").wait_for()
        await check_page(page)
        await sign_in(browser, stack, APPROVER, page)
        user.troubles.announce("status of 403")
        await page.get_by_role("button", name="Send again").click()
        await page.get_by_role("heading", name="Please look again.").wait_for()
        await page.get_by_role("button", name="Send again").click()
        await page.get_by_text("This was rejected by Approver").wait_for()

    await answered(ada, event, room, "declined")
    [decided] = await cast.administrator.questions(room.space)
    assert (decided["state"], decided["comment"]) == ("rejected", "Only until noon.")


async def test_after_signing_out_the_button_that_goes_back_shows_nothing_of_before(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when, ada = await asking_room(cast, "Meridian"), slot(), await cast.user("ada")
    await ada.invite("Planning", when, room.calendar)
    [question] = await asked(cast, room, when)

    async def answer_as_microsoft(route: Route) -> None:
        await route.fulfill(content_type="text/html", body="<p>This is the login service.</p>")

    async with at_the_console(browser, stack, APPROVER, tmp_path) as user:
        page = user.page
        await page.route(lambda url: url.startswith("https:"), answer_as_microsoft)
        await page.goto(f"{stack.console.url}approvals/{question['id']}")
        shown = page.get_by_text("Planning").first
        await shown.wait_for()
        user.troubles.announce("somebody else's server")
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_text("This is the login service.").wait_for()

        # It leads to the login service once more, whose certificate this browser does not know.
        user.troubles.announce("ERR_CERT_AUTHORITY_INVALID")
        async with page.expect_event("requestfailed") as led_on:
            await page.evaluate("history.back()")
        assert (await led_on.value).url.startswith("https:")
        assert await shown.count() == 0
