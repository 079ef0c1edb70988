"""Subscriptions that are doubted, because a sweep found what a notification should have told of."""

from datetime import timedelta

from libs.common.db import Connection, Pool

_DOUBT = """
UPDATE watches w SET is_doubted = true, doubted_at = clock_timestamp(), due_at = clock_timestamp()
WHERE w.state = 'active' AND w.subscription_id IS NOT NULL
    AND (w.doubted_at IS NULL OR w.doubted_at <= clock_timestamp() - $1::interval)
    AND EXISTS (
        SELECT FROM reconciler.drifts_v1 d
        WHERE d.space_id = w.space_id AND d.cause IS NULL AND d.kind <> ALL($2)
            AND d.found_at > greatest(w.doubted_at, w.state_since, clock_timestamp() - interval '1 hour')
    )
RETURNING w.space_id
"""

TOLD_BY_NOBODY = ("orphan_hold", "duplicate", "unmanaged")
"""The kinds of drift that no notification tells of."""


async def doubt(db: Pool | Connection, apart: timedelta) -> int:
    """Make the subscriptions due that new drifts without a cause speak against; return how many.

    A subscription that was doubted less than `apart` ago is left alone: whatever was found then has been checked.
    """
    return len(await db.fetch(_DOUBT, apart, list(TOLD_BY_NOBODY)))
