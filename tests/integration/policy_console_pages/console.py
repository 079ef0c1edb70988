"""The pages as somebody who has signed in meets them, beside the API that arranges what they show."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
from fastapi import FastAPI

from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Bus
from services.policy.commands.callers import Caller, Role
from services.policy.commands.work import RequestContext
from services.policy.console.addresses import CALLBACK, ROOT
from services.policy.console.app import create_console
from services.policy.console.changes import ReservationChanges
from services.policy.console.cookies import SESSION
from services.policy.console.pages import ROUTERS
from services.policy.console.secret_values import csrf_token_of, hash_of, new_secret
from services.policy.console.sign_in.entra import LoginService
from services.policy.console.sign_in.setup import SignIn
from services.policy.store import console_sessions
from services.policy.store.console_sessions import ConsoleSession
from tests.integration.policy_api.world import World

ORIGIN = "https://rooms.example.org"
HOUR = timedelta(hours=1)
UNTOLD = ReservationChanges("postgresql://nobody@127.0.0.1:1/nowhere")
"""What tells pages of no change, because nothing runs it."""


@dataclass(frozen=True)
class Console:
    """The console with somebody of each role signed in, and the world of the API behind it."""

    world: World
    http: httpx2.AsyncClient
    session_ids: Mapping[str, str]
    bus: MemoryBus

    async def get(self, path: str, role: str = "approver", **headers: str) -> httpx2.Response:
        return await self.http.get(f"{ROOT}{path}", headers={**self.signed_in_as(role), **headers})

    async def post(
        self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None, role: str = "approver"
    ) -> httpx2.Response:
        headers = {**self.signed_in_as(role), "origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}
        sent = {"csrf_token": self.csrf_token(role), **(fields or {})}
        return await self.http.post(f"{ROOT}{path}", content=urlencode(sent, doseq=True), headers=headers)

    async def text(self, path: str, role: str = "approver") -> str:
        """Return what a page says: its text with tags and references as a browser reads them."""
        answer = await self.get(path, role)
        assert answer.status_code == 200, answer.text
        return said(answer)

    def csrf_token(self, role: str) -> str:
        """Return the token that the pages of somebody in a role carry."""
        return csrf_token_of(self.session_ids[role])

    def signed_in_as(self, role: str) -> dict[str, str]:
        """Return the headers of a browser in which somebody in a role has signed in."""
        return {"cookie": f"{SESSION}={self.session_ids[role]}", "sec-fetch-mode": "navigate"}


def said(answer: httpx2.Response) -> str:
    """Return the text of a page, its whitespace as a browser shows it."""
    return " ".join(unescape(answer.text).split())


@asynccontextmanager
async def pages_on(world: World) -> AsyncIterator[Console]:
    """Open the pages on the ledger of a world."""
    context: RequestContext = world.app.state.context
    session_ids = {role.value: new_secret() for role in Role}
    async with context.working() as conn:
        for role, secret in session_ids.items():
            session = ConsoleSession(f"tenant/{role}", f"Grace the {role}", [role])
            await console_sessions.begin(conn, hash_of(secret), session, HOUR, HOUR)
    bus = MemoryBus(context.codec.topology)
    async with httpx2.AsyncClient(transport=pages_of(context, bus), base_url=ORIGIN) as http:
        yield Console(world, http, session_ids, bus)


def pages_of(context: RequestContext, bus: Bus) -> httpx2.ASGITransport:
    """Build the console on a database and a bus, and a way to it."""
    return httpx2.ASGITransport(app=console_on(context, bus, UNTOLD))


def console_on(context: RequestContext, bus: Bus, changes: ReservationChanges) -> FastAPI:
    """Build the console on a database and a bus; pages are told of `changes`."""
    login = LoginService(ORIGIN, "client", f"{ORIGIN}{CALLBACK}", "console", Path("nowhere"), None)
    return create_console(SignIn(context, ORIGIN, login, _nobody, HOUR, HOUR), bus, changes, ROUTERS)


async def _nobody(_: str) -> Caller:
    raise AssertionError("nobody signs in here")


def unknown_id() -> str:
    return str(uuid4())
