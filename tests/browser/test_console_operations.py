"""The console's operations in Chromium: parked messages are seen to and a brake is confirmed, by keyboard alone."""

import re
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from playwright.async_api import Browser

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
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
from tests.system.logged import compared_at_first

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
        await press(page, page.get_by_role("navigation").get_by_role("link", name="Operations"))
        await page.get_by_role("heading", name="Queues").wait_for()
        await press(page, page.get_by_role("navigation").get_by_role("link", name="Parked messages"))
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


async def brake(stack: LocalStack, room: BookableRoom, cancellations: int) -> None:
    """Have so many cancellations of a room wait, of which its next comparison will find none."""
    connection = await asyncpg.connect(stack.servers.postgres_url)
    try:
        await connection.execute(
            "UPDATE reconciler.rooms SET braked_at = now(), braked_cancels = $2, brake_problem = $3 "
            "WHERE space_id = $1",
            UUID(room.space["id"]),
            cancellations,
            LONG,
        )
    finally:
        await connection.close()


async def test_operations_can_be_used_by_everybody_and_a_brake_is_confirmed_by_the_keyboard_alone(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    name = f"{LONG[:200]}{uuid4().hex}"
    room = await cast.mapped(await cast.room_mailbox(), name)
    await cast.administrator.reserve(room.space, slot(), "Board meeting")
    await compared_at_first(stack, room)
    await brake(stack, room, 7)
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await press(page, page.get_by_role("navigation").get_by_role("link", name="Operations"))
        await page.get_by_role("heading", name="Brakes Look at this").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("link", name="All brakes"))
        await page.get_by_role("heading", name="Brakes", exact=True).wait_for()
        await check_page(page)
        await press(page, page.get_by_role("link", name=name[:40]))
        await page.get_by_role("heading", name="7 cancellations of").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Confirm the 7 cancellations"))
        confirmed = page.get_by_text(re.compile("confirmed 7 cancellations on"))
        await confirmed.wait_for()
        await check_page(page)

        async def is_over() -> None:
            await page.reload()
            expect(await page.get_by_text("No cancellations of this room wait to be confirmed.").count() == 1, page.url)

        await eventually(is_over)
        assert await confirmed.count() == 1
        await check_page(page)


async def test_the_drift_ledger_can_be_used_and_filtered_by_everybody(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    name = f"{LONG[:200]}{uuid4().hex}"
    room = await cast.mapped(await cast.room_mailbox(), name)
    await compared_at_first(stack, room)
    connection = await asyncpg.connect(stack.servers.postgres_url)
    await connection.execute(
        "INSERT INTO reconciler.drifts (space_id, kind, key_ical_uid, seen_as, found_at, last_seen_at, healed_at) "
        "VALUES ($1, 'different_time', 'uid', 'seen', now() - interval '1 minute', now(), now())",
        UUID(room.space["id"]),
    )
    await connection.close()
    async with at_the_console(browser, stack, VIEWER, tmp_path) as user:
        page = user.page
        await page.goto(f"{stack.console.url}operations/drifts")
        await page.get_by_label("Room").fill(name[-20:])
        await press(page, page.get_by_role("button", name="Show"))
        await page.wait_for_url(f"**room={name[-20:]}*")  # the whole list has it, too
        await page.get_by_text("after 1 minute").wait_for()
        await check_page(page)
        await page.goto(f"{stack.console.url}operations/drifts?room={name[-20:]}&state=open")
        await page.get_by_text("No drift fits this filter.").wait_for()
        await check_page(page)
