"""Give deliveries to a handler, with the guarantee that the handler needs.

* `in_transaction`: inbox mark, handler and outbox rows are one transaction; then the delivery is acknowledged. The
  effect happens once, however often the message is delivered.
* `at_least_once`: for handlers whose effects are outside any transaction and harmless when repeated. They get a batch
  of messages, so that they can merge those that ask for the same thing.

A message that cannot be read is parked, or refused by a reply if its handler is `Refusable`. A delivery whose handler
fails goes up the ladder. Neither stops the queue. A database that is away does: the queue is held until it answers
(see `libs.common.hold`). A message that needs something else which cannot be reached waits for that, aside (see
`libs.common.waiting`).
Each message, alone or in a batch, has its own span, log line and outcome. The messages it causes get its correlation
id, its trace and its lane.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias
from uuid import UUID

from pydantic import BaseModel

from libs.common import inbox, outbox
from libs.common.bus.port import Bus, BusError, Delivery, Envelope, HandBack, Handler, Unroutable
from libs.common.caused import wrap_caused
from libs.common.codec import BusMessage, Codec, UnreadableMessage
from libs.common.db import AWAY, Connection, Pool
from libs.common.handlers import (
    BatchHandler,
    Became,
    Caused,
    Finished,
    HeldBack,
    Refusable,
    RetryLater,
    ToSender,
    TransactionHandler,
    Waits,
)
from libs.common.hold import Hold, Holding
from libs.common.observed import Handling, in_words, observed, observed_together
from libs.common.waiting import MOST_WAKES
from libs.common.waker import Waker

UNSAID = "the handler did not say what became of it"

Item: TypeAlias = tuple[Delivery, BaseModel, Handling]
"""A delivery, its message, and how the handling of it is observed."""

Failed: TypeAlias = RetryLater | HeldBack | Waits


async def _retry(delivery: Delivery, reason: str, facts: dict[str, str]) -> None:
    """Send a delivery up the ladder, and record in its log line what became of it."""
    facts["reason"] = reason
    facts["outcome"] = await delivery.retry(reason)


def _read(envelope: Envelope, codec: Codec, consumer: str, handlers: Mapping[type[BaseModel], object]) -> BaseModel:
    """Read an envelope's message for one of the handlers. Raises `UnreadableMessage`."""
    message = codec.message(envelope)
    if type(message) not in handlers:
        raise UnreadableMessage(f"{consumer} does not handle {envelope.type}")
    return message


async def _park(delivery: Delivery, codec: Codec, consumer: str, error: UnreadableMessage) -> None:
    with observed(consumer, delivery.envelope, codec.known_type(delivery.envelope)) as facts:
        facts |= {"outcome": "parked", "reason": str(error)}
        await delivery.park(str(error))


def in_transaction(
    pool: Pool,
    codec: Codec,
    consumer: str,
    handlers: Mapping[type[BaseModel], TransactionHandler],
    clock: Callable[[], datetime],
    hold: Hold | None = None,
) -> Handler:
    """Build a handler that handles each delivery in a transaction of its own, exactly once in effect."""
    return _InTransaction(pool, codec, consumer, handlers, clock, hold or Hold(pool))


@dataclass(frozen=True, slots=True)
class _InTransaction:
    pool: Pool
    codec: Codec
    consumer: str
    handlers: Mapping[type[BaseModel], TransactionHandler]
    clock: Callable[[], datetime]
    hold: Hold

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            try:
                work = self._find_work(delivery.envelope)
            except UnreadableMessage as error:
                await _park(delivery, self.codec, self.consumer, error)
                continue
            with observed(self.consumer, delivery.envelope, delivery.envelope.type) as facts:
                await self._handle_one(delivery, work, facts)

    def _find_work(self, envelope: Envelope) -> "_Work":
        """Return what is to be done about an envelope. Raises `UnreadableMessage` if it is to be parked."""
        try:
            message = _read(envelope, self.codec, self.consumer, self.handlers)
        except UnreadableMessage as error:
            handler = self.handlers.get(error.asked) if error.asked is not None else None
            if error.asked is None or envelope.reply_to is None or not isinstance(handler, Refusable):
                raise
            return _Work(
                error.asked, partial(_reply, handler.refuse(error)), {"outcome": "refused", "reason": str(error)}
            )
        return _Work(type(message), lambda conn: self.handlers[type(message)](conn, message), {"outcome": "done"})

    async def _handle_one(self, delivery: Delivery, work: "_Work", facts: dict[str, str]) -> None:
        try:
            facts |= await self._until_done(delivery.envelope, work)
        except HandBack:
            facts["outcome"] = "returned"
            raise
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the queue goes on and the ladder tries again
            await _retry(delivery, in_words(error), facts)
            return
        await delivery.ack()

    async def _until_done(self, envelope: Envelope, work: "_Work") -> Mapping[str, str]:
        holding = self.hold.begin()
        while True:
            try:
                return await self._in_one_transaction(envelope, work)
            except AWAY as error:
                if not await holding.is_to_repeat(error):
                    raise

    async def _in_one_transaction(self, envelope: Envelope, work: "_Work") -> Mapping[str, str]:
        async with self.pool.acquire() as conn, conn.transaction():
            if not await inbox.mark(conn, self.consumer, envelope.message_id):
                return {"outcome": "repeated"}
            caused = await work.do(conn)
            await outbox.add_envelopes(conn, wrap_caused(self.codec, envelope, work.asked, caused, self.clock()))
        return work.facts


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done about a message of the class `asked`, and the facts for its log line once it is done."""

    asked: type[BaseModel]
    do: Callable[[Connection], Awaitable[Iterable[Caused]]]
    facts: Mapping[str, str]


async def _reply(reply: BusMessage, _: Connection) -> Iterable[Caused]:
    return [ToSender(reply)]


def at_least_once(
    bus: Bus,
    codec: Codec,
    consumer: str,
    handlers: Mapping[type[BaseModel], BatchHandler],
    clock: Callable[[], datetime],
    hold: Hold,
    waker: Waker | None = None,
) -> Handler:
    """Build a handler that handles a batch by type, and acknowledges each message after what it caused is confirmed.

    Without a `waker`, a message that would have to wait goes up the ladder.
    """
    return _AtLeastOnce(bus, codec, consumer, handlers, clock, hold, waker)


@dataclass(frozen=True, slots=True)
class _AtLeastOnce:
    bus: Bus
    codec: Codec
    consumer: str
    handlers: Mapping[type[BaseModel], BatchHandler]
    clock: Callable[[], datetime]
    hold: Hold
    waker: Waker | None

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        by_type: dict[type[BaseModel], list[tuple[Delivery, BaseModel]]] = {}
        for delivery in deliveries:
            try:
                message = _read(delivery.envelope, self.codec, self.consumer, self.handlers)
            except UnreadableMessage as error:
                await _park(delivery, self.codec, self.consumer, error)
            else:
                by_type.setdefault(type(message), []).append((delivery, message))
        for kind, found in by_type.items():
            batch = [(delivery.envelope, message) for delivery, message in found]
            with observed_together(self.consumer, batch[0][0].type, batch) as handlings:
                items = [(*each, handling) for each, handling in zip(found, handlings, strict=True)]
                await self._until_done(items, self.handlers[kind])

    async def _until_done(self, items: Sequence[Item], handler: BatchHandler) -> None:
        """Handle the messages; those that fail while the database is away, again when it is back."""
        holding, left = self.hold.begin(), list(items)
        try:
            while left:
                became = await _attempt(handler, [message for _, message, _ in left])
                failed = await self._finish(left, became)
                left = [item for item, _ in failed]
                if failed and not await _is_to_repeat(holding, [each for _, each in failed]):
                    left = [item for item, each in failed if not await self._put_off(item, each)]
        except HandBack:
            for _, _, handling in left:
                handling.facts["outcome"] = "returned"
            raise

    async def _finish(self, items: Sequence[Item], became: Sequence[Became]) -> list[tuple[Item, Failed]]:
        """Publish what the finished messages caused, and acknowledge them; return those that failed."""
        shares: list[list[Envelope] | Failed] = []
        for (delivery, _, handling), each in zip(items, became, strict=True):
            with handling.as_current():
                shares.append(_share(self.codec, delivery.envelope, each, self.clock()))
            await asyncio.sleep(0)  # What a batch caused may be large, and others have their turn in between.
        failed: list[tuple[Item, Failed]] = []
        for item, share, refusal in zip(items, shares, await _publish(self.bus, shares), strict=True):
            delivery, message, handling = item
            if not isinstance(share, list):
                failed.append((item, share))
            elif refusal is not None:
                await _send_up(item, RetryLater(message, refusal))
            else:
                with handling.as_current():
                    await delivery.ack()
                    handling.facts["outcome"] = "done"
        return failed

    async def _put_off(self, item: Item, each: Failed) -> bool:
        """Send a failed message up the ladder, or have it wait; False if the database is away again."""
        delivery, _, handling = item
        if self.waker is None or not isinstance(each, Waits) or self._is_for_the_ladder(delivery.envelope, each):
            await _send_up(item, each)
            return True
        try:
            await self.waker.keep(delivery.envelope, each)
        except AWAY:
            return False
        with handling.as_current():
            handling.facts |= {"outcome": "waiting", "reason": each.reason}
            await delivery.ack()
        return True

    def _is_for_the_ladder(self, envelope: Envelope, each: Waits) -> bool:
        """Whether a message that would wait climbs the ladder: for a first failure, and after waking did not help."""
        is_first = envelope.attempt == 0 and envelope.wakes == 0
        return (is_first and len(self.codec.topology.ladder) > 0) or (
            envelope.wakes >= MOST_WAKES and not each.has_an_end
        )


async def _is_to_repeat(holding: Holding, failed: Sequence[Failed]) -> bool:
    """Wait until the database answers; whether what failed is to be done again because that was the cause."""
    away = [each.error for each in failed if isinstance(each, HeldBack)]
    return await holding.is_to_repeat(away[0]) if away else await holding.was_away()


async def _send_up(item: Item, each: Failed) -> None:
    """Send one message of a batch up the ladder."""
    delivery, _, handling = item
    reason = in_words(each.error) if isinstance(each, HeldBack) else each.reason
    with handling.as_current():
        await _retry(delivery, reason, handling.facts)


async def _attempt(handler: BatchHandler, messages: Sequence[BaseModel]) -> list[Became]:
    """Run a handler; return the result for each message, in the same order."""
    try:
        said = {id(each.message): each for each in await handler(messages)}
    except AWAY as error:
        return [HeldBack(message, error) for message in messages]
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the queue goes on and the ladder tries again
        return [RetryLater(message, in_words(error)) for message in messages]
    return [said.get(id(message)) or RetryLater(message, UNSAID) for message in messages]


def _share(codec: Codec, cause: Envelope, became: Became, now: datetime) -> list[Envelope] | Failed:
    """Wrap what one message caused. If that fails, only this message is retried."""
    if not isinstance(became, Finished):
        return became
    try:
        return wrap_caused(codec, cause, type(became.message), became.caused, now)
    except Exception as error:  # noqa: BLE001 - as for a handler that fails
        return RetryLater(became.message, in_words(error))


async def _publish(bus: Bus, shares: Sequence[list[Envelope] | Failed]) -> list[str | None]:
    """Publish what the finished messages caused; return for each message why that was refused, or None."""
    envelopes = [envelope for share in shares if isinstance(share, list) for envelope in share]
    refused: set[UUID] = set()
    refusal = ""
    try:
        await bus.publish(envelopes)
    except BusError as error:
        refused = {each.message_id for each in (error.envelopes if isinstance(error, Unroutable) else envelopes)}
        refusal = f"{type(error).__name__}: {error}"
    return [
        refusal if isinstance(share, list) and any(each.message_id in refused for each in share) else None
        for share in shares
    ]
