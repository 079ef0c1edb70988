"""Have meetings looked at whose accept replaces a hold that is still wanted.

A hold is dropped when the accept that replaces it is seen on the calendar. If the notification of that is lost, both
sides agree and no sweep finds a drift, so the meeting is looked at once more.
"""

from uuid import uuid4

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool, database_now
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested
from services.policy.store import intents

LOOK_EVERY_S = 60.0


class ReplacedHoldLoop:
    """Look every minute for holds that should have been replaced; any number of replicas may do so."""

    def __init__(self, pool: Pool, codec: Codec) -> None:
        self._pool = pool
        self._codec = codec

    async def run(self) -> None:
        """Ask for looks, until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="replaced holds")

    async def once(self) -> None:
        """Ask for a look at each meeting that is accepted and still has a hold."""
        async with self._pool.acquire() as conn, conn.transaction():
            now = await database_now(conn)
            looks = [
                LookRequested(space_id=space_id, look_id=uuid4(), about=ical_uid, asked_at=now)
                for space_id, ical_uid in await intents.accepted_beside_a_hold(conn)
            ]
            wanted = [(look, Lane.LIVE) for look in looks]
            await outbox.add(conn, self._codec, wanted, correlation_id=f"hold-{uuid4()}", now=utc_now())
