"""The readings of calendars for imports: which are to be done, by whom, and how they ended.

One process at a time claims a reading. A claim expires by itself, so that a process that died keeps no room for long.
A reading that is begun anew finds its events again and leaves them where they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.cloud import Tenancy, tenancy_of
from libs.graph.mailbox_name import MailboxName

HELD_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ClaimedReading:
    """A calendar claimed to be read. `is_refused` if ingest does not admit its mailbox, for the reason in `refused`.

    One that is not mapped is only supposed to be, and has to be examined first.
    """

    import_id: UUID
    space_id: UUID
    attempt: int
    room_mailbox: str
    mailbox: MailboxName
    tenancy: Tenancy
    time_zone: str
    is_mapped: bool
    is_refused: bool
    refused: str | None
    began_at: datetime
    failing_since: datetime | None
    failures: int

    def has_failed_for(self, patience: timedelta) -> bool:
        """Whether it was tried for so long by the time at which this try began."""
        return self.failing_since is not None and self.began_at - self.failing_since >= patience


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is written down. Without a `meeting`, the `problem` says why it cannot be read."""

    ical_uid: str
    rank: int
    observed_at: datetime
    starts_at: datetime
    ends_at: datetime
    meeting: dict[str, Any] | None
    problem: str | None = None


_ADOPT = """
    INSERT INTO import_readings AS known (import_id, space_id, attempt)
    SELECT import_id, space_id, attempt FROM policy.import_rooms_v1 WHERE is_wanted
    ON CONFLICT (import_id, space_id) DO UPDATE SET
        attempt = excluded.attempt, state = 'waiting', detail = NULL, began_at = NULL, events = 0, past = NULL,
        failing_since = NULL, failures = 0, next_try_at = excluded.next_try_at, holder = NULL, held_until = NULL
    WHERE known.attempt < excluded.attempt
"""

_FORGET = """
    DELETE FROM import_readings r
    WHERE NOT EXISTS (
        SELECT FROM policy.import_rooms_v1 m WHERE m.import_id = r.import_id AND m.space_id = r.space_id
    )
"""

_CLAIM = """
    WITH turn AS (
        SELECT r.import_id, r.space_id
        FROM import_readings r JOIN policy.import_rooms_v1 m USING (import_id, space_id)
        LEFT JOIN ingest.watches_v1 w ON w.space_id = m.space_id AND w.room_mailbox = m.room_mailbox
        WHERE r.state = 'waiting' AND r.attempt = m.attempt AND m.is_wanted AND r.next_try_at <= clock_timestamp()
            AND (r.held_until IS NULL OR r.held_until < clock_timestamp())
            AND (NOT m.is_mapped OR w.is_admitted OR w.state IN ('refused', 'quarantined'))
        ORDER BY r.failures, m.turn
        LIMIT $2
        FOR UPDATE OF r SKIP LOCKED
    )
    UPDATE import_readings r SET holder = $1, held_until = clock_timestamp() + $3::interval,
        began_at = clock_timestamp(), events = 0
    FROM turn JOIN policy.import_rooms_v1 m USING (import_id, space_id)
    LEFT JOIN ingest.watches_v1 w ON w.space_id = m.space_id AND w.room_mailbox = m.room_mailbox
    WHERE r.import_id = turn.import_id AND r.space_id = turn.space_id
    RETURNING r.import_id, r.space_id, r.attempt, m.room_mailbox, w.object_id, m.connection_id, m.cloud, m.tenant_id,
        m.client_id, m.credentials, m.time_zone, m.is_mapped, m.is_mapped AND NOT w.is_admitted AS is_refused,
        w.detail AS refused, r.began_at, r.failing_since, r.failures
"""

_KEEP = """
    WITH mine AS (
        UPDATE import_readings SET held_until = clock_timestamp() + $4::interval, events = events + $5
        WHERE import_id = $1 AND space_id = $2 AND holder = $3
        RETURNING import_id, space_id
    ), kept AS (
        INSERT INTO import_events AS e
            (import_id, space_id, ical_uid, rank, observed_at, starts_at, ends_at, meeting, problem)
        SELECT mine.import_id, mine.space_id, n.ical_uid, n.rank, n.observed_at, n.starts_at, n.ends_at, n.meeting,
            n.problem
        FROM mine, jsonb_populate_recordset(NULL::import_events, $6) n
        ON CONFLICT (import_id, space_id, ical_uid) DO UPDATE SET
            seq = CASE WHEN e.rank = excluded.rank THEN e.seq ELSE excluded.seq END, rank = excluded.rank,
            observed_at = excluded.observed_at, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            meeting = excluded.meeting, problem = excluded.problem
    )
    SELECT EXISTS (SELECT FROM mine)
"""

_PROLONG = """
    UPDATE import_readings r SET held_until = clock_timestamp() + $4::interval
    WHERE import_id = $1 AND space_id = $2 AND holder = $3 AND EXISTS (
        SELECT FROM policy.import_rooms_v1 m
        WHERE m.import_id = r.import_id AND m.space_id = r.space_id AND m.attempt = r.attempt AND m.is_wanted
    )
"""

_FINISH = """
    WITH mine AS (
        UPDATE import_readings SET state = 'read', detail = NULL, past = $4, holder = NULL, held_until = NULL
        WHERE import_id = $1 AND space_id = $2 AND holder = $3
        RETURNING import_id, space_id, began_at
    )
    DELETE FROM import_events e USING mine
    WHERE e.import_id = mine.import_id AND e.space_id = mine.space_id AND e.observed_at < mine.began_at
"""

_FAIL = """
    UPDATE import_readings SET state = $4, detail = $5, failing_since = coalesce(failing_since, clock_timestamp()),
        failures = failures + 1, next_try_at = clock_timestamp() + $6::interval, holder = NULL, held_until = NULL
    WHERE import_id = $1 AND space_id = $2 AND holder = $3
"""

_LET_GO = """
    UPDATE import_readings SET holder = NULL, held_until = NULL WHERE import_id = $1 AND space_id = $2 AND holder = $3
"""

_RELEASE = "UPDATE import_readings SET holder = NULL, held_until = NULL WHERE holder = $1"


async def adopt(db: Pool | Connection) -> None:
    """Insert a reading for each room that an import wants read; one that is wanted anew begins again."""
    await db.execute(_ADOPT)


async def forget(db: Pool | Connection) -> None:
    """Delete the readings, with their events, of rooms that are decided about or no longer wanted."""
    await db.execute(_FORGET)


async def claim(db: Pool | Connection, holder: UUID, at_most: int) -> list[ClaimedReading]:
    """Claim readings that are due. No reading has two claims at a time."""
    return [_claimed(row) for row in await db.fetch(_CLAIM, holder, at_most, HELD_FOR)]


async def keep(db: Pool | Connection, reading: ClaimedReading, holder: UUID, events: Sequence[EventRow]) -> bool:
    """Write events down and prolong the claim; False, and nothing is written, if the claim was lost."""
    rows = [
        {
            "ical_uid": each.ical_uid,
            "rank": each.rank,
            "observed_at": each.observed_at.isoformat(),
            "starts_at": each.starts_at.isoformat(),
            "ends_at": each.ends_at.isoformat(),
            "meeting": each.meeting,
            "problem": each.problem,
        }
        for each in events
    ]
    is_ours: bool = await db.fetchval(_KEEP, reading.import_id, reading.space_id, holder, HELD_FOR, len(rows), rows)
    return is_ours


async def prolong(db: Pool | Connection, reading: ClaimedReading, holder: UUID) -> bool:
    """Prolong a claim; False if it was lost, or if the room is not wanted now, so that its reading is to stop."""
    status = await db.execute(_PROLONG, reading.import_id, reading.space_id, holder, HELD_FOR)
    return bool(status.endswith(" 1"))


async def finish(db: Pool | Connection, reading: ClaimedReading, holder: UUID, past: int | None) -> None:
    """Record that a calendar was read to its end. What an earlier reading found and this one did not is forgotten."""
    await db.execute(_FINISH, reading.import_id, reading.space_id, holder, past)


async def fail(
    db: Pool | Connection,
    reading: ClaimedReading,
    holder: UUID,
    *,
    state: Literal["waiting", "failed"],
    detail: str,
    pause: timedelta,
) -> None:
    """Record why a calendar was not read: it waits for another try after the pause, or has failed."""
    await db.execute(_FAIL, reading.import_id, reading.space_id, holder, state, detail, pause)


async def let_go(db: Pool | Connection, reading: ClaimedReading, holder: UUID) -> None:
    """Release a reading that was interrupted; it is as due as before."""
    await db.execute(_LET_GO, reading.import_id, reading.space_id, holder)


async def release(db: Pool | Connection, holder: UUID) -> None:
    """Release every reading that this process has claimed, so that others can claim them at once."""
    await db.execute(_RELEASE, holder)


def _claimed(row: Any) -> ClaimedReading:  # noqa: ANN401 - asyncpg's records are untyped
    return ClaimedReading(
        import_id=row["import_id"],
        space_id=row["space_id"],
        attempt=row["attempt"],
        room_mailbox=row["room_mailbox"],
        mailbox=MailboxName(row["room_mailbox"], row["object_id"]),
        tenancy=tenancy_of(row),
        time_zone=row["time_zone"],
        is_mapped=row["is_mapped"],
        is_refused=row["is_refused"] or False,
        refused=row["refused"],
        began_at=row["began_at"],
        failing_since=row["failing_since"],
        failures=row["failures"],
    )
