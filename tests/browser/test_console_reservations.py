"""Reservations in the console: booked, moved and cancelled there, and Outlook follows."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import accepted_meeting, asked, blocked, booked, cancelled, unblocked
from deploy.driver.slots import Slot, slot
from deploy.local.stack import LocalStack, until_ready
from tests.browser.console import ADMINISTRATOR, APPROVER, VIEWER, at_the_console
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers


def clock(when: Slot) -> tuple[str, str]:
    """Return a slot as fields of a form have it, by the clock of a room in UTC."""
    return f"{when.start:%Y-%m-%dT%H:%M}", f"{when.end:%Y-%m-%dT%H:%M}"


async def write_times(page: Page, when: Slot) -> None:
    for label, text in zip(("Start", "End"), clock(when), strict=True):
        await page.get_by_label(label, exact=True).fill(text)


def new_at(stack: LocalStack, room: BookableRoom, when: Slot) -> str:
    """Return the address of the form for a slot, as the timeline has it."""
    start, end = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (when.start, when.end))
    return f"{stack.console.url}reservations/new?space={room.space['id']}&start={start}&end={end}"


async def test_a_room_is_booked_by_the_keyboard_alone_then_moved_and_cancelled_and_outlook_follows(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await cast.room("Aurora" * 12), slot()
    later = when.later(hours=3)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await press(page, page.get_by_role("navigation").get_by_role("link", name="Reservations"))
        await press(page, page.get_by_role("link", name="Book a space"))
        await page.get_by_role("heading", name="Which space?").wait_for()
        await check_page(page)
        await page.goto(new_at(stack, room, when))
        await tab_to(page, page.get_by_label("Title"))
        await page.keyboard.type("Planning" * 12)
        await check_page(page)
        await press(page, page.get_by_role("button", name="See what would be decided"))
        await page.get_by_text("an event of its own on the room's calendar shows the booking").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Book it"))
        await page.get_by_role("heading", name="What happened").wait_for()
        await check_page(page)
        await booked(cast, room, when)
        await blocked(room, when)

        await press(page, page.get_by_role("link", name="Move or change"))
        await write_times(page, later)
        await press(page, page.get_by_role("button", name="See what this will do"))
        await page.get_by_text("its old time becomes free").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Change it"))
        await page.get_by_role("heading", name="What happened").wait_for()
        await booked(cast, room, later)
        await blocked(room, later)
        await unblocked(room, when)

        await press(page, page.get_by_role("link", name="Cancel", exact=True))
        await page.get_by_text("the event that holds the time leaves the room's calendar").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Cancel it"))
        await page.get_by_role("heading", name="What happened").wait_for()
        await check_page(page)
    await cancelled(cast, room)
    await unblocked(room, later)


async def test_a_conflict_comes_back_with_an_alternative_that_is_taken(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when, ada = await cast.room("Borealis"), slot(), await cast.user("ada")
    await accepted_meeting(ada, room, when)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(new_at(stack, room, when))
        await page.get_by_label("Title").fill("Review")
        user.troubles.announce("status of 409")
        await page.get_by_role("button", name="See what would be decided").click()
        await page.get_by_role("heading", name="It cannot be booked like that").wait_for()
        await check_page(page)
        await page.get_by_role("alert").get_by_role("link").first.click()
        await page.get_by_role("button", name="See what would be decided").click()
        await page.get_by_role("button", name="Book it").click()
        await page.get_by_role("heading", name="What happened").wait_for()
    await booked(cast, room, when, when.later(minutes=60))


async def test_of_two_administrators_the_second_learns_who_was_first_and_loses_nothing(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await cast.room("Corona"), slot()
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(new_at(stack, room, when))
        await page.get_by_label("Title").fill("Planning")
        await page.get_by_role("button", name="See what would be decided").click()
        await page.get_by_role("button", name="Book it").click()
        await page.get_by_role("heading", name="What happened").wait_for()
        await page.get_by_role("link", name="Move or change").click()
        other = await page.context.new_page()
        await other.goto(page.url)
        await page.get_by_label("Title").fill("First")
        await page.get_by_role("button", name="See what this will do").click()
        await page.get_by_role("button", name="Change it").click()
        await page.get_by_role("heading", name="What happened").wait_for()

        await other.get_by_label("Title").fill("Second")
        user.troubles.announce("status of 412")
        await other.get_by_role("button", name="See what this will do").click()
        await other.get_by_text("Administrator was first.").wait_for()
        assert await other.get_by_label("Title").input_value() == "Second"
        await check_page(other)
        await other.get_by_role("button", name="See what this will do").click()
        await other.get_by_role("button", name="Change it").click()
        await other.get_by_role("heading", name="What happened").wait_for()
    [made] = await booked(cast, room, when)
    assert made["title"] == "Second"


async def test_a_form_that_cannot_be_used_and_a_reservation_that_waits_can_be_read_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when, ada = await cast.room("Zenith"), slot(), await cast.user("ada")
    await cast.administrator.set_policy(room.space, "approval", {"when": "always", "approvers": [APPROVER]})
    await ada.invite("Planning", when, room.calendar)
    await asked(cast, room, when)
    [waiting] = await cast.administrator.reservations(room.space, "pending")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}reservations/{waiting['id']}")
        await page.get_by_role("heading", name="What happened").wait_for()
        await check_page(page)
        await page.goto(new_at(stack, room, Slot(when.end, when.start)))
        await page.get_by_label("Title").fill("Planning")
        user.troubles.announce("status of 422")
        await page.get_by_role("button", name="See what would be decided").click()
        await page.locator("[aria-invalid]").first.wait_for()
        await check_page(page)


async def test_a_form_that_is_open_while_the_server_is_restarted_is_sent_as_if_nothing_had_been(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room, when = await cast.room("Equinox"), slot()
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(new_at(stack, room, when))
        await page.get_by_label("Title").fill("Planning")
        await page.get_by_role("button", name="See what would be decided").click()
        book = page.get_by_role("button", name="Book it")
        await book.wait_for()
        stack.processes["policy"].kill()
        await until_ready(stack)
        await book.click()
        await page.get_by_role("heading", name="What happened").wait_for()
    await booked(cast, room, when)


@pytest.mark.parametrize("person", [ADMINISTRATOR, VIEWER])
async def test_a_series_and_a_meeting_of_outlook_can_be_read_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path, person: str
) -> None:
    room, when, ada = await cast.room("Umbra"), slot(), await cast.user("ada")
    await accepted_meeting(ada, room, when)
    [meeting] = await booked(cast, room, when)
    rule = "FREQ=WEEKLY;COUNT=3"
    group = await cast.administrator.reserve_group(room.space, when.later(hours=3), "Seminar", rrule=rule)
    async with at_the_console(browser, stack, person, tmp_path) as user:
        page, root = user.page, stack.console.url
        for path in ("reservations", f"reservations/{meeting['id']}", f"series/{group['id']}"):
            await page.goto(f"{root}{path}")
            await page.get_by_role("heading", level=1).wait_for()
            await check_page(page)
        if person == ADMINISTRATOR:
            await page.get_by_role("link", name="Cancel all to come").click()
            await page.locator("#does-all").get_by_text("3 dates will be cancelled").wait_for()
            await check_page(page)
            await page.goto(f"{root}reservations/{meeting['id']}/change")
            await check_page(page)
