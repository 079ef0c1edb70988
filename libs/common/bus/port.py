"""The bus as services see it: a port with two adapters under one contract test suite.

Promises both adapters keep:

* `publish` returns after every envelope was confirmed, or raises; it never loses one in silence.
* Deliveries of one queue come in order and are handled one batch at a time: the next batch comes after every delivery
  of the last was acknowledged, sent to the ladder or parked.
* At least once: a delivery whose consumer died is delivered again.
* A reply never stands in the way: one that its address does not take, because whoever asked has gone, is dropped with a
  line in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from libs.common.topology import Lane, QueueName


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it travels. `body` is UTF-8 JSON; `attempt` counts the rungs of the ladder already climbed.

    `reply_to` is the address to which an answer to this message is to go, if its sender waits for one. `address` makes
    this message such an answer: it goes there, whatever its type, and to nobody else.
    """

    message_id: UUID
    type: str
    body: bytes
    shard: int
    sent_at: datetime
    correlation_id: str
    lane: Lane = Lane.LIVE
    traceparent: str | None = None
    attempt: int = 0
    is_open: bool = False
    reply_to: str | None = None
    address: str | None = None


class BusError(Exception):
    """The bus did not do what was asked. Nothing is known to be lost."""


class BrokerUnavailable(BusError):
    """The broker did not confirm in time or is not there; publish again later."""


class Unroutable(BusError):
    """No queue takes a message that must reach one: the topology is not declared, or the type is not in it.

    `envelopes` are those concerned; all others of the same call were confirmed.
    """

    def __init__(self, message: str, envelopes: Sequence[Envelope] = ()) -> None:
        super().__init__(message)
        self.envelopes = tuple(envelopes)

    @classmethod
    def of(cls, envelopes: Sequence[Envelope]) -> Self:
        """Say which types found no queue."""
        found = ", ".join(sorted({f"{each.type} (shard {each.shard}, {each.lane})" for each in envelopes}))
        return cls(f"no queue takes {found}", envelopes)


class Delivery(Protocol):
    """One envelope in a consumer's hands. Exactly one of the three verbs ends it."""

    @property
    def envelope(self) -> Envelope: ...

    async def ack(self) -> None:
        """Say that the work is done."""
        ...

    async def retry(self, reason: str) -> None:
        """Send it up the ladder: it comes back to this queue after the next delay, or is parked after the last."""
        ...

    async def park(self, reason: str) -> None:
        """Put it aside with its reason, for a person to look at; the queue goes on."""
        ...


Handler = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Handles everything at hand in one queue, oldest first; never empty."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked envelope, where it was parked, why and when."""

    envelope: Envelope
    queue: str
    reason: str
    parked_at: datetime


class ReplyAddress:
    """Where replies come to, while it is open; `name` is what a request carries as its `reply_to`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._replies: asyncio.Queue[Envelope | None] = asyncio.Queue()

    async def receive(self) -> Envelope:
        """Wait for the next reply, which `correlation_id` and `type` tell from others.

        Raises `BrokerUnavailable` when none can come any more: open another address, and ask again.
        """
        reply = await self._replies.get()
        if reply is None:
            self.lose()
            raise BrokerUnavailable("the address for replies was lost")
        return reply

    def take(self, reply: Envelope) -> None:
        """Note a reply that came; for adapters."""
        self._replies.put_nowait(reply)

    def lose(self) -> None:
        """Note that no reply will come any more; for adapters."""
        self._replies.put_nowait(None)


class Bus(Protocol):
    """A connection to the bus; opened by its adapter's factory, used by any number of tasks."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish concurrently and return when all are confirmed.

        Raises `BrokerUnavailable` (publish all of them again) or `Unroutable` (a mistake of ours; see there).
        """
        ...

    async def check(self) -> None:
        """Return when the bus would take a message now; raises what is wrong, within a few seconds."""
        ...

    def consume(self, queue: QueueName, handler: Handler, *, at_most: int = 20) -> AbstractAsyncContextManager[None]:
        """Hand this queue's deliveries to `handler` while the context is open, at most `at_most` at a time.

        Leaving the context stops taking deliveries and waits for the batch in hand.
        A handler that raises has all its unfinished deliveries sent up the ladder.
        """
        ...

    def open_reply_address(self) -> AbstractAsyncContextManager[ReplyAddress]:
        """Open an address of one's own for replies. It is gone when the context is left, and so are unread replies."""
        ...

    async def parked(self, *, at_most: int = 100) -> Sequence[Parked]:
        """List what is parked, oldest first."""
        ...

    async def replay_parked(self, message_id: UUID) -> bool:
        """Send a parked envelope back to its queue with no attempts on its account; False if it is not there."""
        ...

    async def drop_parked(self, message_id: UUID) -> bool:
        """Forget a parked envelope; False if it is not there."""
        ...
