"""Measure HTTP requests: how many, how long, and how they ended, by route.

One rule: labels are names of ours. A path, a method or a status that a stranger makes up must not become a time series.
"""

import time
from collections.abc import Collection

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.health import PATHS as HEALTH_PATHS
from libs.common.http_names import method_of, route_of

SECONDS = Histogram(
    "roomsync_http_request_seconds", "Time to answer an HTTP request", ["server", "method", "route", "status"]
)


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
            labels = (self._server, method_of(scope), route_of(scope, self._plain), status)
            SECONDS.labels(*labels).observe(time.perf_counter() - began)
