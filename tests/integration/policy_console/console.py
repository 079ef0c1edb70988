"""The console as browsers meet it, beside the API: on a real database, with the simulated login service over HTTPS."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp

from libs.common.beside import Beside
from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.topology import Topology
from services.policy.api.keys import open_keys
from services.policy.api.tokens import TokenVerifier
from services.policy.commands.callers import Caller
from services.policy.console.addresses import CALLBACK, ROOT, SIGN_IN, SIGNED_OUT
from services.policy.console.app import create_console
from services.policy.console.changes import ReservationChanges
from services.policy.console.cookies import SESSION
from services.policy.console.pages import ROUTERS
from services.policy.console.sign_in.entra import LoginService
from services.policy.console.sign_in.setup import SignIn
from services.policy.console.visitor import visitor_of
from tests.integration.policy_api.world import World, open_world
from tests.support.login_page import LoginPage, open_login_page
from tests.support.simulator import Simulator

ORIGIN = "https://rooms.example.org"
ELSEWHERE = "https://evil.example"
IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
ADMINISTRATOR, APPROVER, VIEWER, NOBODY = (
    f"{name}@example.org" for name in ("administrator", "approver", "viewer", "nobody")
)


class KeyClock:
    """The clock by which signing keys are fetched anew, which tests can set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass(frozen=True)
class ConsoleWorld:
    """A console that people can sign in to, the API beside it, and the login service."""

    api: World
    sim: Simulator
    console: FastAPI
    whole: ASGIApp
    secret_file: Path
    key_clock: KeyClock
    changes: list[tuple[Caller, dict[str, str]]]
    """What was done by whom, by the form of the tests."""


class Browser:
    """A browser with cookies of its own: for the console and for the login service."""

    def __init__(self, http: httpx2.AsyncClient, login_page: LoginPage) -> None:
        self.http = http
        self.login_page = login_page

    async def open(self, path: str, **headers: str) -> httpx2.Response:
        """Open a page as somebody who clicks a link or types an address does."""
        return await self.http.get(path, headers={"sec-fetch-mode": "navigate", **_named(headers)})

    async def send(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx2.Response:
        """Send a form from a page of the console."""
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN, "sec-fetch-site": "same-origin"}
        given = {**sent, **_named(headers)}
        kept = {name: value for name, value in given.items() if value}
        return await self.http.post(path, content=urlencode(fields), headers=kept)

    async def to_login(self, path: str = f"{ROOT}/") -> str:
        """Ask for a page of the console, and follow to the login service; return the address there."""
        answer = await self.open(path)
        while (location := answer.headers["location"]).startswith((ORIGIN, "/")):
            answer = await self.open(location.removeprefix(ORIGIN))
        return location

    async def come_back(self, uri: str, address: str) -> httpx2.Response:
        """Choose who one is at the login service, and bring the answer to the console."""
        chosen = await self.login_page.choose(uri, address)
        assert chosen.location is not None, chosen.text
        return await self.open(chosen.location.removeprefix(ORIGIN))

    async def sign_in(self, address: str = VIEWER, path: str = f"{ROOT}/") -> httpx2.Response:
        """Sign in as somebody on the way to a page; return what the console answers to that."""
        return await self.come_back(await self.to_login(path), address)

    async def token(self) -> str:
        """Return the CSRF token of the pages."""
        return field_in(await self.open(f"{ROOT}/"), "csrf_token")

    @property
    def session_id(self) -> str | None:
        return self.http.cookies.get(SESSION)


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def field_in(answer: httpx2.Response, name: str) -> str:
    """Return the value of a field that is sent along with a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


def sentence(answer: httpx2.Response) -> str:
    """Return what a page says is wrong and what to do, as a browser shows it."""
    found = re.search(r'<p id="problem">(.*?)</p>', answer.text, re.DOTALL)
    assert found, answer.text
    return " ".join(unescape(found[1]).split())


def path_of(answer: httpx2.Response) -> str:
    """Return where a browser is sent, by a redirect or by a page."""
    sent = answer.headers.get("location") or answer.headers["refresh"].removeprefix("0; url=")
    return str(sent)


def query_of(uri: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(uri).query))


@asynccontextmanager
async def open_console(database: str, directory: Path, sim: Simulator) -> AsyncIterator[ConsoleWorld]:
    """Open a console on a migrated database, registered with the simulated tenant."""
    made = await sim.register_web_application(f"{ORIGIN}{CALLBACK}", f"{ORIGIN}{SIGNED_OUT}")
    secret_file = directory / "console"
    secret_file.write_text(made["secret"])
    authority, key_clock, changes = sim.authority, KeyClock(), list[tuple[Caller, dict[str, str]]]()
    async with (
        open_world(database, directory) as api,
        open_keys(f"{authority}/discovery/v2.0/keys", sim.ca, key_clock) as keys,
    ):
        login = LoginService(authority, made["client_id"], f"{ORIGIN}{CALLBACK}", "console", directory, sim.ca)
        verifier = TokenVerifier(keys, [f"{authority}/v2.0"], [made["client_id"]], utc_now)
        sign_in = SignIn(api.app.state.context, ORIGIN, login, verifier.caller, IDLE, LONGEST)
        bus = MemoryBus(Topology([], shards=1))
        routers = [*ROUTERS, pages_that_change(changes)]
        console = create_console(sign_in, bus, ReservationChanges(database), routers)
        yield ConsoleWorld(api, sim, console, Beside(ROOT, console, api.app), secret_file, key_clock, changes)


@asynccontextmanager
async def open_browser(world: ConsoleWorld) -> AsyncIterator[Browser]:
    """Open a browser in which nobody has signed in anywhere."""
    transport = httpx2.ASGITransport(app=world.whole)
    async with (
        httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http,
        open_login_page(world.sim) as login_page,
    ):
        yield Browser(http, login_page)


def pages_that_change(changes: list[tuple[Caller, dict[str, str]]]) -> APIRouter:
    """Routes that note what they are sent, as the forms of the console's pages change the ledger."""
    router = APIRouter()

    async def change(request: Request) -> Response:
        body = (await request.body()).decode()
        changes.append((visitor_of(request).caller, dict(parse_qsl(body))))
        return Response("done")

    router.add_api_route("/changes", change, methods=["POST", "PUT", "PATCH", "DELETE"])

    async def fail() -> None:
        raise RuntimeError("a flaw")

    router.add_api_route("/flawed", fail)
    return router


@dataclass
class Rows:
    """What is kept of sessions and sign-ins, and their being older than they are."""

    world: ConsoleWorld
    tables: tuple[str, ...] = field(default=("console_sessions", "console_sign_ins"))

    async def all(self, table: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.world.api.pool.fetch(f"SELECT * FROM {table}")]

    async def clear(self) -> None:
        for table in self.tables:
            await self.world.api.pool.execute(f"DELETE FROM {table}")

    async def age_sessions(self, by: timedelta) -> None:
        """Have time go by, as far as sessions are concerned."""
        await self.world.api.pool.execute(
            "UPDATE console_sessions SET began_at = began_at - $1::interval, expires_at = expires_at - $1::interval, "
            "ends_at = ends_at - $1::interval",
            by,
        )

    async def age_sign_ins(self, by: timedelta) -> None:
        await self.world.api.pool.execute("UPDATE console_sign_ins SET expires_at = expires_at - $1::interval", by)


SIGN_IN_HERE = f"{ORIGIN}{SIGN_IN}"
