"""The shape of the bus, as data.

There is one topic exchange. A message of type ``t`` for shard ``s`` has the routing key ``t.s`` in the live lane and
``t.s.bulk`` in the bulk lane. Each consumer owns one queue per lane and shard, so the messages of one shard key are
handled in order, and shards in parallel. A failed message waits on a ladder of delays, and is parked after the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from zlib import crc32


class Lane(StrEnum):
    """People wait on `live`; `bulk` is for what takes long or comes in numbers, and hardly delays it."""

    LIVE = "live"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class QueueName:
    """One queue: a consumer's messages of one lane and shard."""

    consumer: str
    lane: Lane
    shard: int

    def __str__(self) -> str:
        return f"{self.consumer}.{self.lane}.{self.shard}"


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer: the message types it listens to, and in which lanes."""

    name: str
    listens_to: Sequence[str]
    lanes: Sequence[Lane] = (Lane.LIVE,)


@dataclass(frozen=True, slots=True)
class Topology:
    """All queues and bindings of one system. `namespace` prefixes every exchange and queue declared."""

    consumers: Sequence[Consumer]
    shards: int
    namespace: str = "roomsync"
    ladder: Sequence[timedelta] = field(
        default=(timedelta(seconds=2), timedelta(seconds=15), timedelta(minutes=2), timedelta(minutes=15))
    )

    def shard_of(self, shard_key: str) -> int:
        """Return the shard of a key, which is the same on every machine and in every version."""
        return crc32(shard_key.encode()) % self.shards

    def queues_of(self, consumer: str) -> list[QueueName]:
        """Name every queue of one consumer."""
        found = next(each for each in self.consumers if each.name == consumer)
        return [QueueName(found.name, lane, shard) for lane in found.lanes for shard in range(self.shards)]


def routing_key(message_type: str, lane: Lane, shard: int) -> str:
    """Build the routing key of a message."""
    return f"{message_type}.{shard}" if lane is Lane.LIVE else f"{message_type}.{shard}.{lane}"
