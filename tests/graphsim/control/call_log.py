"""What Graph was asked: every call with its outcome."""

import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.exchange.world import World
from tests.graphsim.graph.admission import CALLER
from tests.graphsim.graph.batch import BATCH
from tests.graphsim.graph.requests import mailbox_of


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call on Graph and its outcome; `status` is 0 where the caller left before all of its request had come.

    `batch` is the same for all calls that came in one batch, and None for what came as an HTTP request of its own.
    """

    time: datetime
    app: str | None
    client_id: str | None
    mailbox: str | None
    method: str
    path: str
    query: str
    status: int
    duration_ms: float
    batch: str | None


class CallLog:
    """The `kept` latest calls in the order of their end.

    One whose answer was withheld shows the status it would have had. One that began before a reset is not noted.
    """

    def __init__(self, world: World, kept: int) -> None:
        self._world = world
        self._calls: deque[LoggedCall] = deque(maxlen=kept)
        self._count = 0
        self._resets = 0

    @property
    def forgotten(self) -> int:
        """How many calls are no longer here, because there were too many after them."""
        return self._count - len(self._calls)

    def reset(self) -> None:
        self._calls.clear()
        self._count = 0
        self._resets += 1

    def since(self, moment: datetime | None, mailbox: str | None = None) -> list[LoggedCall]:
        return [
            each
            for each in self._calls
            if (moment is None or each.time >= moment) and (mailbox is None or each.mailbox == mailbox.lower())
        ]

    def middleware(self) -> Middleware:
        """Note every call on Graph; those on Entra and on the control surface are none."""

        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith("/v1.0/"):
                return await handler(request)
            at, began, status, resets = datetime.now(UTC), time.monotonic(), 0, self._resets
            try:
                response = await handler(request)
                status = response.status
                return response
            finally:
                if resets == self._resets:
                    self._note(request, at, status, time.monotonic() - began)

        return record

    def _note(self, request: web.Request, at: datetime, status: int, seconds: float) -> None:
        app = request.get(CALLER)
        self._count += 1
        self._calls.append(
            LoggedCall(
                time=at,
                app=app.name if app else None,
                client_id=app.client_id if app else None,
                mailbox=mailbox_of(self._world, request),
                method=request.method,
                path=request.path,
                query=request.query_string,
                status=status,
                duration_ms=round(seconds * 1000, 1),
                batch=request.headers.get(BATCH),
            )
        )
