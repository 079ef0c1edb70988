"""The API as one ASGI application.

From the outside in: HEAD as GET, request log and the answer to errors nobody expected, authentication, routes. One
rule: every answer that is not a success is a problem document.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import cast

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from libs.common.codec import Codec
from libs.common.db import AWAY, Pool, check
from libs.common.health import add_health_routes
from libs.common.http_metrics import HttpMetrics
from libs.common.http_requests import HeadAsGet, RequestLog
from libs.common.http_spans import HttpSpans
from libs.common.telemetry import UNTRACED
from services.policy.api import (
    answers,
    approvals,
    availability,
    brakes,
    checks,
    conflicts,
    connections,
    drifts,
    findings,
    invalid,
    mapping_proposals,
    policies,
    policy_imports,
    policy_replays,
    policy_trials,
    reservation_groups,
    reservations,
    retries,
    room_imports,
    space_groups,
    space_imports,
    spaces,
    timeline,
    translate,
    waiting_list,
)
from services.policy.api.access import Authentication
from services.policy.api.openapi import methods_at, openapi_of
from services.policy.api.pages import links
from services.policy.api.problems import FAILED, Problem, framework_problem, response
from services.policy.api.settings import ApiSettings
from services.policy.api.tokens import TokenVerifier
from services.policy.api.work import unavailable
from services.policy.commands.apply import Patience
from services.policy.commands.command_error import CommandError
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.work import RequestContext

_log = structlog.get_logger(__name__)


def create_app(
    pool: Pool,
    codec: Codec,
    verifier: TokenVerifier,
    clock: Callable[[], datetime],
    settings: ApiSettings,
    *,
    checks: Mapping[str, Callable[[], Awaitable[None]]] | None = None,
    patience: Patience,
) -> FastAPI:
    """Build the application. `checks` are more readiness checks beside that of its own connections."""
    app = routes()
    app.state.context = RequestContext(pool, codec, clock, patience, settings.api_database_timeout_s)
    app.state.max_body_bytes = settings.api_max_body_bytes
    add_health_routes(app, {**(checks or {}), "database": lambda: check(pool)})
    app.add_middleware(Authentication, verifier=verifier)
    app.add_middleware(RequestLog, answer_failure=_failed)
    app.add_middleware(HeadAsGet)
    app.add_middleware(HttpMetrics, server="api")
    app.add_middleware(HttpSpans)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(CommandError, _command_problem)
    app.add_exception_handler(HTTPException, _framework_problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    for error in AWAY:
        app.add_exception_handler(error, _database_away)
    return app


def routes() -> FastAPI:
    """Build an application that has all of the API's routes and nothing to serve them with: enough to describe it."""
    app = FastAPI(
        title="Roomsync",
        version="1",
        summary="Room reservations, kept in step with Outlook.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=UNTRACED,
    )
    parts = (
        connections,
        answers,
        reservation_groups,
        space_groups,
        spaces,
        space_imports,
        mapping_proposals,
        policies,
        policy_imports,
        policy_replays,
        policy_trials,
        reservations,
        timeline,
        approvals,
        findings,
        retries,
        room_imports,
        conflicts,
        brakes,
        drifts,
        availability,
        checks,
        links,
        waiting_list,
    )
    for each in parts:
        app.include_router(each.router)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]
    return app


def _failed(request: Request, correlation_id: str) -> Response:
    detail = f"We have written down what happened as {correlation_id}. Try again; if it stays, report that."
    return response(request, Problem(FAILED, detail))


async def _problem(request: Request, error: Exception) -> Response:
    return response(request, cast("Problem", error))


async def _command_problem(request: Request, error: Exception) -> Response:
    return response(request, translate.problem_of(cast("AnyCommandError", error), request.path_params))


async def _framework_problem(request: Request, error: Exception) -> Response:
    template = getattr(request.scope.get("route"), "path", "")
    allowed = methods_at(request.app, template)
    return response(request, framework_problem(cast("HTTPException", error), allowed))


async def _invalid(request: Request, error: Exception) -> Response:
    return response(request, invalid.problem_of(cast("RequestValidationError", error), request.scope.get("route")))


async def _database_away(request: Request, error: Exception) -> Response:
    _log.warning("database.away", error=type(error).__name__)
    detail = (
        "The ledger's database does not answer now, and nothing was done. Try again in a few seconds; "
        "with an Idempotency-Key nothing is done twice."
    )
    return response(request, unavailable(detail))
