"""Observe each message that is handled: one span, one log line, two metrics.

Code that takes part in the handling adds facts to the log line: ids, counts and reasons, never what people wrote.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime

import asyncpg
import structlog
from opentelemetry import trace
from opentelemetry.propagate import extract
from prometheus_client import Counter, Histogram
from pydantic import ValidationError

from libs.common.bus.port import Envelope
from libs.common.correlation import correlated

HANDLED = Counter("roomsync_messages_handled_total", "Messages handled", ["consumer", "type", "outcome"])
SECONDS = Histogram("roomsync_message_seconds", "Time to handle a message", ["consumer", "type"])

_GONE_WRONG = frozenset({"retried", "parked", "returned", "waiting", "failed"})
_facts: ContextVar[dict[str, str] | None] = ContextVar("facts", default=None)
_began_at: ContextVar[datetime | None] = ContextVar("began_at", default=None)
_batch: ContextVar[Mapping[int, "Handling"] | None] = ContextVar("batch", default=None)

log = structlog.get_logger()
tracer = trace.get_tracer("roomsync")


def add_facts(**facts: str) -> None:
    """Add facts to the log line of the current message; they are dropped if there is none."""
    line = _facts.get()
    if line is not None:
        line.update(facts)


def began_at() -> datetime | None:
    """Return when what led to the current message came in; None outside of any message."""
    return _began_at.get()


class Handling:
    """The handling of one message, from the construction of this object to `report` and then `end`."""

    def __init__(self, consumer: str, envelope: Envelope, kind: str) -> None:
        self.facts = {"outcome": "failed"}
        self._consumer = consumer
        self._kind = kind
        self.correlation_id = envelope.correlation_id
        self._began_at = envelope.since
        self._named = {
            "consumer": consumer,
            "message_id": str(envelope.message_id),
            "message_type": envelope.type,
            "attempt": envelope.attempt,
        }
        context = extract({"traceparent": envelope.traceparent}) if envelope.traceparent else None
        self._started = time.perf_counter()
        self._span = tracer.start_span(f"handle {kind}", context, kind=trace.SpanKind.CONSUMER)

    @contextmanager
    def as_current(self) -> Iterator[None]:
        """Make this the current message: logs, facts, traces and caused messages inside the block belong to it."""
        facts, began = _facts.set(self.facts), _began_at.set(self._began_at)
        try:
            with (
                correlated(self.correlation_id),
                structlog.contextvars.bound_contextvars(**self._named),
                # A span would record the text of an error, which may quote what people wrote.
                trace.use_span(self._span, record_exception=False, set_status_on_exception=False),
            ):
                yield
        finally:
            _began_at.reset(began)
            _facts.reset(facts)

    def report(self) -> None:
        """Write the log line and count the two metrics; to be called while the message is the current one."""
        seconds = time.perf_counter() - self._started
        outcome = self.facts["outcome"]
        HANDLED.labels(self._consumer, self._kind, outcome).inc()
        SECONDS.labels(self._consumer, self._kind).observe(seconds)
        if outcome in _GONE_WRONG:
            self._span.set_status(trace.StatusCode.ERROR, outcome)
        level = log.warning if outcome in _GONE_WRONG else log.info
        level("message.handled", duration_ms=round(seconds * 1000, 1), **self.facts)

    def end(self) -> None:
        """End the span."""
        self._span.end()


@contextmanager
def observed(consumer: str, envelope: Envelope, kind: str) -> Iterator[dict[str, str]]:
    """Observe the handling of a message; yield the facts of its log line, with the `outcome`."""
    handling = Handling(consumer, envelope, kind)
    try:
        with handling.as_current():
            try:
                yield handling.facts
            finally:
                handling.report()
    finally:
        handling.end()


@contextmanager
def observed_together(consumer: str, kind: str, batch: Sequence[tuple[Envelope, object]]) -> Iterator[list[Handling]]:
    """Observe each of the messages that are handled together; yield their handlings in the same order.

    None of them is the current message, unless the handler makes it so by `on_behalf_of`.
    """
    handlings = [Handling(consumer, envelope, kind) for envelope, _ in batch]
    token = _batch.set({id(message): each for (_, message), each in zip(batch, handlings, strict=True)})
    try:
        yield handlings
    finally:
        _batch.reset(token)
        for each in handlings:
            with each.as_current():
                each.report()
            each.end()


@contextmanager
def on_behalf_of(message: object) -> Iterator[None]:
    """Make one message of a batch the current one: logs, facts and traces inside the block belong to it.

    `message` has to be the same object that the handler was given; without a batch nothing happens.
    """
    handling = (_batch.get() or {}).get(id(message))
    with handling.as_current() if handling else nullcontext():
        yield


def correlation_of(message: object) -> str | None:
    """Return the correlation id of one message of the batch at hand; None for any other object."""
    handling = (_batch.get() or {}).get(id(message))
    return handling.correlation_id if handling is not None else None


def in_words(error: BaseException) -> str:
    """Describe an error without the values in it, which may be what people wrote."""
    name = type(error).__name__
    match error:
        case asyncpg.DataError():
            return f"{name}: {error.sqlstate}"  # Its text quotes the value that PostgreSQL refuses.
        case asyncpg.InterfaceError() if isinstance(error, ValueError):
            return name  # That of the driver does, too.
        case asyncpg.PostgresError():
            # Its full text goes on to quote the whole row.
            return f"{name}: {error.args[0] if error.args else error.sqlstate}"
        case ValidationError():
            where = sorted({".".join(str(part) for part in each["loc"]) for each in error.errors(include_input=False)})
            return f"{name}: {error.title}: {', '.join(where)}"
        case _:
            return f"{name}: {error}"
