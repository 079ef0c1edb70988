"""Somebody who is signed in to the console, with a browser and without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from playwright.async_api import Page, async_playwright

from deploy.local.background import LOCAL
from deploy.local.chromium import bring_chromium
from tests.bench.figures import Incorrect
from tests.bench.ground import Ground
from tests.browser.browser_user import USUAL_SIZE, start_browser
from tests.browser.console import VIEWER, sign_in


@dataclass(frozen=True, slots=True)
class Visit:
    """A page of Chromium, and a client of HTTP that has the same session. `console` is the address of the console."""

    page: Page
    http: aiohttp.ClientSession
    console: str

    def timeline(self, below: str = "", **query: str) -> str:
        """Return the address of a timeline, or of what it asks for by itself."""
        return f"{self.console}timeline{below}?{urlencode({'zone': 'UTC', **query})}"

    async def fetch(self, address: str) -> bytes:
        """Read an address to the last byte. Raises Incorrect if it is refused."""
        async with self.http.get(address, allow_redirects=False) as answer:
            content = await answer.read()
        if answer.status != 200:
            raise Incorrect(f"{address} was answered {answer.status}: {content[:500].decode()}")
        return content


@asynccontextmanager
async def open_visit(ground: Ground) -> AsyncIterator[Visit]:
    """Start Chromium, sign somebody in, and close it. Raises CannotStart if there is no Chromium."""
    program = await bring_chromium(LOCAL / "bench", ground.say)
    url = ground.stack.console.url
    async with async_playwright() as playwright:
        browser = await start_browser(playwright, program)
        try:
            context = await browser.new_context(viewport=USUAL_SIZE, locale="en-GB")  # type: ignore[arg-type]
            page = await context.new_page()
            await sign_in(browser, ground.stack, VIEWER, page)
            cookies = "; ".join(f"{each['name']}={each['value']}" for each in await context.cookies(url))
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector, headers={"Cookie": cookies}) as http:
                yield Visit(page, http, url)
        finally:
            await browser.close()
