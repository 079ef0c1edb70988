"""The webhook: verify, publish, answer. It makes no call to Graph, no decision and no query about a notification.

A mailbox has a share of the queue (`core/queue_shares.py`); what exceeds it is published as "missed", once for a post.

Graph wants an answer within three seconds, or it slows down and in the end drops what it sends to this address. So a
post that cannot be published within two seconds is refused with 503, and Graph sends it again for up to four hours.

Source: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.requests import ClientDisconnect

from libs.common.bus.port import Bus, BusError
from libs.common.codec import Codec
from libs.common.health import Check, add_health_routes
from libs.common.http_metrics import HttpMetrics
from libs.common.http_spans import HttpSpans
from libs.common.telemetry import UNTRACED
from libs.common.topology import Lane
from libs.contracts.message import Message
from libs.contracts.messages import LifecycleNotified, OutlookNotified
from services.ingest.core.forgeries import Forgeries
from services.ingest.core.notifications import Changed, LifecycleEvent, NotACollection, SortedEntries, sort_entries
from services.ingest.core.queue_shares import QueueShares
from services.ingest.web.receipt import Receipt

LARGEST_BODY = 1_000_000
LONGEST_TOKEN = 2048
CONFIRM_WITHIN_S = 2.0

PATHS = ("/graph/notifications", "/graph/lifecycle")


class Webhook:
    """The routes of notifications, with the secrets to verify by, the bus to publish to, and a clock.

    Forged notifications are counted in `forgeries`.
    """

    def __init__(
        self,
        bus: Bus,
        codec: Codec,
        secrets: Sequence[str],
        clock: Callable[[], datetime],
        forgeries: Forgeries | None = None,
    ) -> None:
        self._bus = bus
        self._codec = codec
        self._secrets = secrets
        self._clock = clock
        self._forgeries = forgeries if forgeries is not None else Forgeries()
        self._shares = QueueShares()

    async def notifications(self, request: Request) -> Response:
        """Receive a post of change or lifecycle notifications."""
        if (token := request.query_params.get("validationToken")) is not None:
            return _handshake(token)
        began, receipt = time.perf_counter(), Receipt(str(uuid4()))
        answer = await self._receive(request, receipt)
        receipt.report(answer.status_code, time.perf_counter() - began)
        return answer

    async def _receive(self, request: Request, receipt: Receipt) -> Response:
        try:
            body = await _limited_body(request)
        except ClientDisconnect:
            return _problem(400, "The body broke off.")
        if body is None:
            return _problem(413, f"The body is larger than {LARGEST_BODY} bytes.")
        try:
            receipt.found = found = sort_entries(_parse(body), self._secrets)
        except NotACollection as error:
            return _problem(400, f"The body is not a collection of notifications: {error}.")
        self._forgeries.count(found.forged_for)
        try:
            async with asyncio.timeout(CONFIRM_WITHIN_S):
                await self._take(found, receipt)
        except (BusError, OSError) as error:
            receipt.error = type(error).__name__
            return _problem(503, "The notifications could not be queued now. Send them again.")
        return Response(status_code=202)

    async def _take(self, found: SortedEntries, receipt: Receipt) -> None:
        """Publish a message for each entry within its share, all at once; return when every one is confirmed."""
        now = self._clock()
        queued = self._shares.split(found.changes, now)
        receipt.beyond_share = len(found.changes) - len(queued.changes)
        messages = _messages(queued.changes, [*found.lifecycle, *queued.missed], now)
        await self._bus.publish(
            [
                self._codec.envelope(
                    message,
                    message_id=uuid4(),
                    correlation_id=f"{receipt.correlation_id}.{number}",
                    lane=Lane.LIVE,
                    sent_at=now,
                )
                for number, message in enumerate(messages, start=1)
            ]
        )


def _messages(changes: Sequence[Changed], lifecycle: Sequence[LifecycleEvent], now: datetime) -> list[Message]:
    messages: list[Message] = [
        OutlookNotified(space_id=each.space_id, event_id=each.event_id, change=each.change, received_at=now)
        for each in changes
    ]
    return messages + [
        LifecycleNotified(space_id=each.space_id, generation=each.generation, event=each.event) for each in lifecycle
    ]


def create_app(webhook: Webhook, checks: Mapping[str, Check]) -> FastAPI:
    """Build the webhook's application."""
    app = FastAPI(
        title="Roomsync webhook",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=UNTRACED,
    )
    app.add_middleware(HttpMetrics, server="webhook", plain=PATHS)
    app.add_middleware(HttpSpans, plain=PATHS)
    for path in PATHS:
        app.add_route(path, webhook.notifications, methods=["POST"])
    add_health_routes(app, checks)
    return app


def _handshake(token: str) -> Response:
    """Echo the decoded token as plain text, escaped so that no browser takes it for markup.

    Source: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks#notificationurl-validation
    """
    if len(token) > LONGEST_TOKEN:
        return _problem(400, "The validation token is too long.")
    text = token.replace("<", "&lt;").replace(">", "&gt;")
    return PlainTextResponse(text, headers={"X-Content-Type-Options": "nosniff"})


async def _limited_body(request: Request) -> bytes | None:
    """Read the body; None as soon as it is too large, or its header says that it will be."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST_BODY:
        return None
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _parse(body: bytes) -> object:
    """Read JSON as tolerantly as possible: an oddity in one entry must not cost the others. Raises `NotACollection`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotACollection("expected JSON") from None


def _problem(status: int, detail: str) -> Response:
    titles = {400: "Bad request", 413: "Too large", 503: "Try again"}
    headers = {"Retry-After": "5"} if status == 503 else None
    body = {"type": "about:blank", "title": titles[status], "status": status, "detail": detail}
    return JSONResponse(body, status, headers, "application/problem+json")
