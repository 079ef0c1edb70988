"""What every message on the bus has, and what those about a space, or about a meeting or reservation, have besides."""

from abc import abstractmethod
from typing import ClassVar, TypeAlias
from uuid import UUID

from libs.contracts.keys import Key
from libs.contracts.values import Value


class Message(Value):
    """The common part of all messages. Those of one shard key are handled in the order in which they were sent."""

    type: ClassVar[str]
    is_open: ClassVar[bool] = False
    sharded_by: ClassVar[str] = "the space's id"

    @property
    @abstractmethod
    def shard_key(self) -> str:
        """Return the text whose CRC-32 picks the shard."""


Replies: TypeAlias = tuple[type[Message], ...]
"""The messages that may reply to a message, which its class declares as `replies`."""


class SpaceMessage(Message):
    """A message about a space."""

    space_id: UUID

    @property
    def shard_key(self) -> str:
        """Put all messages about one space into one order."""
        return str(self.space_id)


class KeyMessage(Message):
    """A message about a meeting or reservation, by its key."""

    key: Key

    @property
    def space_id(self) -> UUID:
        """Return the space of the key."""
        return self.key.space_id

    @property
    def shard_key(self) -> str:
        """Put it into one order with all messages about its space."""
        return str(self.key.space_id)
