"""Give deliveries to a handler, with the guarantee that the handler needs.

* `in_transaction`: inbox mark, handler and outbox rows are one transaction; then the delivery is acknowledged. The
  effect happens once, however often the message is delivered.
* `at_least_once`: for handlers whose effects are outside any transaction and harmless when repeated. They get a batch
  of messages, so that they can merge those that ask for the same thing.

A message that cannot be read is parked. A delivery whose handler fails goes up the ladder. Neither stops the queue. A
database that is away for a moment does: the queue waits for it, in order, before the delivery goes up the ladder.
Each message, alone or in a batch, has its own span, log line and outcome. The messages it causes get its correlation
id, its trace and its lane.
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
    """A handler replied with a message type that the class of the request does not declare: a bug of ours."""


def _wrap_caused(
    codec: Codec, cause: Envelope, asked: BaseModel, caused: Iterable[Caused], now: datetime
) -> list[Envelope]:
    """Wrap the messages that a message caused, with its correlation id, the current trace, and its lane."""

    def wrap(message: BusMessage, lane: Lane) -> Envelope:
        return codec.envelope(message, message_id=uuid4(), correlation_id=cause.correlation_id, lane=lane, sent_at=now)

    envelopes: list[Envelope] = []
    for each in caused:
        match each:
            case ToSender(message):
                if type(message) not in replies_to(type(asked)):
                    raise UndeclaredReply(f"{cause.type} is not answered by {message.type}")
                if cause.reply_to is not None:
                    envelopes.append(replace(wrap(message, cause.lane), address=cause.reply_to))
            case InLane(message, lane):
                envelopes.append(wrap(message, lane))
            case message:
                envelopes.append(wrap(message, cause.lane))
    return envelopes


async def _retry(delivery: Delivery, reason: str, facts: dict[str, str]) -> None:
    """Send a delivery up the ladder, and record that in its log line."""
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
    """Build a handler that handles each delivery in a transaction of its own, exactly once in effect."""

    async def handle(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            message = await _read(delivery, codec, consumer, handlers)
            if message is not None:
                with observed(consumer, delivery.envelope, delivery.envelope.type) as facts:
                    await _handle_one(delivery, message, facts)

    async def _handle_one(delivery: Delivery, message: BaseModel, facts: dict[str, str]) -> None:
        try:
            facts["outcome"] = await _wait_for_database(
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
            caused = _wrap_caused(codec, envelope, message, await handler(conn, message), clock())
            await outbox.add_envelopes(conn, caused)
        return "done"

    return handle


async def _wait_for_database(work: Callable[[], Awaitable[str]]) -> str:
    """Do the work; if the database is away, try again for `HOLD_S` before raising the error."""
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
    """Build a handler that handles a batch by type, and acknowledges each message after what it caused is confirmed."""

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
            with handling.as_current():
                shares.append(_share(codec, delivery.envelope, each, clock()))
        problems = await _publish(bus, shares)
        for (delivery, _), handling, problem in zip(items, handlings, problems, strict=True):
            with handling.as_current():
                if problem is not None:
                    await _retry(delivery, problem, handling.facts)
                else:
                    await delivery.ack()
                    handling.facts["outcome"] = "done"

    return handle


async def _attempt(handler: BatchHandler, messages: Sequence[BaseModel]) -> list[Finished | RetryLater]:
    """Run a handler; return the result for each message, in the same order."""
    try:
        said = {id(each.message): each for each in await handler(messages)}
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the queue goes on and the ladder tries again
        return [RetryLater(message, in_words(error)) for message in messages]
    return [said.get(id(message)) or RetryLater(message, UNSAID) for message in messages]


def _share(codec: Codec, cause: Envelope, became: Finished | RetryLater, now: datetime) -> list[Envelope] | RetryLater:
    """Wrap what one message caused. If that fails, only this message is retried."""
    if isinstance(became, RetryLater):
        return became
    try:
        return _wrap_caused(codec, cause, became.message, became.caused, now)
    except Exception as error:  # noqa: BLE001 - as for a handler that fails
        return RetryLater(became.message, in_words(error))


async def _publish(bus: Bus, shares: Sequence[list[Envelope] | RetryLater]) -> list[str | None]:
    """Publish what the finished messages caused; return for each message why it has to be retried, or None."""
    envelopes = [envelope for share in shares if not isinstance(share, RetryLater) for envelope in share]
    refused: set[UUID] = set()
    refusal = ""
    try:
        await bus.publish(envelopes)
    except BusError as error:
        refused = {each.message_id for each in (error.envelopes if isinstance(error, Unroutable) else envelopes)}
        refusal = f"{type(error).__name__}: {error}"

    def problem(share: list[Envelope] | RetryLater) -> str | None:
        if isinstance(share, RetryLater):
            return share.reason
        return refusal if any(each.message_id in refused for each in share) else None

    return [problem(share) for share in shares]
