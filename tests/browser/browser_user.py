"""Somebody with a browser of their own: an empty profile, one page, and everything noticed that goes wrong there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright

from tests.browser.troubles import Troubles

FLAGS = (
    "--headless",
    "--no-sandbox",  # Chromium has none as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine has a name: a page that loads from elsewhere fails at once instead of reaching it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
USUAL_SIZE = {"width": 1280, "height": 900}
PATIENCE_MS = 15_000
"""How long a page may take for whatever it is asked to do."""


@dataclass(frozen=True, slots=True)
class BrowserUser:
    """A person at a page. `evidence` is the directory where what they see is kept if the test fails."""

    page: Page
    troubles: Troubles
    evidence: Path

    async def keep(self) -> None:
        """Keep a picture and the HTML of every page that is open."""
        self.evidence.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self.page.context.pages, start=1):
            with suppress(Error):  # a page that crashed or closes has no more to show
                await page.screenshot(path=self.evidence / f"page-{number}.png", full_page=True)
                (self.evidence / f"page-{number}.html").write_text(await page.content(), encoding="utf-8")

    async def settle(self) -> None:
        """Wait until everything was heard that the pages have told of so far."""
        for page in self.page.context.pages:
            with suppress(Error):
                await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


async def start_browser(playwright: Playwright, program: Path) -> Browser:
    """Start Chromium with a new, empty profile, which is removed when it closes."""
    return await playwright.chromium.launch(executable_path=program, args=FLAGS)


@asynccontextmanager
async def at_a_browser(browser: Browser, *origins: str, evidence: Path) -> AsyncIterator[BrowserUser]:
    """Give somebody a browser while the context is open.

    Raises AssertionError at the end if something went wrong on their pages; what they saw is then in `evidence`.
    """
    troubles = Troubles(origins)
    context = await browser.new_context(viewport=USUAL_SIZE, locale="en-GB", timezone_id="UTC")  # type: ignore[arg-type]
    try:
        user = await _seat(context, troubles, evidence)
        try:
            yield user
            await user.settle()
            troubles.check()
        except (AssertionError, Error) as wrong:
            await user.keep()
            wrong.add_note(f"What the browser showed is in {evidence}")
            raise
    finally:
        await asyncio.shield(context.close())


async def _seat(context: BrowserContext, troubles: Troubles, evidence: Path) -> BrowserUser:
    await troubles.watch(context)
    context.set_default_timeout(PATIENCE_MS)
    return BrowserUser(await context.new_page(), troubles, evidence)
