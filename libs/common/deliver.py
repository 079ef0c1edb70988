"""From a delivery to a handler and back, with the guarantee the handler needs.

* `in_transaction`: inbox mark, handler and outbox rows are one transaction; then the delivery is acknowledged. The
  effect happens once, however often the message comes.
* `at_least_once`: for handlers whose effects are outside any transaction and harmless when repeated. They get all
  messages at hand at once, so that they can merge what asks for the same thing.

A message that cannot be read is parked. A handler that fails sends its delivery up the ladder. Neither stops the queue.
A database that is away for a moment does: the queue waits for it, in order, before it takes to the ladder.
What a message causes travels in its lane unless the handler says otherwise (`InLane`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from pydantic import BaseModel

from libs.common import inbox, outbox
from libs.common.bus.port import Bus, BusError, Delivery, Envelope, Handler
from libs.common.codec import BusMessage, Codec, UnreadableMessage
from libs.common.db import AWAY, Connection, Pool
from libs.common.observed import in_words, observed
from libs.common.topology import Lane

HOLD_S = 10.0
HOLD_PAUSE_S = 0.25

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InLane:
    """A message that travels in a lane of its own choosing."""

    message: BusMessage
    lane: Lane


class RetryLater(Exception):
    """The work could not be done now; the ladder brings it back.

    `messages` names those concerned; None means all that were at hand. What was done for the others stands.
    """

    def __init__(
        self, reason: str, messages: Sequence[BaseModel] | None = None, done: Iterable[BusMessage | InLane] = ()
    ) -> None:
        super().__init__(reason)
        self.messages = messages
        self.done = tuple(done)


TransactionHandler = Callable[[Connection, Any], Awaitable[Iterable[BusMessage | InLane]]]
BatchHandler = Callable[[Sequence[Any]], Awaitable[Iterable[BusMessage | InLane]]]


def _in_lanes(messages: Iterable[BusMessage | InLane], lane: Lane) -> list[tuple[BusMessage, Lane]]:
    return [(each.message, each.lane) if isinstance(each, InLane) else (each, lane) for each in messages]


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
            reason = in_words(error)
            facts |= {"outcome": "retried", "reason": reason}
            await delivery.retry(reason)
            return
        await delivery.ack()

    async def _in_one_transaction(envelope: Envelope, message: BaseModel, handler: TransactionHandler) -> str:
        async with pool.acquire() as conn, conn.transaction():
            if not await inbox.mark(conn, consumer, envelope.message_id):
                return "repeated"
            caused = _in_lanes(await handler(conn, message), envelope.lane)
            await outbox.add(conn, codec, caused, correlation_id=envelope.correlation_id, now=clock())
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


async def _attempt(
    handler: BatchHandler, messages: Sequence[BaseModel]
) -> tuple[Iterable[BusMessage | InLane], Sequence[BaseModel], str]:
    """Run a handler; return what it caused, which messages have to come again, and why."""
    try:
        return await handler(messages), (), ""
    except RetryLater as error:
        return error.done, messages if error.messages is None else error.messages, str(error)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the queue goes on and the ladder tries again
        return (), messages, in_words(error)


def at_least_once(
    bus: Bus,
    codec: Codec,
    consumer: str,
    handlers: Mapping[type[BaseModel], BatchHandler],
    clock: Callable[[], datetime],
) -> Handler:
    """Handle all messages at hand of one type together; acknowledge after what they caused is confirmed."""

    async def handle(deliveries: Sequence[Delivery]) -> None:
        by_type: dict[type[BaseModel], list[tuple[Delivery, BaseModel]]] = {}
        for delivery in deliveries:
            message = await _read(delivery, codec, consumer, handlers)
            if message is None:
                continue
            by_type.setdefault(type(message), []).append((delivery, message))
        for kind, items in by_type.items():
            with observed(consumer, items[0][0].envelope, items[0][0].envelope.type, len(items)) as facts:
                await _handle_all(items, handlers[kind], facts)

    async def _handle_all(
        items: Sequence[tuple[Delivery, BaseModel]], handler: BatchHandler, facts: dict[str, str]
    ) -> None:
        first = items[0][0].envelope
        caused, again, reason = await _attempt(handler, [message for _, message in items])
        owed = [
            codec.envelope(message, message_id=uuid4(), correlation_id=first.correlation_id, lane=lane, sent_at=clock())
            for message, lane in _in_lanes(caused, first.lane)
        ]
        try:
            await bus.publish(owed)
        except BusError as error:
            again, reason = [message for _, message in items], f"{type(error).__name__}: {error}"
        postponed = {id(message) for message in again}
        for delivery, message in items:
            if id(message) in postponed:
                await delivery.retry(reason)
            else:
                await delivery.ack()
        facts["outcome"] = "retried" if again else "done"
        if reason:
            facts["reason"] = reason

    return handle
