"""Have meetings looked at again from time to time, each for a reason that no message of anybody brings.

What is due is found, or claimed, in the transaction that owes the looks to the bus. So any number of replicas share the
work, and a restart loses nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Connection, Pool
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested


@dataclass(frozen=True, slots=True)
class LookReason:
    """Why meetings are looked at: its name, how often to ask what is due, and what answers that."""

    name: str
    every_s: float
    find_due: Callable[[Connection], Awaitable[Sequence[LookRequested]]]


class LookLoop:
    """Ask for the looks that are due for one reason."""

    def __init__(self, pool: Pool, codec: Codec, reason: LookReason) -> None:
        self._pool = pool
        self._codec = codec
        self._reason = reason

    async def run(self) -> None:
        """Ask for looks, until cancelled; keep trying while the database is away."""
        await every(self._reason.every_s, self.once, name=self._reason.name)

    async def once(self) -> None:
        """Ask for each look that is due."""
        async with self._pool.acquire() as conn, conn.transaction():
            wanted = [(look, Lane.LIVE) for look in await self._reason.find_due(conn)]
            correlation_id = f"{self._reason.name.replace(' ', '-')}-{uuid4()}"
            await outbox.add(conn, self._codec, wanted, correlation_id=correlation_id, now=utc_now())
