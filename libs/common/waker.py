"""Wake what waits for a target when that can be reached again, and try from time to time whether it can.

Whoever finds that a target cannot be reached calls `expect`; whoever reaches anything calls `worked`, which costs next
to nothing as long as nothing is expected. The first success wakes the messages of this service, and is announced on
the bus in the same transaction, so that other services wake what waits for it there. Without any success, one waiting
message per target is tried every `interval`: however long an outage was, all is tried again within one interval.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from prometheus_client import Gauge

from libs.common import outbox, waiting
from libs.common.bus.port import Envelope
from libs.common.clock import utc_now
from libs.common.codec import BusMessage, Codec
from libs.common.db import AWAY, Pool
from libs.common.every import every
from libs.common.handlers import Waits
from libs.common.topology import Lane
from libs.common.waiting import Remote

WAITING = Gauge("roomsync_messages_waiting", "Messages that wait for what is out of reach", ["schema"])
TARGETS = Gauge("roomsync_targets_waited_for", "What is out of reach and waited for, such as mailboxes", ["schema"])

LOOKS_PER_INTERVAL = 4
PAUSE_S = 0.5

log = structlog.get_logger()

Announce = Callable[[Remote], BusMessage | None]


class Waker:
    """The targets that one process of a service waits for.

    `announce` builds the message that tells others of a success, or None if nobody else waits for such a target.
    """

    def __init__(self, schema: str, pool: Pool, codec: Codec, announce: Announce, interval: timedelta) -> None:
        self._schema = schema
        self._pool = pool
        self._codec = codec
        self._announce = announce
        self.interval = interval
        self._expected: dict[UUID, set[Remote]] = {}
        self._reached: set[Remote] = set()
        self._news = asyncio.Event()

    async def keep(self, envelope: Envelope, waits: Waits) -> None:
        """Have a message wait for its target."""
        await waiting.add(self._pool, envelope, waits.target, key=waits.key, reason=waits.reason)
        self.expect(waits.target)

    def expect(self, target: Remote) -> None:
        """Remember that a target could not be reached."""
        self._expected.setdefault(target.realm, set()).add(target)

    def worked(self, realm: UUID, member: str | None) -> None:
        """Take note that a member was reached, and so was its realm."""
        expected = self._expected.get(realm)
        if not expected:
            return
        reached = expected & {Remote(realm), Remote(realm, member)}
        if reached:
            expected -= reached
            self._reached |= reached
            self._news.set()

    async def run(self) -> None:
        """Wake what waits whenever a target is reached, and try the others, until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._wake_reached())
            looks_every_s = self.interval.total_seconds() / LOOKS_PER_INTERVAL
            both.create_task(every(looks_every_s, self._try, name=f"waking of {self._schema}"))

    async def _try(self) -> None:
        """Try one message for each target, and learn what other processes and earlier ones have waiting."""
        found = await waiting.targets(self._pool)
        for target, _ in found:
            self.expect(target)
        await waiting.try_one_each(self._pool, self.interval)
        TARGETS.labels(self._schema).set(len(found))
        WAITING.labels(self._schema).set(sum(messages for _, messages in found))

    async def _wake_reached(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._reached:
                await self._wake(self._reached.pop())

    async def _wake(self, target: Remote) -> None:
        try:
            async with self._pool.acquire() as conn, conn.transaction():
                woken = await waiting.wake(conn, target, sparing=self.interval)
                told = self._announce(target)
                owed = [(told, Lane.LIVE)] if told is not None else []
                await outbox.add(conn, self._codec, owed, correlation_id=f"reached-{uuid4()}", now=utc_now())
        except AWAY as error:
            log.warning("waker.waiting", schema=self._schema, error=type(error).__name__)
            self._reached.add(target)
            await asyncio.sleep(PAUSE_S)
            return
        log.info("access.restored", schema=self._schema, realm=str(target.realm), member=target.member, woken=woken)
