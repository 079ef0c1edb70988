"""The door of the console: who asks is known by their session, and nobody else gets further than the sign-in.

A page that was asked for without a session leads to the sign-in and back. A form that was sent without one, or from a
page of an earlier session, changes nothing and is not lost: it can be sent again once somebody has signed in. It is
shown again only if the browser says that it came from a page of ours.
"""

from urllib.parse import quote

import structlog
from fastapi import Request, Response
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.policy.commands.callers import Caller, Role
from services.policy.console.addresses import ROOT, SIGN_IN, START, STATIC, UNASKED, is_open, own_page
from services.policy.console.cookies import SESSION
from services.policy.console.csrf import (
    FormTooLarge,
    SentForm,
    is_change,
    is_from_elsewhere,
    is_from_us,
    read_sent_form,
)
from services.policy.console.page import show
from services.policy.console.problems import DATABASE_AWAY, show_away, show_problem
from services.policy.console.secret_values import are_equal, csrf_token_of, hash_of
from services.policy.console.sign_in.setup import SignIn
from services.policy.console.visitor import Visitor
from services.policy.store import console_sessions

_log = structlog.get_logger(__name__)


class Sessions:
    """ASGI middleware: put the visitor into the request, or show what to do instead."""

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self._app = app
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(STATIC):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            visitor = await self._visitor(request)
        except DATABASE_AWAY as error:
            await show_away(request, error)(scope, receive, send)
            return
        if visitor is not None:
            request.state.visitor = visitor
        if not is_change(request):
            answer = self._instead_of_page(request, visitor)
        else:
            answer, receive = await self._instead_of_change(request, visitor)
        await (answer or self._app)(scope, receive, send)

    async def _visitor(self, request: Request) -> Visitor | None:
        """Return whose session the browser has, if it counts; it is used by that, unless nobody asked for the page."""
        session_id = request.cookies.get(SESSION)
        if not session_id:
            return None
        id_hash = hash_of(session_id)
        async with self._sign_in.context.working() as conn:
            found = await console_sessions.find(conn, id_hash)
            if found is not None and not _is_unasked(request):
                await console_sessions.extend(conn, id_hash, self._sign_in.idle)
        if found is None:
            return None
        caller = Caller(found.caller, frozenset(role for role in Role if role in found.roles), found.name)
        return Visitor(caller, csrf_token_of(session_id))

    def _instead_of_page(self, request: Request, visitor: Visitor | None) -> Response | None:
        """Return what to answer in place of a page, None if it may be shown."""
        if visitor is not None and request.url.path == ROOT:
            return RedirectResponse(START, 303)
        if visitor is not None or is_open(request.url.path):
            return None
        if request.headers.get("sec-fetch-mode", "navigate") != "navigate" or "hx-request" in request.headers:
            return _expired(request, None)
        wanted = own_page(_address(request))
        # The whole address, so that signing in begins and ends under the same one, by whatever name we were reached.
        way_back = f"?to={quote(wanted, safe='')}" if wanted != START else ""
        return RedirectResponse(f"{self._sign_in.origin}{SIGN_IN}{way_back}", 303)

    async def _instead_of_change(self, request: Request, visitor: Visitor | None) -> tuple[Response | None, Receive]:
        """Return what to answer in place of a change, None if it may be made, and how to receive what it brings."""
        origin = self._sign_in.origin
        if is_from_elsewhere(request, origin):
            _log.warning("console.foreign_change", path_is_open=is_open(request.url.path))
            return _foreign(request), request.receive
        if visitor is None and is_open(request.url.path):
            return None, request.receive
        try:
            form = await read_sent_form(request)
        except FormTooLarge:
            return _too_large(request), request.receive
        if visitor is not None and are_equal(form.token, visitor.csrf_token):
            return None, form.received_again(request.receive)
        shown = form if request.method == "POST" and is_from_us(request, origin) else None
        return (_expired(request, shown) if visitor is None else _outdated(request, shown)), request.receive


def _is_unasked(request: Request) -> bool:
    """Whether an open page asks by itself, which does not show that somebody is there."""
    return request.url.path in UNASKED or "x-unasked" in request.headers


def _address(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _expired(request: Request, form: SentForm | None) -> Response:
    detail = "Your session has ended, so nothing was changed. Sign in in another tab"
    further = ", come back to this one, and send again what is kept here." if form else ", and then reload this page."
    return _again(request, 401, "Please sign in again.", detail + further, form)


def _outdated(request: Request, form: SentForm | None) -> Response:
    detail = "This was sent from a page of an earlier sign-in, or from none of ours, so nothing was changed."
    further = " If you meant it, send it again as whoever you are signed in as now." if form else " Reload the page."
    return _again(request, 403, "Please look again.", detail + further, form)


def _again(request: Request, status: int, title: str, detail: str, form: SentForm | None) -> Response:
    facts = {
        "title": title,
        "detail": detail,
        "sign_in": SIGN_IN,
        "action": _address(request) if form else None,
        "fields": form.written if form else (),
    }
    return show(request, "expired", facts, status=status)


def _foreign(request: Request) -> Response:
    detail = (
        "Another site asked for a change here in your name. Nothing was changed. Use the pages of the console itself."
    )
    return show_problem(request, 403, "This did not come from the console.", detail)


def _too_large(request: Request) -> Response:
    detail = "What was sent is larger than any form of the console. Nothing was changed. Go back and write less."
    return show_problem(request, 413, "This is too large.", detail)
