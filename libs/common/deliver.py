"""From a delivery to a handler and back, with the guarantee the handler needs.

* `in_transaction`: inbox mark, handler and outbox rows are one transaction; then the delivery is acknowledged. The
  effect happens once, however often the message comes.
* `at_least_once`: for handlers whose effects are outside any transaction and harmless when repeated. They get all
  messages at hand at once, so that they can merge what asks for the same thing.

A message that cannot be read is parked. A handler that fails sends its delivery up the ladder. Neither stops the queue.
A database that is away for a moment does: the queue waits for it, in order, before it takes to the ladder.
Each message, alone or in a batch, has its own span, log line and outcome, and gives its own correlation id, trace and
lane to what it causes.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from pydantic import BaseModel

from libs.common import inbox, outbox
from libs.common.bus.port import Bus, BusError, Delivery, Envelope, Handler, Unroutable
from libs.common.codec import BusMessage, Codec, UnreadableMessage, replies_to
from libs.common.db import AWAY, Pool
from libs.common.handlers import BatchHandler, Caused, Finished, InLane, RetryLater, ToSender, TransactionHandler
from libs.common.observed import Handling, in_words, observed, observed_together
from libs.common.topology import Lane

HOLD_S = 10.0
HOLD_PAUSE_S = 0.25
UNSAID = "the handler did not say what became of it"

log = structlog.get_logger()


class UndeclaredReply(TypeError):
    """A handler answered with a message that the class of the request does not declare; a mistake of ours."""


def _owed(codec: Codec, cause: Envelope, asked: BaseModel, caused: Iterable[Caused], now: datetime) -> list[Envelope]:
    """Wrap what a message caused, under its correlation id and the trace in hand, and in its lane."""

    def wrapped(message: BusMessage, lane: Lane) -> Envelope:
        return codec.envelope(message, message_id=uuid4(), correlation_id=cause.correlation_id, lane=lane, sent_at=now)

    owed: list[Envelope] = []
    for each in caused:
        match each:
            case ToSender(message):
                if type(message) not in replies_to(type(asked)):
                    raise UndeclaredReply(f"{cause.type} is not answered by {message.type}")
                if cause.reply_to is not None:
                    owed.append(replace(wrapped(message, cause.lane), address=cause.reply_to))
            case InLane(message, lane):
                owed.append(wrapped(message, lane))
            case message:
                owed.append(wrapped(message, cause.lane))
    return owed


async def _retry(delivery: Delivery, reason: str, facts: dict[str, str]) -> None:
    """Send a delivery up the ladder, and say so in its line."""
    facts |= {"outcome": "retried", "reason": reason}
    await delivery.retry(reason)


async def _read(
    delivery: Delivery, codec: Codec, consumer: str, handlers: Mapping[type[BaseModel], object]
) -> BaseModel | None:
    """Read a delivery's message, or park it and return None."""
    try:
        message = codec.message(delivery.envelope)
        if type(message) not in handlers:
            raise UnreadableMessage(f"{consumer} does not handle {delivery.envelope.type}")
    except UnreadableMessage as error:
        with observed(consumer, delivery.envelope, codec.known_type(delivery.envelope)) as facts:
            facts |= {"outcome": "parked", "reason": str(error)}
            await delivery.park(str(error))
        return None
    return message


def in_transaction(
    pool: Pool,
    codec: Codec,
    consumer: str,
    handlers: Mapping[type[BaseModel], TransactionHandler],
    clock: Callable[[], datetime],
) -> Handler:
    """Handle each delivery in a transaction of its own, exactly once in effect."""

    async def handle(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            message = await _read(delivery, codec, consumer, handlers)
            if message is not None:
                with observed(consumer, delivery.envelope, delivery.envelope.type) as facts:
                    await _handle_one(delivery, message, facts)

    async def _handle_one(delivery: Delivery, message: BaseModel, facts: dict[str, str]) -> None:
        try:
            facts["outcome"] = await _held(
                lambda: _in_one_transaction(delivery.envelope, message, handlers[type(message)])
            )
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the queue goes on and the ladder tries again
            await _retry(delivery, in_words(error), facts)
            return
        await delivery.ack()

    async def _in_one_transaction(envelope: Envelope, message: BaseModel, handler: TransactionHandler) -> str:
        async with pool.acquire() as conn, conn.transaction():
            if not await inbox.mark(conn, consumer, envelope.message_id):
                return "repeated"
            await outbox.owe(conn, _owed(codec, envelope, message, await handler(conn, message), clock()))
        return "done"

    return handle


async def _held(work: Callable[[], Awaitable[str]]) -> str:
    """Do the work; while the database is away, try again for a few seconds before giving up."""
    until = time.monotonic() + HOLD_S
    while True:
        try:
            return await work()
        except AWAY as error:
            if time.monotonic() > until:
                raise
            log.warning("database.away", error=type(error).__name__)
        await asyncio.sleep(HOLD_PAUSE_S)


def at_least_once(
    bus: Bus,
    codec: Codec,
    consumer: str,
    handlers: Mapping[type[BaseModel], BatchHandler],
    clock: Callable[[], datetime],
) -> Handler:
    """Handle all messages at hand of one type together; acknowledge each after what it caused is confirmed."""

    async def handle(deliveries: Sequence[Delivery]) -> None:
        by_type: dict[type[BaseModel], list[tuple[Delivery, BaseModel]]] = {}
        for delivery in deliveries:
            message = await _read(delivery, codec, consumer, handlers)
            if message is not None:
                by_type.setdefault(type(message), []).append((delivery, message))
        for kind, items in by_type.items():
            batch = [(delivery.envelope, message) for delivery, message in items]
            with observed_together(consumer, batch[0][0].type, batch) as handlings:
                await _handle_all(items, handlings, handlers[kind])

    async def _handle_all(
        items: Sequence[tuple[Delivery, BaseModel]], handlings: Sequence[Handling], handler: BatchHandler
    ) -> None:
        became = await _attempt(handler, [message for _, message in items])
        shares: list[list[Envelope] | RetryLater] = []
        for (delivery, _), handling, each in zip(items, handlings, became, strict=True):
            with handling.in_hand():
                shares.append(_share(codec, delivery.envelope, each, clock()))
        problems = await _publish(bus, shares)
        for (delivery, _), handling, problem in zip(items, handlings, problems, strict=True):
            with handling.in_hand():
                if problem is not None:
                    await _retry(delivery, problem, handling.facts)
                else:
                    await delivery.ack()
                    handling.facts["outcome"] = "done"

    return handle


async def _attempt(handler: BatchHandler, messages: Sequence[BaseModel]) -> list[Finished | RetryLater]:
    """Run a handler; return what became of each message, in the same order."""
    try:
        said = {id(each.message): each for each in await handler(messages)}
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the queue goes on and the ladder tries again
        return [RetryLater(message, in_words(error)) for message in messages]
    return [said.get(id(message)) or RetryLater(message, UNSAID) for message in messages]


def _share(codec: Codec, cause: Envelope, became: Finished | RetryLater, now: datetime) -> list[Envelope] | RetryLater:
    """Wrap what one message caused; what cannot be wrapped brings that message back, and no other."""
    if isinstance(became, RetryLater):
        return became
    try:
        return _owed(codec, cause, became.message, became.caused, now)
    except Exception as error:  # noqa: BLE001 - as for a handler that fails
        return RetryLater(became.message, in_words(error))


async def _publish(bus: Bus, shares: Sequence[list[Envelope] | RetryLater]) -> list[str | None]:
    """Publish the share of each message that is finished; return for each message why it has to come again, or None."""
    owed = [envelope for share in shares if not isinstance(share, RetryLater) for envelope in share]
    refused: set[UUID] = set()
    refusal = ""
    try:
        await bus.publish(owed)
    except BusError as error:
        refused = {each.message_id for each in (error.envelopes if isinstance(error, Unroutable) else owed)}
        refusal = f"{type(error).__name__}: {error}"

    def problem(share: list[Envelope] | RetryLater) -> str | None:
        if isinstance(share, RetryLater):
            return share.reason
        return refusal if any(each.message_id in refused for each in share) else None

    return [problem(share) for share in shares]
