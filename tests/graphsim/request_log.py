"""What Graph was asked: every call with its outcome."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.access import CALLER
from tests.graphsim.errors import GraphError
from tests.graphsim.world import World


def mailbox_of(world: World, request: web.Request) -> str | None:
    """The address of the mailbox that a call is about, however the call names it."""
    name = request.match_info.get("mailbox")
    if name is None:
        return None
    try:
        return world.mailbox(name).address
    except GraphError:
        return name.lower()


@dataclass(slots=True)
class RequestLog:
    """Calls in the order of their end. One whose answer was withheld shows the status it would have had."""

    world: World
    records: list[dict[str, Any]] = field(default_factory=list)

    def reset(self) -> None:
        self.records.clear()

    def since(self, moment: datetime | None) -> list[dict[str, Any]]:
        return [each for each in self.records if moment is None or each["time"] >= moment]

    def middleware(self) -> Middleware:
        """Note every call on Graph; those on Entra and on the control surface are none."""

        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith("/v1.0/"):
                return await handler(request)
            at, began, status = datetime.now(UTC), time.monotonic(), 0
            try:
                response = await handler(request)
                status = response.status
                return response
            finally:
                self._note(request, at, status, time.monotonic() - began)

        return record

    def _note(self, request: web.Request, at: datetime, status: int, seconds: float) -> None:
        app = request.get(CALLER)
        self.records.append(
            {
                "time": at,
                "app": app.name if app else None,
                "client_id": app.client_id if app else None,
                "mailbox": mailbox_of(self.world, request),
                "method": request.method,
                "path": request.path,
                "query": request.query_string,
                "status": status,
                "duration_ms": round(seconds * 1000, 1),
            }
        )
