"""What happens to every request, whatever its route.

HEAD is taken for GET, and each request gets a correlation id, one canonical log line, and an answer where an error was
not expected. One rule for what is logged: facts and ids, never bodies, queries, names or tokens.
"""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from uuid import UUID, uuid4

import structlog
from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.correlation import correlated
from libs.common.health import PATHS as OPEN_PATHS

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = structlog.get_logger(__name__)


class HeadAsGet:
    """ASGI middleware: answer HEAD as GET would be. The server leaves out the body.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-head
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


class RequestLog:
    """ASGI middleware: bind the correlation id, log the request, and answer where an error was not expected.

    `answer_failure` makes that answer from the correlation id, by which the error is found in the log.
    """

    def __init__(self, app: ASGIApp, answer_failure: Callable[[Request, str], Response]) -> None:
        self._app = app
        self._answer_failure = answer_failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        request, started, status, made = Request(scope, receive), time.perf_counter(), 0, ""
        offered = request.headers.get("x-correlation-id", "")
        correlation_id = offered if _CORRELATION_ID.fullmatch(offered) else str(uuid4())
        request.state.correlation_id = correlation_id

        async def note_status(message: Message) -> None:
            nonlocal status, made
            if message["type"] == "http.response.start":
                status = message["status"]
                made = _location(message) if status < HTTPStatus.MULTIPLE_CHOICES else ""
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation_id.encode())]
            await send(message)

        with correlated(correlation_id):
            try:
                await self._app(scope, receive, note_status)
            except Exception:
                _log.exception("http.failed", route=_route(scope), method=scope["method"])
                if status:
                    raise
                await self._answer_failure(request, correlation_id)(scope, receive, note_status)
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            _log.info(
                "http.handled",
                route=_route(scope),
                method=scope["method"],
                status=status,
                duration_ms=duration_ms,
                **_ids(scope),
                **({"made": made} if made else {}),
            )


def correlation_id_of(request: Request) -> str:
    """Return the id that ties together all that follows from this request."""
    correlation_id: str = request.state.correlation_id
    return correlation_id


def _ids(scope: Scope) -> dict[str, str]:
    """Name the reservation, space or connection that a path is about; what somebody typed in instead is left out."""
    found: dict[str, str] = {}
    for name, value in scope.get("path_params", {}).items():
        with suppress(ValueError):
            found[name] = str(UUID(str(value)))
    return found


def _location(message: Message) -> str:
    """Return the address of what a response says was made; that of a redirect may be a signed link, which is secret."""
    return next((value.decode() for name, value in message["headers"] if name == b"location"), "")


def _route(scope: Scope) -> str | None:
    """Name the route by its template, so that no typed-in text gets into the log."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return path
