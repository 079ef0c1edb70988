"""The shape of the bus, as data.

One topic exchange. A message of type ``t`` for shard ``s`` travels under ``t.s`` in the live lane and ``t.s.bulk`` in
the bulk lane. Each consumer owns one queue per lane and shard, so one shard key is handled in order and shard keys in
parallel. Work that failed waits on a ladder of delays and then is parked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from zlib import crc32


class Lane(StrEnum):
    """People wait on `live`; nobody waits on `bulk`, and it never delays `live`."""

    LIVE = "live"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class QueueName:
    """One queue: a consumer's work of one lane and shard."""

    consumer: str
    lane: Lane
    shard: int

    def __str__(self) -> str:
        return f"{self.consumer}.{self.lane}.{self.shard}"


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who listens to which message types, and in which lanes."""

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
        """Pick the shard of a key; the same on every machine and in every version."""
        return crc32(shard_key.encode()) % self.shards

    def queues_of(self, consumer: str) -> list[QueueName]:
        """Name every queue of one consumer."""
        found = next(each for each in self.consumers if each.name == consumer)
        return [QueueName(found.name, lane, shard) for lane in found.lanes for shard in range(self.shards)]


def routing_key(message_type: str, lane: Lane, shard: int) -> str:
    """Build the key under which a message travels."""
    return f"{message_type}.{shard}" if lane is Lane.LIVE else f"{message_type}.{shard}.{lane}"
