"""People sign in to the console of a running system, and out again, by a browser."""

import re
from collections.abc import AsyncIterator
from html import unescape

import aiohttp
import pytest_asyncio
from yarl import URL

from deploy.local.stack import LocalStack

FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest_asyncio.fixture
async def browser(stack: LocalStack) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that takes plain HTTP to this machine for secure, as real ones do."""
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(stack.console.origin))
    connector = aiohttp.TCPConnector(ssl=stack.endpoints.trust)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as http:
        yield http


async def test_somebody_signs_in_and_out(stack: LocalStack, browser: aiohttp.ClientSession) -> None:
    console = stack.describe()["console"]["url"]
    async with browser.get(console) as login:
        assert str(login.url).startswith(stack.simulator.authority)
        asked = login.url

    async with browser.post(asked, data={"person": "administrator@example.org"}) as signed_in:
        assert signed_in.status == 200
        assert signed_in.headers["refresh"] == "0; url=/console/"

    async with browser.get(console) as page:
        shown = await page.text()
    assert page.status == 200
    assert "Administrator" in shown

    [token] = set(FORM_TOKEN.findall(shown))
    form, headers = {"csrf_token": unescape(token)}, {"origin": stack.console.origin}
    async with browser.post(f"{console}sign-out", data=form, headers=headers) as left:
        way_out = left.headers["refresh"].removeprefix("0; url=")
    async with browser.get(way_out) as back:
        assert str(back.url) == f"{console}signed-out"
    async with browser.get(console) as login:
        assert str(login.url).startswith(stack.simulator.authority)


async def test_the_api_has_no_use_for_who_signed_in(stack: LocalStack, browser: aiohttp.ClientSession) -> None:
    async with browser.get(stack.console.url) as login:
        asked = login.url
    async with browser.post(asked, data={"person": "administrator@example.org"}) as signed_in:
        assert signed_in.status == 200
    async with browser.get(f"{stack.policy_url}/v1/spaces") as answer:
        assert answer.status == 401
