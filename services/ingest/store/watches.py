"""Watches: which rooms are watched, through which subscription, and when each is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from libs.common.db import Connection, Pool
from libs.graph.admission import Admission, Examined
from libs.graph.cloud import TENANCY_COLUMNS, Tenancy, tenancy_of
from libs.graph.mailbox_name import MailboxName

State = Literal["connecting", "active", "polling", "quarantined", "refused"]
"""How a watch is doing; `refused` is one whose mailbox is no room, so that nothing of it is read or written."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One watched room and its tenant, as recorded at the database's time `now`."""

    space_id: UUID
    room_mailbox: str
    tenancy: Tenancy
    subscription_id: str | None
    generation: int
    lifetime_min: int | None
    state: State
    expires_at: datetime | None
    made_under: str | None
    failures: int
    now: datetime
    object_id: str | None
    is_checked: bool
    is_doubted: bool
    unverified_detail: str | None = None
    """What to tell of a mailbox that was admitted without being verified; known once it was examined."""

    @property
    def mailbox(self) -> str:
        """Return how to name the mailbox to Graph: by its object id if that is known, which outlives its address."""
        return MailboxName(self.room_mailbox, self.object_id)

    @property
    def is_subscribed(self) -> bool:
        """Whether there is a subscription that has not expired."""
        return self.subscription_id is not None and self.expires_at is not None and self.expires_at > self.now


@dataclass(frozen=True, slots=True)
class Made:
    """A subscription that Graph made, with its generation and the mark of its terms."""

    subscription_id: str
    expires_at: datetime
    generation: int
    made_under: str


_SINCE = "CASE WHEN state = {} THEN state_since ELSE clock_timestamp() END"
"""When the state began that a statement sets to the value in the braces."""

_END_STALE = """
WITH stale AS (
    DELETE FROM watches w WHERE space_id = $1 AND NOT EXISTS (
        SELECT FROM policy.mapped_spaces_v1 m
        WHERE m.space_id = w.space_id AND m.room_mailbox = w.room_mailbox AND m.connection_id = w.connection_id
    )
    RETURNING *
)
INSERT INTO endings (subscription_id, connection_id, expires_at)
SELECT subscription_id, connection_id, expires_at FROM stale WHERE subscription_id IS NOT NULL
ON CONFLICT DO NOTHING
"""


async def end_stale(conn: Connection, space_id: UUID) -> None:
    """Stop watching a room that the space is no longer mapped to, and record that its subscription is to be ended."""
    await conn.execute(_END_STALE, space_id)


_BEGIN = """
INSERT INTO watches (space_id, room_mailbox, connection_id)
SELECT space_id, room_mailbox, connection_id FROM policy.mapped_spaces_v1 WHERE space_id = $1
ON CONFLICT (space_id) DO UPDATE SET due_at = clock_timestamp(), failures = 0, checked_at = NULL
"""


async def begin(conn: Connection, space_id: UUID) -> None:
    """Watch the room that the space is mapped to, if any.

    A room that is watched already becomes due at once, and its mailbox is looked at anew.
    """
    await conn.execute(_BEGIN, space_id)


_MAPPED_OTHERWISE = """
SELECT space_id FROM policy.mapped_spaces_v1 m FULL JOIN watches w USING (space_id)
WHERE (m.room_mailbox, m.connection_id) IS DISTINCT FROM (w.room_mailbox, w.connection_id)
"""


async def mapped_otherwise(pool: Pool) -> list[UUID]:
    """Return the spaces that are mapped and not watched, watched and not mapped, or mapped to another room."""
    return [row["space_id"] for row in await pool.fetch(_MAPPED_OTHERWISE)]


_RENEW_NOW = "UPDATE watches SET due_at = clock_timestamp() WHERE space_id = $1 AND generation = $2"


async def renew_now(conn: Connection, space_id: UUID, generation: int) -> None:
    """Make a subscription due for renewal; nothing if it is of an older generation."""
    await conn.execute(_RENEW_NOW, space_id, generation)


_RETRY_NOW = """
UPDATE watches SET due_at = clock_timestamp()
WHERE connection_id = $1 AND ($2::text IS NULL OR lower(room_mailbox) = lower($2)) AND failures > 0
"""


async def retry_now(conn: Connection, connection_id: UUID, room_mailbox: str | None) -> int:
    """Make the watches due that failed: of one mailbox, or without one all of the connection. Return how many."""
    status = await conn.execute(_RETRY_NOW, connection_id, room_mailbox)
    return int(status.rpartition(" ")[2])


_RELEASE = "UPDATE watches SET due_at = clock_timestamp() WHERE space_id = ANY($1)"


async def release(db: Pool | Connection, space_ids: Sequence[UUID]) -> None:
    """Release claimed watches whose work was interrupted: they are due again at once."""
    await db.execute(_RELEASE, space_ids)


_LOSE = f"""
UPDATE watches SET subscription_id = NULL, expires_at = NULL, state = 'connecting', due_at = clock_timestamp(),
    state_since = {_SINCE.format("'connecting'")},
    detail = 'Graph removed the subscription; a new one is being made.'
WHERE space_id = $1 AND generation = $2
"""


async def lose(conn: Connection, space_id: UUID, generation: int) -> bool:
    """Forget a subscription that Graph has removed, so that a new one is made; False if it was an older one."""
    status = await conn.execute(_LOSE, space_id, generation)
    return bool(status.endswith(" 1"))


_END_OLD_TERMS = """
UPDATE watches SET due_at = clock_timestamp()
WHERE subscription_id IS NOT NULL AND made_under IS DISTINCT FROM $1 AND due_at > clock_timestamp()
"""


async def end_old_terms(db: Pool | Connection, made_under: str) -> None:
    """Make all subscriptions due that were made with another address or secret."""
    await db.execute(_END_OLD_TERMS, made_under)


_CLAIM_DUE = f"""
WITH due AS (
    SELECT space_id FROM watches WHERE due_at <= clock_timestamp()
    ORDER BY failures > 0, due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE watches w SET due_at = clock_timestamp() + $1::interval FROM due
    WHERE w.space_id = due.space_id RETURNING w.*
)
SELECT claimed.*, {TENANCY_COLUMNS}, clock_timestamp() AS now
FROM claimed JOIN policy.connections_v1 USING (connection_id)
"""


async def claim_due(db: Pool | Connection, lease: timedelta, at_most: int) -> list[Watch]:
    """Claim due watches, those that failed last, else the longest due first.

    No other replica gets them until the lease is over.
    """
    rows = await db.fetch(_CLAIM_DUE, lease, at_most)
    return [_watch(row) for row in rows]


def _watch(row: asyncpg.Record) -> Watch:
    return Watch(
        space_id=row["space_id"],
        room_mailbox=row["room_mailbox"],
        tenancy=tenancy_of(row),
        subscription_id=row["subscription_id"],
        generation=row["generation"],
        lifetime_min=row["lifetime_min"],
        state=row["state"],
        expires_at=row["expires_at"],
        made_under=row["made_under"],
        failures=row["failures"],
        now=row["now"],
        object_id=row["object_id"],
        is_checked=row["checked_at"] is not None,
        is_doubted=row["is_doubted"],
    )


_RECORD_EXAMINED = """
UPDATE watches SET object_id = $5, purpose = $6, checked_at = CASE WHEN $6::text IS NOT NULL THEN clock_timestamp() END,
    is_admitted = $7, detail = coalesce($8, detail)
WHERE space_id = $1 AND generation = $2 AND room_mailbox = $3 AND connection_id = $4
"""


async def record_examined(db: Pool | Connection, watch: Watch, found: Examined, admission: Admission) -> bool:
    """Record what a mailbox is and whether it is admitted; False if the watch has changed since it was claimed."""
    status = await db.execute(
        _RECORD_EXAMINED,
        watch.space_id,
        watch.generation,
        watch.room_mailbox,
        watch.tenancy.connection_id,
        found.object_id,
        found.purpose,
        admission.is_admitted,
        admission.detail,
    )
    return bool(status.endswith(" 1"))


_REFUSE = f"""
WITH before AS (
    SELECT space_id, subscription_id, connection_id, expires_at FROM watches
    WHERE space_id = $1 AND generation = $2 FOR UPDATE
), ended AS (
    INSERT INTO endings (subscription_id, connection_id, expires_at)
    SELECT subscription_id, connection_id, expires_at FROM before WHERE subscription_id IS NOT NULL
    ON CONFLICT DO NOTHING
)
UPDATE watches w SET state = 'refused', state_since = {_SINCE.format("'refused'")}, due_at = $3, failures = 0,
    subscription_id = NULL, expires_at = NULL
FROM before WHERE w.space_id = before.space_id
"""


async def refuse(db: Pool | Connection, watch: Watch, due: datetime) -> None:
    """Record that a mailbox is not watched because it is no room, and leave its subscription to be ended."""
    await db.execute(_REFUSE, watch.space_id, watch.generation, due)


_LEARN_AGAIN = "UPDATE watches SET object_id = NULL, checked_at = NULL WHERE space_id = $1 AND generation = $2"


async def learn_again(db: Pool | Connection, watch: Watch) -> None:
    """Have the mailbox looked up by its address again: it was not found under its object id."""
    await db.execute(_LEARN_AGAIN, watch.space_id, watch.generation)


_ASK = """
WITH before AS (SELECT asked FROM watches WHERE space_id = $1 AND generation = $2 FOR UPDATE),
asking AS (SELECT nextval('generations') AS generation),
noted AS (
    UPDATE watches SET asked = asking.generation FROM asking WHERE space_id = $1 AND watches.generation = $2
)
SELECT asking.generation, (SELECT asked IS NOT NULL FROM before) AS is_unanswered FROM asking
"""


async def ask(db: Pool | Connection, watch: Watch) -> tuple[int, bool]:
    """Record that we are about to ask Graph for a subscription.

    Returns a generation that no subscription of the room ever had, and whether Graph never answered an earlier request.
    """
    (row,) = await db.fetch(_ASK, watch.space_id, watch.generation)
    return row["generation"], bool(row["is_unanswered"])


_RECORD_REFUSAL = "UPDATE watches SET asked = NULL WHERE space_id = $1 AND generation = $2"


async def record_refusal(db: Pool | Connection, watch: Watch) -> None:
    """Record that Graph has refused to make a subscription."""
    await db.execute(_RECORD_REFUSAL, watch.space_id, watch.generation)


_RECORD_SUBSCRIPTION = f"""
UPDATE watches SET subscription_id = $3, expires_at = $4, due_at = $5, generation = $6, made_under = $7,
    asked = NULL, state = 'active', state_since = {_SINCE.format("'active'")}, detail = $11, failures = 0,
    lifetime_min = $8, is_doubted = false
WHERE space_id = $1 AND generation = $2 AND room_mailbox = $9 AND connection_id = $10
"""


async def record_subscription(conn: Connection, watch: Watch, made: Made, due: datetime) -> bool:
    """Record a new subscription; False if the watch has changed since it was claimed."""
    status = await conn.execute(
        _RECORD_SUBSCRIPTION,
        watch.space_id,
        watch.generation,
        made.subscription_id,
        made.expires_at,
        due,
        made.generation,
        made.made_under,
        watch.lifetime_min,
        watch.room_mailbox,
        watch.tenancy.connection_id,
        watch.unverified_detail,
    )
    return bool(status.endswith(" 1"))


_RECORD_RENEWAL = f"""
UPDATE watches SET expires_at = $3, due_at = $4, state = 'active', state_since = {_SINCE.format("'active'")},
    detail = $6, failures = 0, lifetime_min = $5, is_doubted = false
WHERE space_id = $1 AND subscription_id = $2
"""


async def record_renewal(db: Pool | Connection, watch: Watch, expires_at: datetime, due: datetime) -> None:
    """Record that a subscription was renewed, or is alive."""
    await db.execute(
        _RECORD_RENEWAL,
        watch.space_id,
        watch.subscription_id,
        expires_at,
        due,
        watch.lifetime_min,
        watch.unverified_detail,
    )


_RECORD_FAILURE = f"""
UPDATE watches SET state = $3, state_since = {_SINCE.format("$3")}, detail = $4, due_at = $5, failures = failures + 1
WHERE space_id = $1 AND generation = $2
"""


async def record_failure(db: Pool | Connection, watch: Watch, state: State, detail: str, due: datetime) -> None:
    """Record that a subscription could not be made or renewed, with the sentence that says why."""
    await db.execute(_RECORD_FAILURE, watch.space_id, watch.generation, state, detail, due)


_FORGET_SUBSCRIPTION = """
UPDATE watches SET subscription_id = NULL, expires_at = NULL WHERE space_id = $1 AND generation = $2
"""


async def forget_subscription(db: Pool | Connection, watch: Watch) -> None:
    """Forget a subscription that is gone or has expired."""
    await db.execute(_FORGET_SUBSCRIPTION, watch.space_id, watch.generation)


_COUNT_BY_STATE = "SELECT state, count(*) AS rooms FROM watches GROUP BY state"


async def count_by_state(db: Pool | Connection) -> dict[str, int]:
    """Count the watched rooms by their state."""
    rows = await db.fetch(_COUNT_BY_STATE)
    return {row["state"]: row["rooms"] for row in rows}


_EARLIEST_EXPIRY = """
SELECT extract(epoch FROM min(expires_at))::float8 FROM watches WHERE subscription_id IS NOT NULL
"""


async def earliest_expiry(db: Pool | Connection) -> float | None:
    """Return when the subscription expires that is the first to, in seconds since 1970; None if there is none."""
    found: float | None = await db.fetchval(_EARLIEST_EXPIRY)
    return found


_OVERDUE_S = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)::float8
FROM watches WHERE due_at <= clock_timestamp()
"""


async def overdue_s(db: Pool | Connection) -> float:
    """Return for how many seconds the watch that is overdue the longest has been due; 0 if none is due."""
    found: float = await db.fetchval(_OVERDUE_S)
    return found
