"""The simulated login page as a browser uses it: cookies are kept, and redirects are told instead of followed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from tests.support.simulator import Simulator

_CHOICE = re.compile(r'name="person" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class LoginAnswer:
    """What the login service answers: a page, or an address to go to."""

    status: int
    text: str
    location: str | None

    @property
    def people(self) -> list[str]:
        """The addresses that can be chosen."""
        return [unescape(each) for each in _CHOICE.findall(self.text)]

    @property
    def answer(self) -> dict[str, str]:
        """What the application is told by the address."""
        assert self.location is not None, self.text
        return dict(parse_qsl(urlsplit(self.location).query))


class LoginPage:
    """The login service in one browser."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def open(self, uri: str) -> LoginAnswer:
        """Go to an address of the login service."""
        async with self._http.get(uri, allow_redirects=False) as answer:
            return await _shown(answer)

    async def choose(self, uri: str, address: str) -> LoginAnswer:
        """Sign in as somebody."""
        async with self._http.post(uri, data={"person": address}, allow_redirects=False) as answer:
            return await _shown(answer)

    async def cancel(self, uri: str) -> LoginAnswer:
        """Think better of it."""
        async with self._http.post(uri, data={"cancel": "yes"}, allow_redirects=False) as answer:
            return await _shown(answer)


@asynccontextmanager
async def open_login_page(sim: Simulator) -> AsyncIterator[LoginPage]:
    """Open a browser that trusts the simulator and in which nobody has signed in."""
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(ssl=sim.trust)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
        yield LoginPage(http)


async def _shown(answer: aiohttp.ClientResponse) -> LoginAnswer:
    return LoginAnswer(answer.status, await answer.text(), answer.headers.get("Location"))
