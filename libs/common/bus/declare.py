"""Declare the topology on RabbitMQ: names, queue arguments and bindings. Idempotent."""

from dataclasses import dataclass
from typing import Any

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel

from libs.common.topology import Lane, QueueName, Topology, routing_key

DELIVERY_LIMIT = 20
"""The broker itself parks a message that was delivered this often without an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all exchanges and queues, under one namespace."""

    namespace: str

    @property
    def prefix(self) -> str:
        """Return the prefix of every queue's name."""
        return f"{self.namespace}."

    @property
    def exchange(self) -> str:
        """Name the topic exchange to which every message is published."""
        return self.namespace

    @property
    def parked(self) -> str:
        """Name the queue of parked messages."""
        return f"{self.prefix}parked"

    @property
    def looking(self) -> str:
        """Name the lock of whoever looks at parked messages, which is a queue while somebody does."""
        return f"{self.prefix}looking-at-parked"

    def queue(self, queue: QueueName) -> str:
        """Name a consumer's queue on the broker."""
        return f"{self.prefix}{queue}"

    def rung(self, rung: int) -> str:
        """Name the exchange and the queue of one delay of the ladder."""
        return f"{self.prefix}ladder.{rung}"


def queue_arguments(topology: Topology) -> dict[str, dict[str, Any]]:
    """Return the arguments of every queue by its name, as the broker has them if it was declared by us."""
    names = Names(topology.namespace)
    # Not a quorum queue: listing parked messages counts as a delivery, and a delivery limit would lose them one day.
    found: dict[str, dict[str, Any]] = {names.parked: {"x-queue-type": "classic"}}
    for rung, delay in enumerate(topology.ladder):
        found[names.rung(rung)] = {
            "x-queue-type": "quorum",
            "x-message-ttl": int(delay.total_seconds() * 1000),
            "x-dead-letter-exchange": "",  # the default one: the routing key names the queue to go back to
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
    for consumer in topology.consumers:
        for queue in topology.queues_of(consumer.name):
            found[names.queue(queue)] = {
                "x-queue-type": "quorum",
                "x-single-active-consumer": True,
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": names.parked,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            }
    return found


async def declare(channel: AbstractChannel, topology: Topology) -> None:
    """Declare every exchange, queue and binding."""
    names = Names(topology.namespace)
    arguments = queue_arguments(topology)
    exchange = await channel.declare_exchange(names.exchange, ExchangeType.TOPIC, durable=True)
    await channel.declare_queue(names.parked, durable=True, arguments=arguments[names.parked])
    for rung in range(len(topology.ladder)):
        name = names.rung(rung)
        ladder = await channel.declare_exchange(name, ExchangeType.FANOUT, durable=True)
        waiting = await channel.declare_queue(name, durable=True, arguments=arguments[name])
        await waiting.bind(ladder, "")
    for consumer in topology.consumers:
        for queue in topology.queues_of(consumer.name):
            name = names.queue(queue)
            declared = await channel.declare_queue(name, durable=True, arguments=arguments[name])
            lanes = [queue.lane] if len(consumer.lanes) > 1 else list(Lane)
            for message_type in consumer.listens_to:
                for lane in lanes:
                    await declared.bind(exchange, routing_key(message_type, lane, queue.shard))
