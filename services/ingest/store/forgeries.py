"""Forged notifications, counted with the watch whose subscription they named."""

from collections.abc import Mapping

from libs.common.db import Connection, Pool

_ADD = """
UPDATE watches SET
    forged = CASE WHEN forged_at > now - interval '1 hour' THEN forged ELSE 0 END + named.count,
    forged_since = CASE WHEN forged_at > now - interval '1 hour' THEN forged_since ELSE now END,
    forged_at = now
FROM unnest($1::text[], $2::int[]) AS named (subscription_id, count), clock_timestamp() AS now
WHERE watches.subscription_id = named.subscription_id
"""


async def add(db: Pool | Connection, counted: Mapping[str, int]) -> None:
    """Add to the counts, by subscription id; ids that are no subscription of ours are ignored."""
    await db.execute(_ADD, list(counted), list(counted.values()))
