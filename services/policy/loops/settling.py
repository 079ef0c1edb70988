"""Have requests looked at once more whose organizer's own meetings were in the way, after these had time to leave.

Until when a request waits is part of what is known of its meeting, so any number of replicas share the work, and a
restart loses nothing.
"""

from uuid import uuid4

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested
from services.policy.store import meetings

LOOK_EVERY_S = 0.5
AT_A_TIME = 100


class SettlingLoop:
    """Look twice a second for requests whose time to settle is over, some at a time."""

    def __init__(self, pool: Pool, codec: Codec) -> None:
        self._pool = pool
        self._codec = codec

    async def run(self) -> None:
        """Ask for looks, until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="settling")

    async def once(self) -> None:
        """Ask for the last look at each request that is due; what it finds is decided at once."""
        async with self._pool.acquire() as conn, conn.transaction():
            looks = [
                LookRequested(
                    space_id=each.space_id,
                    look_id=each.look_id,
                    about=each.ical_uid,
                    in_the_way=each.in_the_way,
                    asked_at=each.asked_at,
                )
                for each in await meetings.claim_settled(conn, AT_A_TIME)
            ]
            wanted = [(look, Lane.LIVE) for look in looks]
            await outbox.add(conn, self._codec, wanted, correlation_id=f"settling-{uuid4()}", now=utc_now())
