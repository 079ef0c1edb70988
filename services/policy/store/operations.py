"""How rooms and messages are doing, in numbers: comparisons, subscriptions, what Outlook is to show, ages in hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.db import Connection
from libs.common.messages_in_hand import COUNTS_FOR
from libs.common.rows import Rows
from libs.common.topology import Lane

ENDS_SOON = timedelta(hours=1)
"""A subscription is renewed after half of its lifetime, so one that ends within this time was hard to renew."""


@dataclass(frozen=True, slots=True)
class SubscriptionFigures:
    """How many rooms have a subscription, get one just now, or have none; and of those that have, how many end soon.

    `has_ended` counts those that are over and were not renewed, `next_end_at` is when the next one ends.
    """

    active: int
    connecting: int
    failing: int
    ends_soon: int
    has_ended: int
    next_end_at: datetime | None


@dataclass(frozen=True, slots=True)
class AwaitedIntents:
    """What Outlook ought to show and is not known to show yet: how much, since when, and how much of it is late."""

    intents: int
    oldest_at: datetime | None
    late: int


_SUBSCRIPTIONS, _INTENTS = Rows(SubscriptionFigures), Rows(AwaitedIntents)

_ROOMS = """
    SELECT coalesce(r.state, 'waiting') AS state, count(*) AS rooms
    FROM spaces s LEFT JOIN reconciler.rooms_v1 r ON r.space_id = s.id
    WHERE s.deleted_at IS NULL AND s.room_mailbox IS NOT NULL GROUP BY 1
"""

_WATCHED = """
    SELECT count(*) FILTER (WHERE w.state = 'active') AS active,
        count(*) FILTER (WHERE w.state = 'connecting' OR w.state IS NULL) AS connecting,
        count(*) FILTER (WHERE w.state IN ('polling', 'quarantined', 'refused')) AS failing,
        count(*) FILTER (
            WHERE w.state = 'active' AND w.expires_at < statement_timestamp() + $1::interval
                AND w.expires_at >= statement_timestamp()
        ) AS ends_soon,
        count(*) FILTER (WHERE w.state = 'active' AND w.expires_at < statement_timestamp()) AS has_ended,
        min(w.expires_at) FILTER (WHERE w.state = 'active' AND w.expires_at >= statement_timestamp()) AS next_end_at
    FROM spaces s LEFT JOIN ingest.watches_v1 w ON w.space_id = s.id AND w.room_mailbox = s.room_mailbox
    WHERE s.deleted_at IS NULL AND s.room_mailbox IS NOT NULL
"""

_AWAITED = """
    SELECT count(*) AS intents, min(issued_at) AS oldest_at,
        count(*) FILTER (WHERE awaited_until < statement_timestamp()) AS late
    FROM intents WHERE state = 'issued' AND ends_at > statement_timestamp()
"""

_IN_HAND = """
    SELECT consumer, lane, max(age_s) AS age_s
    FROM (
        SELECT * FROM messages_in_hand_v1
        UNION ALL SELECT * FROM ingest.messages_in_hand_v1
        UNION ALL SELECT * FROM outbound.messages_in_hand_v1
        UNION ALL SELECT * FROM reconciler.messages_in_hand_v1
    ) AS noted
    WHERE measured_at > statement_timestamp() - $1::interval GROUP BY consumer, lane
"""


async def rooms_by_state(conn: Connection) -> Mapping[str, int]:
    """Count the mapped rooms by the state of their comparison."""
    return {row["state"]: row["rooms"] for row in await conn.fetch(_ROOMS)}


async def subscriptions(conn: Connection) -> SubscriptionFigures:
    """Count the subscriptions of the mapped rooms."""
    return _SUBSCRIPTIONS.read(await conn.fetchrow(_WATCHED, ENDS_SOON))


async def awaited_intents(conn: Connection) -> AwaitedIntents:
    """Count what Outlook is still to show."""
    return _INTENTS.read(await conn.fetchrow(_AWAITED))


async def ages_in_hand(conn: Connection) -> Mapping[tuple[str, Lane], float]:
    """Read how many seconds old the oldest message is that a consumer has in hand of a lane, over all shards.

    It is what each service last noted when it measured the metric `roomsync_queue_oldest_seconds`; who has noted
    nothing for `COUNTS_FOR` is left out. See `libs.common.messages_in_hand`.
    """
    found = await conn.fetch(_IN_HAND, COUNTS_FOR)
    return {(row["consumer"], Lane(row["lane"])): row["age_s"] for row in found}
