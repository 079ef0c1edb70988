"""Notifications on their way: late, more than once, out of order, retried until somebody takes them.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#receive-notifications
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import aiohttp
import orjson

from tests.graphsim.delivery.subscription import GraphSubscription
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.quantities import Positive, Probability, Range, WholeRange

Session = Callable[[], aiohttp.ClientSession]
GATHERED_S = 0.005
LARGEST_POST = 100


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How notifications fare. `duplicate`, `drop` and `reorder` are probabilities; delays are in the unit they name.

    `extra_updates`: how many `updated` follow each change of an event, as Exchange is known to send.
    `reorder`: held back by up to `held_back_ms`. `silence`: nothing is sent, nor made up for later.
    `tells_exceptions`: a changed date of a series is told of under its own id too, not only under that of its series.
    `omits_client_state`: nothing says by whose secret a notification is to be known. `seed`: chance begins anew.
    An address that is to be notified must echo within `handshake_within_s`. A post counts as taken if it is answered
    within `first_answer_within_s`, a repeated one within `later_answers_within_s`; pauses double from `retry_after_s`
    on.
    """

    delay_ms: Range = (20, 80)
    extra_updates: WholeRange = (1, 2)
    duplicate: Probability = 0
    drop: Probability = 0
    reorder: Probability = 0
    silence: bool = False
    omits_client_state: bool = False
    tells_exceptions: bool = False
    held_back_ms: Positive = 1000
    handshake_within_s: Positive = 10
    first_answer_within_s: Positive = 3
    later_answers_within_s: Positive = 10
    retry_after_s: Positive = 1
    longest_retry_delay_s: Positive = 600
    give_up_after_s: Positive = 4 * 3600
    seed: int | None = None


class Dispatcher:
    """Sends what it is given. Those in `on_given_up` hear of subscriptions for which something was lost for good."""

    def __init__(self, session: Session, chance: Random, scale: float = 1) -> None:
        self._session = session
        self._chance = chance
        self.on_given_up: list[Callable[[GraphSubscription], None]] = []
        self._first = _scaled(DeliverySettings(), scale)
        self.settings = self._first
        self._gathered: dict[str, list[tuple[GraphSubscription, Json]]] = defaultdict(list)
        self._timers: set[asyncio.TimerHandle] = set()
        self._posts: set[asyncio.Task[None]] = set()

    def reset(self) -> None:
        """Forget settings and whatever is under way."""
        self.settings = self._first
        for timer in self._timers:
            timer.cancel()
        for post in self._posts:
            post.cancel()
        self._timers.clear()
        self._gathered.clear()

    async def close(self) -> None:
        self.reset()
        await asyncio.gather(*self._posts, return_exceptions=True)

    def change(self, settings: DeliverySettings) -> None:
        """Have notifications fare so from now on."""
        if settings.seed is not None:
            self._chance.seed(settings.seed)
        self.settings = replace(settings, seed=None)

    @property
    def is_quiet(self) -> bool:
        return not self._timers and not self._posts

    def extra_updates(self) -> int:
        return self._chance.randint(*self.settings.extra_updates)

    def give(self, subscription: GraphSubscription, item: Json) -> None:
        """Send a notification of a change, with all that may happen to it on the way."""
        now, chance = self.settings, self._chance
        if now.silence or chance.random() < now.drop:
            return
        for _ in range(2 if chance.random() < now.duplicate else 1):
            held_back = chance.uniform(0, now.held_back_ms) if chance.random() < now.reorder else 0
            self._after(
                (chance.uniform(*now.delay_ms) + held_back) / 1000,
                lambda: self._gather(subscription, subscription.url, item),
            )

    def give_at_once(self, subscription: GraphSubscription, url: str, item: Json) -> None:
        """Send a lifecycle notification: promptly, once."""
        if not self.settings.silence:
            self._gather(subscription, url, item)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        def run() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)

    def _gather(self, subscription: GraphSubscription, url: str, item: Json) -> None:
        """Items for one address that fall due together go in one post."""
        waiting = self._gathered[url]
        waiting.append((subscription, item))
        if len(waiting) == 1:
            self._after(GATHERED_S, lambda: self._post_gathered(url))

    def _post_gathered(self, url: str) -> None:
        waiting = self._gathered.pop(url, [])
        if self.settings.silence:
            return
        for start in range(0, len(waiting), LARGEST_POST):
            post = asyncio.get_running_loop().create_task(self._deliver(url, waiting[start : start + LARGEST_POST]))
            self._posts.add(post)
            post.add_done_callback(self._posts.discard)

    async def _deliver(self, url: str, items: list[tuple[GraphSubscription, Json]]) -> None:
        """Post until it is taken, with back-off; after four hours it is lost."""
        body = orjson.dumps({"value": [item for _, item in items]})
        patience, began = self.settings, time.monotonic()
        pause, within = patience.retry_after_s, patience.first_answer_within_s
        while not await self._post(url, body, within):
            if time.monotonic() + pause - began > patience.give_up_after_s:
                # That something was missed is not itself a thing to be missed: that would never end.
                changes = [subscription for subscription, item in items if "lifecycleEvent" not in item]
                for lost in {subscription.id: subscription for subscription in changes}.values():
                    for hear in self.on_given_up:
                        hear(lost)
                return
            await asyncio.sleep(pause)
            pause, within = min(2 * pause, patience.longest_retry_delay_s), patience.later_answers_within_s

    async def _post(self, url: str, body: bytes, within_s: float) -> bool:
        try:
            async with (
                asyncio.timeout(within_s),
                self._session().post(
                    url, data=body, headers={"Content-Type": "application/json; charset=utf-8"}, allow_redirects=False
                ) as answer,
            ):
                return 200 <= answer.status < 300
        except (TimeoutError, aiohttp.ClientError, OSError):
            return False


def _scaled(patience: DeliverySettings, scale: float) -> DeliverySettings:
    """The same patience in other hours: 0.001 makes four hours of retries take fifteen seconds."""
    return replace(
        patience,
        retry_after_s=patience.retry_after_s * scale,
        longest_retry_delay_s=patience.longest_retry_delay_s * scale,
        give_up_after_s=patience.give_up_after_s * scale,
    )
