"""The console's operations in Chromium: a parked message is replayed by the keyboard alone, and another is dropped."""

import re
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Browser

from deploy.driver.cast import Cast
from deploy.driver.looks import answered
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from libs.common.clock import utc_now
from libs.common.settings import Settings
from libs.common.topology import Lane, QueueName
from libs.contracts.messages import DecideApproval
from libs.contracts.values import Person
from services.bus import codec
from tests.browser.console import ADMINISTRATOR, APPROVER, VIEWER, at_the_console
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers
from tests.support.listening import envelope
from tests.system.approving import asking_room, waiting
from tests.system.bus import park

pytestmark = on_real_servers

LONG = "no-sense-in-it-" * 20
"""Without a space: what programs say has to break where the screen ends."""


async def test_every_state_of_parked_messages_can_be_used_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    await cast.room()
    reason = f"{LONG}{uuid4()}"
    for _ in range(2):
        senseless = envelope(f'{{"title": "{LONG}"}}', kind="intent.issued.v2")
        await park(stack, senseless, QueueName("outbound", Lane.LIVE, 0), reason)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.get_by_role("heading", name="Parked messages").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("link", name="All that are parked"))
        await page.get_by_role("heading", name="By reason").wait_for()
        await check_page(page)
        await page.get_by_role("listitem").filter(has_text=reason).get_by_role("link", name="see to all 2").click()
        await page.get_by_role("heading", name="See to 2 parked messages").wait_for()
        await page.get_by_text("What is in message 1").click()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Drop all 2"))
        await page.get_by_role("heading", name="2 messages dropped").wait_for()
        await check_page(page)
        await page.goto(f"{stack.console.url}operations/parked?reason={reason}")
        await page.get_by_text("No parked message fits this filter.").or_(page.get_by_text("Nothing is")).wait_for()
        await check_page(page)


async def test_a_parked_message_is_replayed_by_the_keyboard_alone_and_what_it_asks_for_is_done(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    room = await asking_room(cast)
    ada, event, question = await waiting(cast, room, slot())
    by = Person(name="Grace", address="grace@contoso.example")
    decision = DecideApproval(approval_id=question["id"], ruling="approve", by=by)
    bus = codec(Settings())
    parked = bus.envelope(decision, message_id=uuid4(), correlation_id="test", lane=Lane.LIVE, sent_at=utc_now())
    await park(stack, parked, QueueName("policy", Lane.LIVE, parked.shard), "the ledger was being restored")
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await press(page, page.get_by_role("navigation").get_by_role("link", name="Parked"))
        await tab_to(page, page.get_by_label(re.compile(str(parked.message_id))), within=120)
        await page.keyboard.press("Space")
        await tab_to(page, page.get_by_role("button", name="See to the selected"), within=120)
        await page.keyboard.press("Enter")
        await page.get_by_text("The question is approved or rejected, and the room answers in Outlook").wait_for()
        await press(page, page.get_by_role("button", name="Replay it"))
        await page.get_by_role("heading", name="1 message replayed").wait_for()

    await answered(ada, event, room, "accepted")
    [decided] = await cast.administrator.questions(room.space)
    assert decided["state"] == "approved"


async def test_who_is_no_administrator_is_not_led_to_parked_messages(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    await cast.room()
    for person in (APPROVER, VIEWER):
        async with at_the_console(browser, stack, person, tmp_path) as user:
            assert await user.page.get_by_role("link", name="Parked").count() == 0
            user.troubles.announce("status of 403")
            await user.page.goto(f"{stack.console.url}operations/parked")
            await user.page.get_by_role("heading", name="This is not for your role.").wait_for()
            await check_page(user.page)
