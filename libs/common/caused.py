"""Wrap the messages that a message caused.

Each gets the correlation id, the beginning, the trace and, if it has none of its own, the lane of its cause.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from pydantic import BaseModel

from libs.common.bus.port import Envelope
from libs.common.codec import BusMessage, Codec, replies_to
from libs.common.handlers import Caused, InLane, ToSender
from libs.common.topology import Lane


class UndeclaredReply(TypeError):
    """A handler replied with a message type that the class of the request does not declare: a bug of ours."""


def wrap_caused(
    codec: Codec, cause: Envelope, asked: type[BaseModel], caused: Iterable[Caused], now: datetime
) -> list[Envelope]:
    """Wrap what a message of the class `asked` caused, with its correlation id, beginning, trace and lane."""

    def wrap(message: BusMessage, lane: Lane) -> Envelope:
        return codec.envelope(
            message,
            message_id=uuid4(),
            correlation_id=cause.correlation_id,
            lane=lane,
            sent_at=now,
            began_at=cause.since,
        )

    envelopes: list[Envelope] = []
    for each in caused:
        match each:
            case ToSender(message):
                if type(message) not in replies_to(asked):
                    raise UndeclaredReply(f"{cause.type} is not answered by {message.type}")
                if cause.reply_to is not None:
                    envelopes.append(replace(wrap(message, cause.lane), address=cause.reply_to))
            case InLane(message, lane):
                envelopes.append(wrap(message, lane))
            case message:
                envelopes.append(wrap(message, cause.lane))
    return envelopes
