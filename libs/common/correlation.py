"""The correlation id of what is being done now: the id that log lines, messages and what is written down share.

It is set once at the door, for as long as a message, a request or a piece of a loop's work takes, and read by whoever
writes down what happened. Messages get theirs from the envelope of their cause, not from here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def current_correlation() -> str | None:
    """Return the correlation id of what is being done now; None outside of anything that has one."""
    return _current.get()


@contextmanager
def correlated(correlation_id: str) -> Iterator[str]:
    """Do what is inside the block under this correlation id, which each of its log lines names."""
    before = _current.set(correlation_id)
    try:
        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            yield correlation_id
    finally:
        _current.reset(before)
