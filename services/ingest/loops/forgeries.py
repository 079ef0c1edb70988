"""The loop that stores how many forged notifications named the subscription of each room."""

from functools import partial

from libs.common.db import AWAY, Pool
from libs.common.every import every
from services.ingest.core.forgeries import Forgeries
from services.ingest.store import forgeries

STORE_EVERY_S = 5.0


async def store_forgeries(pool: Pool, tally: Forgeries) -> None:
    """Store the tally every few seconds, until cancelled."""
    await every(STORE_EVERY_S, partial(store_once, pool, tally), name="forgeries")


async def store_once(pool: Pool, tally: Forgeries) -> None:
    """Store the tally of now; it is kept if the database is away."""
    taken = tally.take()
    if not taken:
        return
    try:
        await forgeries.add(pool, taken)
    except AWAY:
        tally.give_back(taken)
        raise
