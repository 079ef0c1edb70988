"""What all figures stand on: the whole real system on this machine, and the rooms that it watches."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aio_pika
import asyncpg

from deploy.driver.cast import BookableRoom, Cast, open_cast
from deploy.local.background import LOCAL
from deploy.local.options import Mode
from deploy.local.stack import LocalStack, local_stack
from libs.common.bus.declare import Names
from libs.common.codec import Codec
from libs.common.db import OwnConnection
from libs.common.settings import Settings
from libs.common.together import together
from libs.common.topology import Topology
from services.bus import codec, topology

ROOMS = 64
"""Enough to be spread evenly over the shards, and none of them beyond its share of the queue."""

AT_A_TIME = 16
"""Rooms that are mapped at a time: all at once would be more than the API takes in while everything else starts."""

ANSWERS_NOTHING = {"automate": "AutoUpdate"}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """A running system. `say` tells whoever waits what is being done."""

    stack: LocalStack
    cast: Cast
    rooms: list[BookableRoom]
    ledger: OwnConnection
    say: Say

    @property
    def amqp_url(self) -> str:
        assert self.stack.servers.amqp_url is not None
        return self.stack.servers.amqp_url

    @property
    def topology(self) -> Topology:
        return topology(Settings())

    @property
    def codec(self) -> Codec:
        return codec(Settings())

    @property
    def names(self) -> Names:
        return Names(self.topology.namespace)

    async def purge(self, service: str) -> None:
        """Throw away what a service has not been given yet, and what waits until Graph can be reached."""
        await self.ledger.execute(f"DELETE FROM {service}.waiting")
        async with await aio_pika.connect(self.amqp_url) as connection:
            channel = await connection.channel()
            for each in self.topology.queues_of(service):
                queue = await channel.get_queue(self.names.queue(each), ensure=False)
                await queue.purge()

    def secret(self, name: str) -> str:
        """Return a secret of the services, as they read it."""
        return (self.stack.directory / "secrets" / name).read_text().strip()


@asynccontextmanager
async def open_ground(say: Say) -> AsyncIterator[Ground]:
    """Start everything, yield when the rooms are watched, and stop everything. Raises CannotStart."""
    async with (
        local_stack(Mode.REAL, LOCAL / "bench", say=say) as stack,
        open_cast(stack.endpoints, "bench") as cast,
    ):
        ledger = await asyncpg.connect(stack.servers.postgres_url)
        try:
            say(f"Mapping {ROOMS} rooms.")
            rooms = [
                room
                for _ in range(0, ROOMS, AT_A_TIME)
                for room in await together(cast.room(processing=ANSWERS_NOTHING) for _ in range(AT_A_TIME))
            ]
            yield Ground(stack, cast, rooms, ledger, say)
        finally:
            await ledger.close()
