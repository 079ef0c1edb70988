"""Have series looked at again that go on beyond what is booked of them: dates come into view as time passes.

When a series was last looked at is a column, so any number of replicas share the work, and a restart loses nothing.
"""

from datetime import timedelta
from uuid import uuid4

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool, database_now
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import LookRequested
from services.policy.store import groups

LOOK_EVERY_S = 60.0
ROLL_EVERY = timedelta(days=1)
AT_A_TIME = 20


class RollForwardLoop:
    """Look every minute for series that were not rolled forward for a day, some at a time."""

    def __init__(self, pool: Pool, codec: Codec, roll_every: timedelta = ROLL_EVERY) -> None:
        self._pool = pool
        self._codec = codec
        self._roll_every = roll_every

    async def run(self) -> None:
        """Ask for looks, until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="rolling forward")

    async def once(self) -> None:
        """Ask for a look at each series that is due."""
        async with self._pool.acquire() as conn, conn.transaction():
            now = await database_now(conn)
            due = await groups.claim_to_roll(conn, self._roll_every, AT_A_TIME)
            looks = [
                LookRequested(space_id=space_id, look_id=uuid4(), about=ical_uid, asked_at=now)
                for space_id, ical_uid in due
            ]
            wanted = [(look, Lane.LIVE) for look in looks]
            await outbox.add(conn, self._codec, wanted, correlation_id=f"roll-{uuid4()}", now=utc_now())
