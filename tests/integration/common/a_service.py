"""A service to be run as a process of its own, and to be stopped in every way.

`python -m tests.integration.common.a_service` with its behaviour in ROOMSYNC_BEHAVIOUR.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from libs.common.bus.port import Bus, Delivery
from libs.common.codec import Codec
from libs.common.foundation import open_foundation
from libs.common.runtime import Service, main
from libs.common.settings import Settings
from libs.common.topology import Consumer, Lane, QueueName, Topology
from tests.support.listening import Panic

QUEUE = QueueName("reader", Lane.LIVE, 0)
BEHAVIOUR = os.environ.get("ROOMSYNC_BEHAVIOUR", "")


class OwnSettings(Settings):
    """Its own port."""

    port: int = 0


def topology(namespace: str) -> Topology:
    return Topology([Consumer("reader", ("seen.v1",))], shards=1, namespace=namespace, ladder=())


async def on_seen(deliveries: Sequence[Delivery]) -> None:
    """Take a second over each, whatever happens meanwhile."""
    for delivery in deliveries:
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        await asyncio.sleep(1)
        await delivery.ack()
        sys.stdout.write("done\n")
        sys.stdout.flush()


async def panicking(_: Sequence[Delivery]) -> None:
    raise Panic("hush-hush")


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


async def stubborn() -> None:
    while True:
        try:
            await forever()
        except asyncio.CancelledError:
            structlog.get_logger().info("stubborn.stays")


async def failing() -> None:
    raise ValueError("no use: postgresql://desk:hush-hush@db/rooms")


async def returning() -> None:
    return


BEHAVIOURS = {"stubborn": stubborn, "failing": failing, "returning": returning}


@asynccontextmanager
async def open_service(settings: OwnSettings, bus: Bus) -> AsyncIterator[Service]:
    if BEHAVIOUR == "unopenable":
        raise ValueError("cannot open postgresql://desk:hush-hush@db/rooms")
    codec = Codec({}, topology(settings.bus_namespace))
    async with open_foundation("desk", settings, bus, codec) as desk:
        await desk.consume(QUEUE, panicking if BEHAVIOUR == "panicking" else on_seen, at_most=1)
        yield desk.service(
            {"health": desk.probes("127.0.0.1", settings.port), "work": BEHAVIOURS.get(BEHAVIOUR, forever)}
        )


if __name__ == "__main__":
    own = OwnSettings()
    sys.exit(main("desk", own, topology(own.bus_namespace), open_service))
