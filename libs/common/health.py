"""Health and metrics over HTTP, for an orchestrator and for Prometheus. No token is needed for these three.

`/healthz` says that the process runs, `/readyz` that it can do its work (503 names what is missing). `/metrics` shows
the metrics, which tell more: it is on the probes' own port only, never where strangers come.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from libs.common import db
from libs.common.bus.port import Bus
from libs.common.telemetry import UNTRACED
from libs.common.together import together

Check = Callable[[], Awaitable[None]]
"""Returns if all is well; raises the error if not."""

CHECK_TIMEOUT_S = 3
PATHS = frozenset({"/healthz", "/readyz"})
"""What a port that is open to others may answer without a token."""


class NotReady(Exception):
    """Something of our own is not at work. The message says what, without secrets: everybody may read it."""


def usual_checks(pool: db.Pool, bus: Bus) -> dict[str, Check]:
    """Return the checks of every service: its database and the bus."""
    return {"database": lambda: db.check(pool), "bus": bus.check}


def health_app(service: str, checks: Mapping[str, Check]) -> FastAPI:
    """Build the application of the probes' port: health and metrics."""
    app = FastAPI(title=f"Roomsync {service}", docs_url=None, redoc_url=None, openapi_url=None, telemetry=UNTRACED)
    add_health_routes(app, checks)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def add_health_routes(app: FastAPI, checks: Mapping[str, Check]) -> None:
    """Add the health routes to an application."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        problems = await _problems(checks)
        return JSONResponse(
            {"status": "ready" if not problems else "not ready", "problems": problems}, 503 if problems else 200
        )


async def _problems(checks: Mapping[str, Check]) -> dict[str, str]:
    async def run(check: Check) -> str | None:
        running = asyncio.ensure_future(check())
        try:
            await asyncio.wait({running}, timeout=CHECK_TIMEOUT_S)
        finally:
            running.cancel()  # not waited for: a frozen database keeps a cancelled query for half a minute
        if not running.done():
            return TimeoutError.__name__
        error = asyncio.CancelledError() if running.cancelled() else running.exception()
        return str(error) if isinstance(error, NotReady) else type(error).__name__ if error else None

    found = await together(run(check) for check in checks.values())
    return {name: problem for name, problem in zip(checks, found, strict=True) if problem}
