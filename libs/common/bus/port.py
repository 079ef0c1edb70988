"""The bus as services see it: a port with two adapters under one contract test suite.

Both adapters keep these promises:

* `publish` returns after every envelope was confirmed, or raises; it never loses one in silence.
* Deliveries of one queue come in order and are handled one batch at a time: the next batch comes after every delivery
  of the last was acknowledged, sent up the ladder or parked.
* At least once: a delivery whose consumer died is delivered again.
* A reply never blocks anything: if its address is gone, because the sender of the request is, the reply is dropped with
  a line in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, Self, TypeAlias
from uuid import UUID

from libs.common.topology import Lane, QueueName


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message on the bus. `body` is UTF-8 JSON; `attempt` counts the delays of the ladder that it has waited for.

    `wakes` counts how often it was woken after it had waited for something out of reach (see `libs.common.waiting`).

    `began_at` is when what led to this message came in: a notification, a call, or what a sweep found. None says that
    it began with this message.

    `reply_to` is the address for replies to this message, if its sender waits for one. `address` makes this message a
    reply: it goes to that address only, whatever its type.
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
    wakes: int = 0
    is_open: bool = False
    reply_to: str | None = None
    address: str | None = None
    began_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """Return when what led to this message came in, or when it was sent if it began with it."""
        return self.began_at or self.sent_at


class BusError(Exception):
    """The bus could not do what was asked. No message is lost that the bus has confirmed."""


class BrokerUnavailable(BusError):
    """The broker is not there, or did not confirm in time; publish again later."""


class Unroutable(BusError):
    """No queue takes a message that must reach one: the topology is not declared, or lacks the message's type.

    `envelopes` are the ones without a queue; all others of the same call were confirmed.
    """

    def __init__(self, message: str, envelopes: Sequence[Envelope] = ()) -> None:
        super().__init__(message)
        self.envelopes = tuple(envelopes)

    @classmethod
    def of(cls, envelopes: Sequence[Envelope]) -> Self:
        """Build the error about these envelopes, which names their types."""
        found = ", ".join(sorted({f"{each.type} (shard {each.shard}, {each.lane})" for each in envelopes}))
        return cls(f"no queue takes {found}", envelopes)


class HandBack(Exception):
    """Raised by a handler that cannot work now: whatever it has not ended is delivered again, and nothing is counted.

    The deliveries go to the end of their queue, because a place that is kept for too long looks to a broker as if we
    had died; messages carry state, so that does no harm.
    """


Retried: TypeAlias = Literal["retried", "parked", "returned"]
"""What became of a delivery that was to be retried: it waits on the ladder, is parked, or is back in its queue."""


class Delivery(Protocol):
    """One envelope that a consumer handles. Exactly one of the three methods ends it."""

    @property
    def envelope(self) -> Envelope: ...

    async def ack(self) -> None:
        """Acknowledge that the work is done."""
        ...

    async def retry(self, reason: str) -> Retried:
        """Send it up the ladder: it returns to this queue after the next delay, or is parked after the last."""
        ...

    async def park(self, reason: str) -> None:
        """Park it with the reason, for a person to look at; the queue continues."""
        ...


Handler = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Handles a batch of deliveries of one queue, oldest first; the batch is never empty."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked envelope: from which queue, why and when."""

    envelope: Envelope
    queue: str
    reason: str
    parked_at: datetime


class ReplyAddress:
    """An address that receives replies while it is open. A request carries its `name` as `reply_to`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._replies: asyncio.Queue[Envelope | None] = asyncio.Queue()

    async def receive(self) -> Envelope:
        """Wait for the next reply; its `correlation_id` and `type` say what it replies to, and how it went.

        Raises `BrokerUnavailable` if no more can come: open another address, and send the request again.
        """
        reply = await self._replies.get()
        if reply is None:
            self.lose()
            raise BrokerUnavailable("the address for replies was lost")
        return reply

    def take(self, reply: Envelope) -> None:
        """Accept a reply; for adapters."""
        self._replies.put_nowait(reply)

    def lose(self) -> None:
        """Record that no more replies can come; for adapters."""
        self._replies.put_nowait(None)


class ConsumerEnded(Exception):
    """The consumer of a queue has ended by itself, without an error that would say why."""


class Consumption:
    """The consuming of one queue by `tasks`, none of which ends before the context of `Bus.consume` is left."""

    def __init__(
        self,
        *tasks: "asyncio.Task[None]",
        in_hand: Callable[[], "Envelope | None"],
        is_interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._tasks = tasks
        self._in_hand = in_hand
        self._is_interrupted = is_interrupted

    @property
    def is_interrupted(self) -> bool:
        """Whether the queue is not received from now, although the tasks run and try again."""
        return self._is_interrupted()

    @property
    def oldest_sent_at(self) -> datetime | None:
        """When the oldest message was sent that is being handled; None if none is."""
        envelope = self._in_hand()
        return None if envelope is None else envelope.sent_at

    async def run(self) -> None:
        """Wait until a task ends by itself; raise its error, or `ConsumerEnded` if it has none."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            error = None if task.cancelled() else task.exception()
            raise error or ConsumerEnded(f"{task.get_name()} has ended")


@dataclass(frozen=True, slots=True)
class Gathering:
    """How long a batch waits, in seconds, for what follows a message of it that `comes_with_others`.

    They are at hand together then, and a handler that merges them does its work once.
    """

    pause_s: float
    comes_with_others: Callable[[Envelope], bool]


class Bus(Protocol):
    """A connection to the bus; opened by its adapter's factory, used by any number of tasks."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish concurrently and return when all are confirmed.

        Raises `BrokerUnavailable` (publish all of them again) or `Unroutable` (a bug of ours; see there).
        """
        ...

    async def check(self) -> None:
        """Return if the bus would take a message now; raise the error if not, within a few seconds."""
        ...

    def consume(
        self, queue: QueueName, handler: Handler, *, at_most: int = 20, gathering: Gathering | None = None
    ) -> AbstractAsyncContextManager[Consumption]:
        """Give this queue's deliveries to `handler` while the context is open, at most `at_most` at a time.

        A batch is what is at hand, once `gathering` has not had it wait, or has had it wait long enough.

        Leaving the context stops taking deliveries and waits for the current batch. Whoever enters it watches the
        consumption by its `run`.
        If the handler raises, all deliveries that it has not ended go up the ladder, unless it raises `HandBack`.
        """
        ...

    def open_reply_address(self) -> AbstractAsyncContextManager[ReplyAddress]:
        """Open a private address for replies. It is closed when the context is left, and unread replies are lost."""
        ...

    async def depths(self, queues: Sequence[QueueName]) -> Mapping[QueueName, int]:
        """Count the messages that wait in each of these queues. Raises `BrokerUnavailable`."""
        ...

    async def count_parked(self) -> int:
        """Count the parked messages. Raises `BrokerUnavailable`."""
        ...

    async def parked(self, *, at_most: int = 100) -> Sequence[Parked]:
        """List the parked messages, oldest first."""
        ...

    async def replay_parked(self, is_wanted: Callable[[Parked], bool]) -> Sequence[Parked]:
        """Send the parked envelopes that are wanted back to their queues with `attempt` 0; return which were sent.

        One whose queue does not exist stays parked.
        """
        ...

    async def drop_parked(self, is_wanted: Callable[[Parked], bool]) -> Sequence[Parked]:
        """Delete the parked envelopes that are wanted; return which were deleted."""
        ...
