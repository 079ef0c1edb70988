"""Measure the queues that a service consumes: how many messages wait, and how old the oldest is.

The depth comes from the bus. On RabbitMQ it does not count what a consumer has fetched already, some messages for each
queue. The age is that of the message in the consumer's hand, which is the oldest of its queue, counted from when it was
sent: it grows while a queue is held up, and includes what the message waited on the ladder. Replicas that stand by have
nothing in hand and show 0.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog
from prometheus_client import Gauge

from libs.common.bus.port import Bus, BusError, Consumption
from libs.common.topology import QueueName

DEPTH = Gauge("roomsync_queue_messages", "Messages that wait in a consumer's queues", ["consumer", "lane"])
AGE = Gauge(
    "roomsync_queue_oldest_seconds", "Age of the oldest message that a consumer has in hand", ["consumer", "lane"]
)
PARKED = Gauge("roomsync_parked_messages", "Messages that were parked and wait for a person")

MEASURE_EVERY_S = 15.0

log = structlog.get_logger()


async def measure_queues(bus: Bus, consumed: Mapping[QueueName, Consumption], now: datetime) -> None:
    """Measure each consumer and lane, over all shards. While the bus is away, depths stay as they were."""
    ages = {queue: age_s(each.oldest_sent_at, now) for queue, each in consumed.items()}
    for (consumer, lane), most in _by_lane(ages).items():
        AGE.labels(consumer, lane).set(max(most))
    try:
        depths = await bus.depths(list(consumed))
    except BusError as error:
        log.warning("queues.unmeasured", error=type(error).__name__)
        return
    for (consumer, lane), each_depth in _by_lane(depths).items():
        DEPTH.labels(consumer, lane).set(sum(each_depth))


async def measure_parked(bus: Bus) -> None:
    """Measure how many messages are parked, of all consumers together."""
    try:
        PARKED.set(await bus.count_parked())
    except BusError as error:
        log.warning("parked.unmeasured", error=type(error).__name__)


def age_s(sent_at: datetime | None, now: datetime) -> float:
    """Return the age in seconds of a message in hand; 0 if there is none."""
    return 0.0 if sent_at is None else max(0.0, (now - sent_at).total_seconds())


def _by_lane(of_queues: Mapping[QueueName, float]) -> dict[tuple[str, str], Iterable[float]]:
    grouped: dict[tuple[str, str], list[float]] = {}
    for queue, value in of_queues.items():
        grouped.setdefault((queue.consumer, queue.lane.value), []).append(value)
    return dict(grouped)
