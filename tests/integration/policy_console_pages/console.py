"""The pages as somebody who has signed in meets them, beside the API that arranges what they show."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.policy.commands.callers import Caller, Role
from services.policy.commands.work import RequestContext
from services.policy.console.pages import ROUTERS
from services.policy.console.problems import add_problem_pages
from services.policy.console.sections import ROOT
from services.policy.console.visitor import Visitor
from tests.integration.policy_api.world import World

CSRF_TOKEN = 'a token\'s "quotes" and <marks>'


class SignedIn:
    """ASGI middleware: everybody is somebody in the role that a header of the tests names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        role = Role(dict(scope["headers"])[b"x-role"].decode())
        caller = Caller(id=f"tenant/{role}", roles=frozenset({role}), name=f"Grace the {role}")
        await self._app({**scope, "state": {"visitor": Visitor(caller, CSRF_TOKEN)}}, receive, send)


@dataclass(frozen=True)
class Console:
    """The console, and the world of the API behind it."""

    world: World
    http: httpx2.AsyncClient

    async def get(self, path: str, role: str = "approver", **headers: str) -> httpx2.Response:
        return await self.http.get(f"{ROOT}{path}", headers={"x-role": role, **headers})

    async def post(
        self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None, role: str = "approver"
    ) -> httpx2.Response:
        headers = {"x-role": role, "content-type": "application/x-www-form-urlencoded"}
        return await self.http.post(f"{ROOT}{path}", content=urlencode(fields or {}, doseq=True), headers=headers)

    async def text(self, path: str, role: str = "approver") -> str:
        """Return what a page says: its text with tags and references as a browser reads them."""
        answer = await self.get(path, role)
        assert answer.status_code == 200, answer.text
        return said(answer)


def said(answer: httpx2.Response) -> str:
    """Return the text of a page, its whitespace as a browser shows it."""
    return " ".join(unescape(answer.text).split())


def console_app(context: RequestContext) -> FastAPI:
    """Build the pages of the console without the sign-in that is in front of them."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.context = context
    add_problem_pages(app)
    for router in ROUTERS:
        app.include_router(router, prefix=ROOT)
    return app


@asynccontextmanager
async def pages_on(world: World) -> AsyncIterator[Console]:
    """Open the pages on the ledger of a world."""
    transport = httpx2.ASGITransport(app=SignedIn(console_app(world.app.state.context)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://roomsync.example.org") as http:
        yield Console(world, http)


def unknown_id() -> str:
    return str(uuid4())
