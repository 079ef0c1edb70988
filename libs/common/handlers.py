"""The arguments and results of handlers.

A transaction handler gets one message and returns what it caused. A batch handler gets a batch of messages, so that it
can merge those that ask for the same thing, and returns for each whether it is finished.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel

from libs.common.codec import BusMessage, UnreadableMessage
from libs.common.db import Connection
from libs.common.topology import Lane
from libs.common.waiting import Remote


@dataclass(frozen=True, slots=True)
class InLane:
    """A message to publish in this lane."""

    message: BusMessage
    lane: Lane


@dataclass(frozen=True, slots=True)
class ToSender:
    """A reply to the sender of the current message; dropped if the sender did not ask for one.

    Its type is one of those that the class of the message declares as `replies`; the type tells the sender how it went.
    """

    message: BusMessage


Caused: TypeAlias = BusMessage | InLane | ToSender
"""What a message caused. It gets the correlation id and the trace of its cause, and its lane unless it has its own."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A message that is handled, and what it caused.

    If one piece of work served several messages, the first of them caused all that followed, and the others nothing.
    """

    message: BaseModel
    caused: Sequence[Caused] = ()


@dataclass(frozen=True, slots=True)
class RetryLater:
    """A message that could not be handled now and goes up the ladder. `reason` contains nothing that people wrote."""

    message: BaseModel
    reason: str


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A message that could not be handled because the database was away. It keeps its place until that answers."""

    message: BaseModel
    error: Exception


@dataclass(frozen=True, slots=True)
class Waits:
    """A message that cannot be handled until its target can be reached again; `reason` as for `RetryLater`.

    It climbs the first step of the ladder, because most refusals last for a moment, and then waits for as long as it
    takes. Under a `key` the message that began to wait last overtakes the others, which are handled without delay.

    A message that is woken again and again and always fails is left to the ladder in the end. One that `has_an_end` is
    not: its handler gives it up when its time has come.
    """

    message: BaseModel
    target: Remote
    reason: str
    key: str | None = None
    has_an_end: bool = False


Became: TypeAlias = Finished | RetryLater | HeldBack | Waits
"""What became of one message of a batch."""

TransactionHandler: TypeAlias = Callable[[Connection, Any], Awaitable[Iterable[Caused]]]


@dataclass(frozen=True, slots=True)
class Refusable:
    """A transaction handler of messages whose sender is told if one cannot be read.

    `refuse` returns the reply to such a message, and changes nothing. One whose sender asks for no reply is parked.
    """

    handle: TransactionHandler
    refuse: Callable[[UnreadableMessage], BusMessage]

    def __call__(self, conn: Connection, message: Any) -> Awaitable[Iterable[Caused]]:  # noqa: ANN401
        return self.handle(conn, message)


BatchHandler: TypeAlias = Callable[[Sequence[Any]], Awaitable[Iterable[Became]]]
"""Returns a result for each message, with the same object that it was given; a message without a result is retried."""
