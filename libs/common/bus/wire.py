"""Translate between envelopes and AMQP messages: properties and headers; the body is not changed."""

from datetime import UTC, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage, HeadersType

from libs.common.bus.port import Envelope, Parked
from libs.common.clock import utc_now
from libs.common.topology import Lane

MAX_REASON = 500


def to_wire(
    envelope: Envelope, *, attempt: int | None = None, reason: str | None = None, queue: str | None = None
) -> Message:
    """Build the AMQP message; `reason` and `queue` are for messages on the ladder and parked ones."""
    headers: HeadersType = {
        "x-attempt": envelope.attempt if attempt is None else attempt,
        "x-lane": envelope.lane.value,
        "x-shard": envelope.shard,
        "x-sent-at": envelope.sent_at.isoformat(),
    }
    if envelope.began_at:
        headers["x-began-at"] = envelope.began_at.isoformat()
    if envelope.wakes:
        headers["x-wakes"] = envelope.wakes
    if envelope.traceparent:
        headers["traceparent"] = envelope.traceparent
    if reason is not None:
        headers["x-reason"] = reason.encode(errors="replace").decode()[:MAX_REASON]
    if queue is not None:
        headers["x-queue"] = queue
        headers["x-parked-at"] = utc_now().isoformat()
    return Message(
        envelope.body,
        message_id=str(envelope.message_id),
        type=envelope.type,
        timestamp=envelope.sent_at,
        correlation_id=envelope.correlation_id,
        reply_to=envelope.reply_to,
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        headers=headers,
    )


def from_wire(message: AbstractIncomingMessage) -> Envelope:
    """Read an AMQP message from any publisher; a property that is missing or malformed gets a harmless value."""
    headers = message.headers
    return Envelope(
        message_id=_identity(message),
        type=message.type or "unknown",
        body=message.body,
        shard=_number(headers.get("x-shard")),
        sent_at=_instant(headers.get("x-sent-at")) or message.timestamp or utc_now(),
        correlation_id=message.correlation_id or message.message_id or "unknown",
        lane=Lane.BULK if headers.get("x-lane") == Lane.BULK.value else Lane.LIVE,
        traceparent=_text(headers.get("traceparent")),
        attempt=max(0, _number(headers.get("x-attempt"))),
        wakes=max(0, _number(headers.get("x-wakes"))),
        reply_to=_printable(message.reply_to),
        began_at=_instant(headers.get("x-began-at")),
    )


def parked_from_wire(message: AbstractIncomingMessage, *, prefix: str) -> Parked:
    """Read a message of the parked queue, which we or the broker itself have parked.

    `prefix` is the prefix of every queue's name.
    """
    headers = message.headers
    queue = _text(headers.get("x-queue")) or _text(headers.get("x-first-death-queue")) or "unknown"
    return Parked(
        envelope=from_wire(message),
        queue=queue.removeprefix(prefix),
        reason=_text(headers.get("x-reason")) or "delivered too often without an answer",
        parked_at=_instant(headers.get("x-parked-at")) or message.timestamp or utc_now(),
    )


def _text(value: object) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value if isinstance(value, str) else None


def _printable(value: object) -> str | None:
    """Return a text as a queue's name, or None if it cannot be printed: no queue has such a name."""
    return value if isinstance(value, str) and value.isprintable() and value else None


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value) or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _identity(message: AbstractIncomingMessage) -> UUID:
    """Return the message's id. If it is missing or not a UUID, derive one that is the same at every reading."""
    try:
        return UUID(message.message_id or "")
    except ValueError:
        return uuid5(NAMESPACE_OID, f"{message.message_id}/{message.type}/{message.body.hex()}")
