"""C12, A18 in the console: a tenant is connected, its credentials rotated, its connection deleted, in Chromium."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.driver.cast import Cast
from deploy.driver.looks import answered
from deploy.driver.mapping import proposed
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.browser.console import ADMINISTRATOR, at_the_console
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers
from tests.support.proofs import certificate_pem
from tests.system.credentials import TestedConnection
from tests.system.test_mapping import named

pytestmark = on_real_servers

LOOKED_MS = 30_000
"""How long the reconciler may take until it has looked at a credential, which the page shows by itself."""
CHECKED_MS = 60_000


async def write(page: Page, label: str, text: str) -> None:
    """Go to a field by the keyboard, and write into it in place of what stands there."""
    await tab_to(page, page.get_by_label(label))
    await page.keyboard.press("Control+a")
    await page.keyboard.type(text)


async def the_one(cast: Cast, name: str) -> dict[str, str]:
    """Return the connection of a name."""
    known = (await cast.administrator.api.get("/v1/connections"))["items"]
    found: dict[str, str] = next(each for each in known if each["name"] == name)
    return found


@pytest.mark.timeout(600)
async def test_a_tenant_is_connected_checked_mapped_from_and_disconnected_by_the_keyboard_alone(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    connection, known, called = TestedConnection(cast, stack), await the_one(cast, "simulator"), named()
    room = await cast.room_mailbox("north", display_name=called, capacity=12)
    space = await cast.administrator.add_space(f"Room {called}", capacity=12)
    secret = (await cast.tenant.add_credential(kind="secret"))["secret"]
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await press(page, page.get_by_role("navigation").get_by_role("link", name="Connections"))
        await press(page, page.get_by_role("link", name="Connect a tenant"))
        await page.get_by_text("Connecting changes nothing in Outlook.").wait_for()
        await check_page(page)
        await write(page, "Name", connection.name)
        await tab_to(page, page.get_by_label("Cloud"))
        await page.keyboard.type("The sim")
        await write(page, "Tenant", known["tenant_id"])
        await write(page, "Application (client) id", known["client_id"])
        await write(page, "First credential", secret)
        user.troubles.announce("status of 422")
        await press(page, page.get_by_role("button", name="Connect the tenant"))
        await page.get_by_text("is not shown again, in case it was a secret").first.wait_for()
        assert secret not in await page.content()
        await check_page(page)

        await write(page, "First credential", connection.file("first"))
        await press(page, page.get_by_role("button", name="Connect the tenant"))
        await page.get_by_role("heading", name="What to do next").wait_for()
        await page.get_by_text("there is no such file in ROOMSYNC_SECRETS_DIR").first.wait_for(timeout=LOOKED_MS)
        await page.get_by_text("Mend what is found below").wait_for()
        await page.get_by_text("RS145").wait_for()
        await check_page(page)

        await connection.put_secret("first")
        await press(page, page.get_by_role("button", name="Check now"))
        await page.get_by_text("The check has come through").wait_for(timeout=CHECKED_MS)
        await page.get_by_text("The rooms of the tenant are known.").wait_for()
        await check_page(page)
        made = await the_one(cast, connection.name)
        assert (await proposed(cast, space))["connection"] == made["id"]
        await press(page, page.get_by_role("link", name="Proposals for mapping"))
        await page.get_by_role("row").filter(has_text=room.address).get_by_text(connection.name).wait_for()

        await page.goto(f"{stack.console.url}connections/{made['id']}")
        await press(page, page.get_by_role("link", name="Disconnect"))
        await page.get_by_text("The words that were set for its answers are deleted.").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name="Delete this connection"))
        await page.get_by_role("link", name="Connect a tenant").wait_for()
        await expect(page.get_by_text(connection.name)).to_have_count(0)
    assert secret not in "".join(each.log.read_text() for each in stack.processes.values())
    assert all(each["id"] != made["id"] for each in (await cast.administrator.api.get("/v1/connections"))["items"])


@pytest.mark.timeout(600)
async def test_c12_a_credential_is_rotated_in_the_console_and_the_running_system_uses_the_new_one(
    cast: Cast, stack: LocalStack, browser: Browser, tmp_path: Path
) -> None:
    connection, ada = TestedConnection(cast, stack), await cast.user("ada")
    await connection.put_secret("first")
    await connection.connect("first")
    room = await connection.room()
    before = await ada.invite("Planning", slot(days=1), room.calendar)
    await answered(ada, before, room, "accepted", within_s=30)
    await connection.put_certificate("second", certificate_pem())
    first, second = connection.file("first"), connection.file("second")
    path = f"{stack.console.url}connections/{(await the_one(cast, connection.name))['id']}"
    async with at_the_console(browser, stack, ADMINISTRATOR, tmp_path) as user:
        page = user.page
        await page.goto(path)
        await press(page, page.get_by_role("link", name="Change its credentials"))
        await page.get_by_text("Nothing has to be started again").wait_for()
        await write(page, "Second credential", second)
        await press(page, page.get_by_role("button", name="Name these credentials"))
        row = page.get_by_role("row").filter(has_text=second)
        await row.get_by_text("Certificate", exact=True).wait_for(timeout=LOOKED_MS)
        await row.get_by_text("days").first.wait_for()
        await check_page(page)

        await press(page, page.get_by_role("link", name="Change its credentials"))
        await page.get_by_text(f"Then only {second} is named. Nothing is known against it.").wait_for()
        await check_page(page)
        await press(page, page.get_by_role("button", name=f"Take {first} away"))
        await page.get_by_text("Its credentials are read and tried within seconds.").wait_for()
        await expect(page.get_by_text(first)).to_have_count(0)
        await page.goto(f"{path}/delete")
        await page.get_by_text("Unmap each, or map it through another connection").wait_for()
        await check_page(page)

    await connection.revoke(connection.registered["first"])
    after = await ada.invite("Planning", slot(days=2), room.calendar)
    # No token of before counts any more, and only the second credential is named: it was answered by that one.
    await answered(ada, after, room, "accepted", within_s=60)
    await connection.found()
