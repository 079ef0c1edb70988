"""The loop that doubts subscriptions: what a sweep found, a notification should have told of.

Graph promises to tell of subscriptions it removes, and does not always do so. Without this, one that ended without a
word would be noticed when it is to be renewed, after half of its life.

Source: https://learn.microsoft.com/graph/change-notifications-lifecycle-events
"""

from datetime import timedelta
from functools import partial

import structlog

from libs.common.db import Pool
from libs.common.every import every
from services.ingest.store import doubts

LOOK_EVERY_S = 5.0
APART = timedelta(minutes=10)
"""The least time between two checks of one subscription."""

log = structlog.get_logger()


async def doubt_subscriptions(pool: Pool) -> None:
    """Look for drifts that speak against subscriptions every few seconds, until cancelled."""
    await every(LOOK_EVERY_S, partial(doubt_once, pool), name="doubting")


async def doubt_once(pool: Pool) -> None:
    """Have the subscriptions checked that drifts speak against now."""
    doubted = await doubts.doubt(pool, APART)
    if doubted:
        log.warning("subscriptions.doubted", rooms=doubted)
