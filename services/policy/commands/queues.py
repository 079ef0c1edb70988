"""How many messages wait in each consumer's queues, of all services."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.bus.port import Bus, BusError
from libs.common.topology import Lane, Topology

COUNTED_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class ConsumerQueues:
    """How many messages wait for a consumer, over all shards; `bulk` is None if it has no such lane."""

    consumer: str
    live: int
    bulk: int | None


async def count_waiting(bus: Bus, topology: Topology) -> Sequence[ConsumerQueues] | None:
    """Count what waits, by consumer; None if the bus does not say it within two seconds.

    What a consumer has fetched already is not counted, which is some messages for each queue.
    """
    queues = [queue for each in topology.consumers for queue in topology.queues_of(each.name)]
    try:
        async with asyncio.timeout(COUNTED_WITHIN_S):
            depths = await bus.depths(queues)
    except (BusError, TimeoutError):
        return None

    def count(consumer: str, lane: Lane) -> int:
        return sum(depth for queue, depth in depths.items() if (queue.consumer, queue.lane) == (consumer, lane))

    return [
        ConsumerQueues(
            each.name, count(each.name, Lane.LIVE), count(each.name, Lane.BULK) if Lane.BULK in each.lanes else None
        )
        for each in topology.consumers
    ]
