"""What handlers are given, and what they say in return.

A transaction handler gets one message and returns what it caused. A batch handler gets all messages at hand, so that it
can merge what asks for the same thing, and says of each one what became of it.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel

from libs.common.codec import BusMessage
from libs.common.db import Connection
from libs.common.topology import Lane


@dataclass(frozen=True, slots=True)
class InLane:
    """A message that travels in a lane of its own choosing."""

    message: BusMessage
    lane: Lane


@dataclass(frozen=True, slots=True)
class ToSender:
    """An answer to whoever sent the message in hand; dropped if they did not ask for one.

    Its type is one of those that the class of the message declares as `replies`: they tell the sender how it went.
    """

    message: BusMessage


Caused: TypeAlias = BusMessage | InLane | ToSender
"""What a message caused: it carries the correlation id and the trace of its cause, and its lane unless it chose one."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A message that is done with, and what it caused.

    Where one piece of work served several messages, the first that asked for it caused what came of it, and the others
    caused nothing.
    """

    message: BaseModel
    caused: Sequence[Caused] = ()


@dataclass(frozen=True, slots=True)
class RetryLater:
    """A message that could not be handled now; the ladder brings it back. `reason` says nothing that people wrote."""

    message: BaseModel
    reason: str


TransactionHandler: TypeAlias = Callable[[Connection, Any], Awaitable[Iterable[Caused]]]
BatchHandler: TypeAlias = Callable[[Sequence[Any]], Awaitable[Iterable[Finished | RetryLater]]]
"""Says what became of each message, of the very object it was given; one of which nothing is said comes again."""
