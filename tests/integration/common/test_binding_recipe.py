"""Who follows the recipe of the AsyncAPI document hears every event of every reservation, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import aio_pika

from deploy.driver.eventually import eventually
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.codec import Codec, replies_to
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import LISTENERS
from services.asyncapi import CONSUMER
from services.examples import EXAMPLES

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


async def test_who_follows_the_recipe_hears_every_event_of_every_reservation(amqp_url: str) -> None:
    namespace = f"test-{uuid4().hex[:8]}"
    topology = Topology([Consumer(*each) for each in LISTENERS.items()], shards=8, namespace=namespace)
    codec = Codec(CATALOGUE, topology)
    answers = {answer for message in CATALOGUE.values() for answer in replies_to(message)}
    sent = [
        replace(
            codec.envelope(each, message_id=uuid4(), correlation_id="c", lane=lane, sent_at=NOW),
            address="somebody" if type(each) in answers else None,
        )
        for examples in EXAMPLES.values()
        for each in examples
        for lane in Lane
    ]
    open_ones = [str(each.message_id) for each in sent if each.is_open]
    heard: list[str] = []

    async with open_rabbitmq(amqp_url, topology) as bus, await aio_pika.connect(amqp_url) as stranger:
        channel = await stranger.channel()
        recipe = CONSUMER["queue"]
        parked = CONSUMER["deadLetterQueue"]
        await channel.declare_queue(f"{namespace}.{parked['name']}", durable=True, arguments=parked["arguments"])
        queue = await channel.declare_queue(
            f"{namespace}.{recipe['name']}",
            durable=recipe["durable"],
            exclusive=recipe["exclusive"],
            auto_delete=recipe["autoDelete"],
            arguments=recipe["arguments"],
        )
        for binding in CONSUMER["bindings"]:
            await queue.bind(binding["exchange"].replace("roomsync", namespace), binding["routingKey"])

        async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            heard.append(str(message.message_id))
            await message.ack()

        await queue.consume(hear)
        await bus.publish(sent)

        async def all_heard() -> None:
            assert heard == open_ones

        await eventually(all_heard)
        await queue.delete(if_unused=False, if_empty=False)
