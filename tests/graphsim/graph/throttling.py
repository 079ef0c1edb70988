"""Throttling: so many calls at once and so many in a while, for each application and mailbox.

Outlook itself is not throttled. Refused calls count like others, as Graph counts them.

Source: https://learn.microsoft.com/en-us/graph/throttling-limits#outlook-service-limits
"""

import asyncio
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.entra.applications import App
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.admission import CALLER
from tests.graphsim.graph.requests import mailbox_of
from tests.graphsim.quantities import Count, Positive
from tests.graphsim.refusals import CallRefused, retry_after

SUBSCRIPTIONS = "/v1.0/subscriptions"


@dataclass(frozen=True, slots=True)
class ThrottlingSettings:
    """The limits. `retry_after_s` of None leaves the header out; `latency_ms` is added to every call.

    `concurrency` is for each mailbox; `app_concurrency`, of old, for all mailboxes of an application together.
    `subscription_minutes` is the longest life of a subscription: what Exchange grants, less than is documented.
    """

    concurrency: Count = 4
    app_concurrency: Count | None = None
    requests_per_window: Count = 10_000
    window_s: Positive = 600
    latency_ms: Positive = 0
    retry_after_s: Positive | None = 1
    subscription_minutes: Count = 10_070
    subscription_writes: Count = 500
    subscription_lists: Count = 25
    subscription_window_s: Positive = 20


class Throttling:
    """Counts calls; `high_water` is the most calls of our application that were under way at once, by mailbox."""

    def __init__(self, world: World, *, latency_ms: float = 0) -> None:
        self._world = world
        self._first = ThrottlingSettings(latency_ms=latency_ms)
        self.settings = self._first
        self.high_water: Counter[str] = Counter()
        self._under_way: Counter[tuple[str, str]] = Counter()
        self._times: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    @property
    def longest_subscription(self) -> timedelta:
        return timedelta(minutes=self.settings.subscription_minutes)

    def reset(self) -> None:
        self.settings = self._first
        self.high_water.clear()
        self._times.clear()
        self._under_way = Counter()  # a call from before counts itself out of the one it was counted into

    def middleware(self) -> Middleware:
        """Count the call, refuse it or let it pass, in its time."""

        @web.middleware
        async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
            app = request.get(CALLER)
            if app is None:
                return await handler(request)
            mailbox = mailbox_of(self._world, request)
            if app.is_outlook or mailbox is None:
                exceeded = None if app.is_outlook else self._exceeded_for_app(app, request)
                return await self._answer(request, handler, exceeded)
            key, whole = (app.client_id, mailbox), (app.client_id, "")
            under_way = self._under_way
            under_way.update((key, whole))
            self.high_water[mailbox] = max(self.high_water[mailbox], self._under_way[key])
            try:
                return await self._answer(request, handler, self._exceeded_for_mailbox(key, self._under_way[whole]))
            finally:
                under_way.subtract((key, whole))

        return limit

    async def _answer(self, request: web.Request, handler: Handler, exceeded: str | None) -> web.StreamResponse:
        if exceeded is not None:
            raise CallRefused(
                429,
                "ApplicationThrottled",
                f"Application is over its {exceeded} limit.",
                headers=retry_after(self.settings.retry_after_s),
            )
        if self.settings.latency_ms:
            await asyncio.sleep(self.settings.latency_ms / 1000)
        return await handler(request)

    def _exceeded_for_mailbox(self, key: tuple[str, str], of_app: int) -> str | None:
        limits = self.settings
        is_over = self._counted(key, limits.requests_per_window, limits.window_s)
        if self._under_way[key] > limits.concurrency:
            return "MailboxConcurrency"
        if limits.app_concurrency is not None and of_app > limits.app_concurrency:
            return "ApplicationConcurrency"
        return "MailboxRequests" if is_over else None

    def _exceeded_for_app(self, app: App, request: web.Request) -> str | None:
        if not request.path.startswith(SUBSCRIPTIONS):
            return None
        is_list = request.method == "GET" and request.path == SUBSCRIPTIONS
        kind, most = "subscriptions", self.settings.subscription_writes
        if is_list:
            kind, most = "list of subscriptions", self.settings.subscription_lists
        elif request.method == "GET":
            kind = "subscription reads"
        is_over = self._counted((app.client_id, kind), most, self.settings.subscription_window_s)
        return kind if is_over else None

    def _counted(self, key: tuple[str, str], most: int, window_s: float) -> bool:
        """Count one more call, and say whether that is too many within the window."""
        now, times = time.monotonic(), self._times[key]
        times.append(now)
        while times[0] < now - window_s:
            times.popleft()
        return len(times) > most
