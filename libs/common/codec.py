"""Turn messages into envelopes with JSON bodies, and back, by the catalogue of message types."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeAlias
from uuid import UUID

import orjson
from opentelemetry.propagate import inject
from pydantic import BaseModel, ValidationError

from libs.common.bus.port import Envelope
from libs.common.topology import Lane, Topology


class BusMessage(Protocol):
    """A message: a pydantic model that knows its type, its shard key, and whether it must reach a queue."""

    type: ClassVar[str]
    is_open: ClassVar[bool]

    @property
    def shard_key(self) -> str: ...

    def model_dump_json(self) -> str:
        """Return the body."""
        ...


ReplyTypes: TypeAlias = tuple[type[BusMessage], ...]
"""The message types that may reply to a message; the type of the reply says how it went."""


def replies_to(message: type[BaseModel]) -> ReplyTypes:
    """Return the message types that may reply to a message: those its class declares as `replies`, or none."""
    found: ReplyTypes = getattr(message, "replies", ())
    return found


class UnreadableMessage(Exception):
    """An envelope cannot be read as a message here. Park or refuse it: a retry would fail in the same way.

    `asked` is the class of the message by the envelope's type, if that is known here. `errors` are those of pydantic,
    without the values that were found; none if it is not the fields that are wrong.
    """

    def __init__(
        self,
        message: str,
        *,
        asked: type[BaseModel] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.asked = asked
        self.errors = tuple(errors)


class Codec:
    """Turns messages into envelopes and back."""

    def __init__(self, catalogue: Mapping[str, type[BaseModel]], topology: Topology) -> None:
        self.topology = topology
        self._catalogue = catalogue

    def envelope(
        self,
        message: BusMessage,
        *,
        message_id: UUID,
        correlation_id: str,
        lane: Lane,
        sent_at: datetime,
        began_at: datetime | None = None,
    ) -> Envelope:
        """Wrap a message for the bus, with the current trace."""
        carrier: dict[str, str] = {}
        inject(carrier)
        return Envelope(
            message_id=message_id,
            type=message.type,
            body=message.model_dump_json().encode(),
            shard=self.topology.shard_of(message.shard_key),
            sent_at=sent_at,
            correlation_id=correlation_id,
            lane=lane,
            traceparent=carrier.get("traceparent"),
            is_open=message.is_open,
            began_at=began_at,
        )

    def known_type(self, envelope: Envelope) -> str:
        """Return the type if it is in the catalogue, else "unknown": strange types must not multiply metric labels."""
        return envelope.type if envelope.type in self._catalogue else "unknown"

    def message(self, envelope: Envelope) -> BaseModel:
        """Read an envelope's message. Raises `UnreadableMessage` with what was expected and what was found."""
        model = self._catalogue.get(envelope.type)
        if model is None:
            raise UnreadableMessage(f"no message of type {envelope.type!r} is known here")
        try:
            message = model.model_validate_json(envelope.body)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
            where = ".".join(str(part) for part in errors[0]["loc"]) or "the body"
            said = f"{envelope.type} cannot be read: {where}: {errors[0]['msg']}"
            raise UnreadableMessage(said, asked=model, errors=[dict(each) for each in errors]) from error
        if b"\\u0000" in envelope.body and _has_nul(envelope.body):
            said = f"{envelope.type} cannot be stored: a text in it holds a NUL, which PostgreSQL refuses"
            raise UnreadableMessage(said, asked=model)
        return message


def _has_nul(body: bytes) -> bool:
    """Whether any text of a JSON document holds a NUL."""
    left: list[object] = []
    try:
        left.append(orjson.loads(body))
    except orjson.JSONDecodeError:
        return False
    while left:
        match left.pop():
            case str(text) if "\x00" in text:
                return True
            case dict(inner):
                left += [*inner, *inner.values()]
            case list(inner):
                left += inner
            case _:
                pass
    return False
