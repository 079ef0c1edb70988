"""Open what every service needs: a database, a bus, queues with their handlers, and tasks.

Everything is closed in the opposite order: queues, then what their handlers need, then the database.
A service adds only its own parts:

    @asynccontextmanager
    async def open_service(settings: DeskSettings, bus: Bus) -> AsyncIterator[Service]:
        async with open_foundation("desk", settings, bus, codec(settings)) as desk:
            await desk.handle_in_transaction("desk", {Seen: on_seen})
            yield desk.service(
                {
                    "health": desk.probes(settings.desk_host, settings.desk_port),
                    "relay": desk.relay(),
                    "tidy": desk.tidy(partial(forget_old, retentions=[INBOX])),
                }
            )
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from pydantic import BaseModel

from libs.common.bus.port import Bus, Consumption, Delivery, Gathering, Handler
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Connection, Pool, open_pool
from libs.common.deliver import at_least_once, in_transaction
from libs.common.every import every
from libs.common.handlers import BatchHandler, TransactionHandler
from libs.common.health import Check, health_app, usual_checks
from libs.common.hold import Hold
from libs.common.messages_in_hand import note_messages_in_hand
from libs.common.named_locks import NamedLocks, open_locks
from libs.common.parts import Parts
from libs.common.queue_metrics import MEASURE_EVERY_S, measure_parked, measure_queues
from libs.common.relay import Relay
from libs.common.runtime import Service, Task, http_task
from libs.common.settings import Settings
from libs.common.topology import Lane, QueueName
from libs.common.waker import Announce, Waker

TIDY_EVERY_S = 3600.0

T = TypeVar("T")
OnConnection = Callable[[Connection], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Foundation:
    """An open database and a bus, with which a service is built."""

    name: str
    url: str
    pool: Pool
    bus: Bus
    codec: Codec
    hold: Hold
    _opened: AsyncExitStack
    _parts: Parts = field(default_factory=Parts)
    _consumed: dict[QueueName, Consumption] = field(default_factory=dict)

    async def open(self, part: AbstractAsyncContextManager[T]) -> T:
        """Open a part of the service. It is closed before everything that was opened earlier."""
        return await self._opened.enter_async_context(part)

    async def open_pool(self, *, max_size: int, answers_within_s: float) -> Pool:
        """Open a second pool, for work that somebody waits for (see `libs.common.db.open_pool`)."""
        pool = await open_pool(self.url, schema=self.name, max_size=max_size, answers_within_s=answers_within_s)
        self._opened.push_async_callback(pool.close)
        return pool

    async def open_locks(self) -> NamedLocks:
        """Open the locks that this process shares with those of all services."""
        return await self.open(open_locks(self.url, self.name))

    async def handle_in_transaction(
        self, consumer: str, handlers: Mapping[type[BaseModel], TransactionHandler]
    ) -> None:
        """Begin to handle a consumer's messages, each in a transaction of its own.

        Those of the bulk lane have their turn one after the other, whatever queue they are in, so that they leave most
        of the process to what people wait for.
        """
        handler = in_transaction(self.pool, self.codec, consumer, handlers, utc_now, self.hold)
        await self._consume(consumer, handler, {Lane.LIVE})
        await self._consume(consumer, _in_turn(handler), {Lane.BULK})

    async def handle_in_turn(self, consumer: str, handlers: Mapping[type[BaseModel], TransactionHandler]) -> None:
        """Begin to handle a consumer's messages as `handle_in_transaction` does, but all of them one after the other.

        So they take one connection of the pool and a small part of the process, however many come at once.
        """
        handler = in_transaction(self.pool, self.codec, consumer, handlers, utc_now, self.hold)
        await self._consume(consumer, _in_turn(handler), Lane)

    async def handle_at_least_once(
        self,
        consumer: str,
        handlers: Mapping[type[BaseModel], BatchHandler],
        lanes: Iterable[Lane] = Lane,
        waker: Waker | None = None,
        gathering: Gathering | None = None,
    ) -> None:
        """Begin to handle a consumer's messages of these lanes, in batches that wait as `gathering` says.

        `waker` keeps those that have to wait for something out of reach.
        """
        handler = at_least_once(self.bus, self.codec, consumer, handlers, utc_now, self.hold, waker)
        await self._consume(consumer, handler, lanes, gathering)

    async def _consume(
        self, consumer: str, handler: Handler, lanes: Iterable[Lane], gathering: Gathering | None = None
    ) -> None:
        wanted = frozenset(lanes)
        for queue in self.codec.topology.queues_of(consumer):
            if queue.lane in wanted:
                await self.consume(queue, handler, gathering=gathering)
        # Called before the queues are closed, which waits for their handlers.
        self._opened.callback(self.hold.stopping.set)

    async def consume(
        self, queue: QueueName, handler: Handler, *, at_most: int = 20, gathering: Gathering | None = None
    ) -> None:
        """Begin to give a queue's deliveries to `handler`, as `Bus.consume` does."""
        consumed = self.bus.consume(queue, handler, at_most=at_most, gathering=gathering)
        self._consumed[queue] = await self.open(consumed)
        self._parts.add(f"queue {queue}", self._consumed[queue])

    @property
    def checks(self) -> dict[str, Check]:
        """Return the checks that have to pass for the service to be ready."""
        return usual_checks(self.pool, self.bus) | {"parts": self._parts.check}

    def probes(self, host: str, port: int) -> Task:
        """Return the task that serves health and metrics, on a port that nobody else is to reach."""
        return http_task(health_app(self.name, self.checks), host=host, port=port)

    def relay(self) -> Task:
        """Return the task that publishes the outbox to the bus."""
        return Relay(self.url, self.name, self.bus).run

    def waker(self, announce: Announce, interval_s: float) -> Waker:
        """Return what wakes messages that wait; its `run` is a task. `announce` tells other services of a success."""
        return Waker(self.name, self.pool, self.codec, announce, timedelta(seconds=interval_s))

    def measure(self, measure: OnConnection) -> Task:
        """Return the task that keeps metrics up to date that are read from the database."""
        return self._on_connection(MEASURE_EVERY_S, "measuring", measure)

    def measure_parked(self) -> Task:
        """Return the task that counts parked messages: for one service, because they are counted all together."""
        return partial(every, MEASURE_EVERY_S, partial(measure_parked, self.bus), name=f"{self.name} parked")

    def _measure_queues(self) -> Task:
        async def work() -> None:
            await measure_queues(self.bus, self._consumed, utc_now())

        return partial(every, MEASURE_EVERY_S, work, name=f"{self.name} queues")

    def _note_messages_in_hand(self) -> Task:
        async def note(conn: Connection) -> None:
            await note_messages_in_hand(conn, self._consumed, utc_now())

        return self._on_connection(MEASURE_EVERY_S, "messages in hand", note)

    def tidy(self, *forget: OnConnection) -> Task:
        """Return the task that deletes, from time to time, what is no longer needed."""
        return self._on_connection(TIDY_EVERY_S, "tidying", *forget)

    def _on_connection(self, interval_s: float, name: str, *works: OnConnection) -> Task:
        async def work() -> None:
            async with self.pool.acquire() as conn:
                for each in works:
                    await each(conn)

        return partial(every, interval_s, work, name=f"{self.name} {name}")

    def service(self, tasks: Mapping[str, Task]) -> Service:
        """Return the service, open, with the tasks that it runs beside the consumers of its queues.

        A task or a consumer that ends by itself ends the service, and until then makes it not ready.
        """
        own = {"queues": self._measure_queues(), "messages in hand": self._note_messages_in_hand()}
        own = own if self._consumed else {}
        watched = {name: self._parts.watched(name, task) for name, task in (own | dict(tasks)).items()}
        return Service(self.name, watched | self._parts.consuming)


def _in_turn(handler: Handler) -> Handler:
    """Return a handler that handles one batch at a time, whatever queue it is from."""
    turn = asyncio.Lock()

    async def handle(deliveries: Sequence[Delivery]) -> None:
        async with turn:
            await handler(deliveries)

    return handle


@asynccontextmanager
async def open_foundation(
    name: str, settings: Settings, bus: Bus, codec: Codec, *, connections_for_loops: int = 4
) -> AsyncIterator[Foundation]:
    """Open what the service `name` needs, and close everything at the end.

    The pool has the database connections that loops need, and one for each shard.
    """
    url = settings.database_address
    async with AsyncExitStack() as opened:
        pool = await open_pool(url, schema=name, max_size=settings.shards + connections_for_loops)
        opened.push_async_callback(pool.close)
        yield Foundation(name, url, pool, bus, codec, Hold(pool), opened)
