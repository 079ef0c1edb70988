"""Measure HTTP requests: how many, how long, and how they ended, by route.

One rule: labels are names of ours. A path, a method or a status that a stranger makes up must not become a time series.
"""

import time
from collections.abc import Collection

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.health import PATHS as HEALTH_PATHS

SECONDS = Histogram(
    "roomsync_http_request_seconds", "Time to answer an HTTP request", ["server", "method", "route", "status"]
)

OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics:
    """ASGI middleware: measure each request but those for health and metrics.

    A route is named by its template. `plain` are the paths of routes that have no template. A request that was not
    answered, because the caller left or the server failed, has the status `none`.
    """

    def __init__(self, app: ASGIApp, *, server: str, plain: Collection[str] = ()) -> None:
        self._app = app
        self._server = server
        self._plain = frozenset(plain)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HEALTH_PATHS:
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), "none"

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            SECONDS.labels(self._server, method, self._route(scope), status).observe(time.perf_counter() - began)

    def _route(self, scope: Scope) -> str:
        template: str | None = getattr(scope.get("route"), "path", None)
        return template or (scope["path"] if scope["path"] in self._plain else OTHER)
