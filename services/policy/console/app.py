"""The console as one ASGI application, beside the API and apart from it.

From the outside in: traces and measures, security headers, request log and the answer to errors nobody expected, HEAD
as GET, the session, routes. One rule: whatever is answered is a page that says what to do.
"""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.common.bus.port import Bus
from libs.common.http_metrics import HttpMetrics
from libs.common.http_requests import HeadAsGet, RequestLog
from libs.common.http_spans import HttpSpans
from libs.common.telemetry import UNTRACED
from services.policy.console.addresses import ROOT
from services.policy.console.changes import ReservationChanges
from services.policy.console.problems import add_problem_pages, show_problem
from services.policy.console.security_headers import SecurityHeaders
from services.policy.console.sessions import Sessions
from services.policy.console.sign_in import routes
from services.policy.console.sign_in.setup import SignIn


def create_console(sign_in: SignIn, bus: Bus, changes: ReservationChanges, routers: Sequence[APIRouter]) -> FastAPI:
    """Build the console: its sign-in, and the pages of `routers`, which have their addresses below `ROOT`.

    Open pages are told of `changes` as long as somebody runs them.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=UNTRACED)
    app.state.sign_in = sign_in
    app.state.context = sign_in.context
    app.state.bus = bus
    app.state.changes = changes
    for router in (routes.router, *routers):
        app.include_router(router, prefix=ROOT)
    app.add_middleware(Sessions, sign_in=sign_in)
    app.add_middleware(HeadAsGet)
    app.add_middleware(RequestLog, answer_failure=_failed)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HttpMetrics, server="console")
    app.add_middleware(HttpSpans)
    add_problem_pages(app)
    return app


async def _without_console(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    detail = (
        "The console is not set up here: whoever runs Roomsync has to set ROOMSYNC_CONSOLE_CLIENT_ID. See set-up.md."
    )
    await show_problem(request, 404, "There is no console.", detail)(scope, receive, send)


NO_CONSOLE: ASGIApp = SecurityHeaders(_without_console)
"""What is under the addresses of the console where it is not set up."""


def _failed(request: Request, correlation_id: str) -> Response:
    detail = f"We have written down what happened as {correlation_id}. Try again; if it stays, report that."
    return show_problem(request, 500, "This did not work.", detail)
