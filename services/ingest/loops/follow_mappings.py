"""The loop that watches what is mapped, whether or not a message said so.

`space.mapped` and `space.unmapped` are acted on at once. One that a broker lost, or that came to another database, is
made up for here.
"""

from functools import partial

import structlog

from libs.common.db import Pool
from libs.common.every import every
from services.ingest.store import discoveries, watches

LOOK_EVERY_S = 20.0

log = structlog.get_logger()


async def follow_mappings(pool: Pool) -> None:
    """Watch the rooms that are mapped and no others, looked up at once and then every `LOOK_EVERY_S`."""
    await every(LOOK_EVERY_S, partial(follow_once, pool), name="mappings")


async def follow_once(pool: Pool) -> None:
    """Bring the watches of those spaces up to date that are mapped otherwise than they are watched."""
    for space_id in await watches.mapped_otherwise(pool):
        async with pool.acquire() as conn, conn.transaction():
            await watches.end_stale(conn, space_id)
            await watches.begin(conn, space_id)
            await discoveries.know_newly_mapped(conn, space_id)
        log.info("mapping.found", space_id=str(space_id))
