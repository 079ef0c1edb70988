"""The console as people of the tenant use it, after they have chosen who they are at the simulated login page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from deploy.local.stack import LocalStack
from tests.browser.browser_user import BrowserUser, at_a_browser

ADMINISTRATOR, APPROVER, VIEWER = (f"{name}@example.org" for name in ("administrator", "approver", "viewer"))


@asynccontextmanager
async def at_the_console(
    browser: Browser, stack: LocalStack, person: str, evidence: Path
) -> AsyncIterator[BrowserUser]:
    """Give somebody a browser in which they have signed in, on the first page of the console."""
    async with at_a_browser(browser, stack.policy_url, evidence=evidence) as user:
        await sign_in(browser, stack, person, user.page)
        await user.page.goto(stack.console.url)
        yield user


async def sign_in(browser: Browser, stack: LocalStack, person: str, page: Page) -> None:
    """Sign somebody in. The login page is not ours, so it is visited by a window that nobody watches."""
    login = await browser.new_context(ignore_https_errors=True)
    try:
        window = await login.new_page()
        await window.goto(stack.console.url)
        await window.locator(f'button[value="{person}"]').click()
        await window.wait_for_url(stack.console.url)
        cookies: list[Any] = list(await login.cookies(stack.console.url))
        await page.context.add_cookies(cookies)
    finally:
        await login.close()
