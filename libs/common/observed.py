"""What is observed of each message that is handled: one span, one log line, two figures.

Whoever takes part in the handling adds facts to the one line: ids, counts and reasons, never what people wrote.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import asyncpg
import structlog
from opentelemetry import trace
from opentelemetry.propagate import extract
from prometheus_client import Counter, Histogram
from pydantic import ValidationError

from libs.common.bus.port import Envelope

HANDLED = Counter("roomsync_messages_handled_total", "Messages handled", ["consumer", "type", "outcome"])
SECONDS = Histogram("roomsync_message_seconds", "Time to handle a message", ["consumer", "type"])

_BOUND = ("consumer", "message_id", "message_type", "correlation_id", "attempt")
_GONE_WRONG = frozenset({"retried", "parked", "failed"})
_facts: ContextVar[dict[str, str] | None] = ContextVar("facts", default=None)

log = structlog.get_logger()
tracer = trace.get_tracer("roomsync")


def add_facts(**facts: str) -> None:
    """Add facts to the log line of the message in hand; without one they are dropped."""
    line = _facts.get()
    if line is not None:
        line.update(facts)


@contextmanager
def observed(consumer: str, envelope: Envelope, kind: str, count: int = 1) -> Iterator[dict[str, str]]:
    """Observe the handling of a message, or of `count` at once; yield the facts of its line, with the `outcome`."""
    structlog.contextvars.bind_contextvars(
        consumer=consumer,
        message_id=str(envelope.message_id),
        message_type=envelope.type,
        correlation_id=envelope.correlation_id,
        attempt=envelope.attempt,
    )
    context = extract({"traceparent": envelope.traceparent}) if envelope.traceparent else None
    started = time.perf_counter()
    facts = {"outcome": "failed"}
    token = _facts.set(facts)
    with tracer.start_as_current_span(f"handle {kind}", context, kind=trace.SpanKind.CONSUMER):
        try:
            yield facts
        finally:
            _facts.reset(token)
            seconds = time.perf_counter() - started
            HANDLED.labels(consumer, kind, facts["outcome"]).inc(count)
            SECONDS.labels(consumer, kind).observe(seconds)
            level = log.warning if facts["outcome"] in _GONE_WRONG else log.info
            level("message.handled", messages=count, duration_ms=round(seconds * 1000, 1), **facts)
            structlog.contextvars.unbind_contextvars(*_BOUND)


def in_words(error: Exception) -> str:
    """Say what went wrong without the values that it was about: they may be what people wrote."""
    name = type(error).__name__
    match error:
        case asyncpg.PostgresError():
            # Its text goes on with the whole row.
            return f"{name}: {error.args[0] if error.args else error.sqlstate}"
        case ValidationError():
            where = sorted({".".join(str(part) for part in each["loc"]) for each in error.errors(include_input=False)})
            return f"{name}: {error.title}: {', '.join(where)}"
        case _:
            return f"{name}: {error}"
