"""Trace HTTP requests: one span for each, which goes on with the caller's trace.

One rule: a span says what a metric says, never a path or a query, in which callers write names and addresses.
Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
"""

from collections.abc import Collection

from opentelemetry import trace
from opentelemetry.propagate import extract
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.health import PATHS as HEALTH_PATHS
from libs.common.http_names import method_of, route_of

_tracer = trace.get_tracer("roomsync")


class HttpSpans:
    """ASGI middleware: trace each request but those for health and metrics, by method, route and status.

    `plain` are the paths of routes that have no template.
    """

    def __init__(self, app: ASGIApp, *, plain: Collection[str] = ()) -> None:
        self._app = app
        self._plain = frozenset(plain)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HEALTH_PATHS:
            await self._app(scope, receive, send)
            return
        method = method_of(scope)
        with _tracer.start_as_current_span(
            method,
            extract({"traceparent": Headers(scope=scope).get("traceparent", "")}),
            kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": method},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            async def note_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(trace.StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, note_status)
            finally:
                route = route_of(scope, self._plain)
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)
