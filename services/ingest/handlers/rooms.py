"""Record which rooms to watch, what Graph reports about subscriptions, and what may be reached again.

The loop makes the calls to Graph.
"""

from collections.abc import Sequence
from typing import assert_never

import structlog

from libs.common import waiting
from libs.common.db import Connection
from libs.common.handlers import InLane
from libs.common.observed import add_facts
from libs.common.waiting import Remote
from libs.contracts.messages import LifecycleNotified, RetryRequested, SpaceMapped, SpaceUnmapped
from services.ingest.store import discoveries, sweeps, watches

log = structlog.get_logger()


async def on_space_mapped(conn: Connection, message: SpaceMapped | SpaceUnmapped) -> Sequence[InLane]:
    """Watch the room that the space is mapped to now, and no other. Harmless to repeat, in any order."""
    await watches.end_stale(conn, message.space_id)
    await watches.begin(conn, message.space_id)
    await discoveries.know_newly_mapped(conn, message.space_id)
    return ()


async def on_lifecycle_notified(conn: Connection, message: LifecycleNotified) -> Sequence[InLane]:
    """React as Graph advises, and sweep the room if notifications may have been missed.

    Source: https://learn.microsoft.com/graph/change-notifications-lifecycle-events
    """
    log.info("subscription.reported", space_id=str(message.space_id), reported=message.event)
    match message.event:
        case "reauthorizationRequired":
            # Renewing reauthorizes too; a separate /reauthorize within ten minutes of it does harm.
            await watches.renew_now(conn, message.space_id, message.generation)
            return ()
        case "subscriptionRemoved":
            # The new subscription brings a sweep of its own.
            await watches.lose(conn, message.space_id, message.generation)
            return ()
        case "missed":
            # Not at once: while a flood of notifications lasts, the webhook says this of every post.
            await sweeps.owe(conn, [message.space_id])
            return ()
        case _:
            assert_never(message.event)


async def on_retry_requested(conn: Connection, message: RetryRequested) -> Sequence[InLane]:
    """Read what waits for the mailbox or connection, and look after its watches that failed, without delay.

    The rooms of a connection are listed anew too.
    """
    if message.room_mailbox is None:
        await discoveries.hurry(conn, message.connection_id)
    woken = await waiting.wake(conn, Remote(message.connection_id, message.room_mailbox))
    watches_due = await watches.retry_now(conn, message.connection_id, message.room_mailbox)
    add_facts(connection_id=str(message.connection_id), woken=str(woken), watches=str(watches_due))
    return ()
