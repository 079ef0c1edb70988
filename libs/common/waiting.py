"""Messages that wait until what they need can be reached again: stored in the service's schema, given back to the bus.

A message waits for a target, not for a time: nothing is given up because an outage was long, and no delay grows with
it. To give messages back, they become rows of the outbox in one statement, live lane first, so none is lost and the
relay publishes them in that order.

A message that fails again each time although its target is reached has a reason of its own, such as an event that Graph
cannot deal with. It is woken by the next success only a few times, then at most once per interval, and in the end it is
left to the ladder. Messages of one key may come back in another order than they came; they carry state
and generations, so that does no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from libs.common.bus.port import Envelope
from libs.common.db import Connection, Pool
from libs.common.outbox import CHANNEL

LONGEST_REASON = 500
QUICK_WAKES = 3
MOST_WAKES = 20
"""From so many wakes on, the ladder is for a message, and the parking place after it; unless its handler ends it."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Something outside that messages wait for: a member of a realm, or without one the realm. Members have no case."""

    realm: UUID
    member: str | None = None

    def __post_init__(self) -> None:
        if self.member is not None:
            object.__setattr__(self, "member", self.member.lower())


_COLUMNS = "message_id, type, body, shard, lane, is_open, correlation_id, traceparent, reply_to, began_at"


def _publish(wakes: int = 0) -> str:
    """Move the rows that a query `leaving` has deleted to the outbox, woken once more or not, and wake the relay."""
    return f"""
        owed AS (
            INSERT INTO outbox ({_COLUMNS}, wakes) SELECT {_COLUMNS}, wakes + {wakes} FROM leaving
            ORDER BY lane = 'bulk', id RETURNING id
        )
        SELECT count(*) AS given_back, count(pg_notify('{CHANNEL}_' || current_schema(), '')) AS told FROM owed
    """


_ADD = f"""
    WITH leaving AS (DELETE FROM waiting WHERE key = $13 RETURNING *),
    added AS (
        INSERT INTO waiting ({_COLUMNS}, realm, member, key, reason, wakes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ),
    {_publish()}
"""

_WAKE = f"""
    WITH leaving AS (
        DELETE FROM waiting
        WHERE realm = $1 AND ($2::text IS NULL OR member = $2)
            AND (wakes < {QUICK_WAKES} OR added_at <= clock_timestamp() - $3::interval)
        RETURNING *
    ),
    {_publish(wakes=1)}
"""

_TRY_ONE_EACH = f"""
    WITH due AS (
        SELECT realm, member FROM waiting GROUP BY realm, member
        HAVING max(tried_at) <= clock_timestamp() - $1::interval
    ), first AS (
        SELECT DISTINCT ON (w.realm, w.member) w.id
        FROM waiting w JOIN due ON due.realm = w.realm AND due.member IS NOT DISTINCT FROM w.member
        ORDER BY w.realm, w.member, w.lane = 'bulk', w.id
    ), tried AS (
        UPDATE waiting w SET tried_at = clock_timestamp() FROM due
        WHERE due.realm = w.realm AND due.member IS NOT DISTINCT FROM w.member AND w.id NOT IN (SELECT id FROM first)
    ), leaving AS (
        DELETE FROM waiting WHERE id IN (SELECT id FROM first) RETURNING *
    ),
    {_publish()}
"""

_TARGETS = "SELECT realm, member, count(*) AS messages FROM waiting GROUP BY realm, member"


async def add(db: Pool | Connection, envelope: Envelope, target: Remote, *, key: str | None, reason: str) -> None:
    """Have a message wait. Those that it overtakes, which wait under the same key, are given back at once."""
    await db.execute(
        _ADD,
        envelope.message_id,
        envelope.type,
        envelope.body.decode(),
        envelope.shard,
        envelope.lane.value,
        envelope.is_open,
        envelope.correlation_id,
        envelope.traceparent,
        envelope.reply_to,
        envelope.began_at,
        target.realm,
        target.member,
        key,
        reason.replace("\x00", " ").encode(errors="replace").decode()[:LONGEST_REASON],
        envelope.wakes,
    )


async def wake(db: Pool | Connection, target: Remote, sparing: timedelta = timedelta()) -> int:
    """Give back every message that waits for a target, or for any member of a realm; return how many.

    Those that were woken in vain several times stay if they were tried within `sparing`.
    """
    woken: int = await db.fetchval(_WAKE, target.realm, target.member, sparing)
    return woken


async def try_one_each(db: Pool | Connection, interval: timedelta) -> int:
    """Give back one message for each target for which none was tried within `interval`; return how many.

    It is the one that came first, those of the live lane before all others.
    """
    tried: int = await db.fetchval(_TRY_ONE_EACH, interval)
    return tried


async def targets(db: Pool | Connection) -> Sequence[tuple[Remote, int]]:
    """Return what messages wait for, and how many each."""
    return [(Remote(row["realm"], row["member"]), row["messages"]) for row in await db.fetch(_TARGETS)]
