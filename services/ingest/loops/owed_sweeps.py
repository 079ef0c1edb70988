"""The loop that asks for the sweeps that stand for notifications which were not read one by one."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import SweepRequested
from services.ingest.store import sweeps

APART = timedelta(seconds=10)
"""The least time between two such sweeps of a room, however long the flood lasts."""

log = structlog.get_logger()


async def ask_for_owed_sweeps(pool: Pool, codec: Codec, interval_s: float) -> None:
    """Ask for the sweeps that are owed, every `interval_s` seconds, until cancelled; replicas share them."""
    await every(interval_s, partial(ask_once, pool, codec), name="owed sweeps")


async def ask_once(pool: Pool, codec: Codec) -> None:
    """Ask for the sweeps that are owed now."""
    async with pool.acquire() as conn, conn.transaction():
        rooms = await sweeps.take_owed(conn, APART)
        await outbox.add(
            conn,
            codec,
            [(SweepRequested(space_id=each, reason="notifications_missed"), Lane.BULK) for each in rooms],
            correlation_id=str(uuid4()),
            now=utc_now(),
        )
    for each in rooms:
        log.info("notifications.covered", space_id=str(each))
