"""Reservations: their rows, and the queries that find them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows, assigned, columns, listed
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Actor
from services.policy.core.ledger import Reservation

COLUMNS = columns(Reservation)
ROWS = Rows(Reservation)

ACTORS = ("made_by", "changed_by", "cancelled_by")
"""The columns that say who acted on a reservation."""


@dataclass(frozen=True, slots=True)
class InGroup:
    """A reservation, the group that it is a date of, if it is, and whether that is of a meeting in Outlook."""

    id: UUID
    group_id: UUID | None
    is_of_meeting: bool


_NEVER_CHANGED = ("id", "space_id", "origin", "created_at")

SAVE = f"""
    INSERT INTO reservations AS r ({listed((*COLUMNS, *ACTORS))})
    SELECT {listed((*COLUMNS, *ACTORS))} FROM reserved
    ON CONFLICT (id) DO UPDATE SET
        {assigned((*columns(Reservation, but=_NEVER_CHANGED), "cancelled_by"))},
        changed_by = CASE WHEN excluded.version = r.version THEN r.changed_by ELSE excluded.changed_by END
"""
"""Insert or overwrite the reservations in `reserved`; who made one stays as it is, and who made its version."""

_PLACE_OF = """
    SELECT r.space_id, r.organizer_address
    FROM reservations r JOIN spaces s ON s.id = r.space_id WHERE r.id = $1 AND s.deleted_at IS NULL
"""

_GROUP_OF = """
    SELECT r.id, r.group_id, r.ical_uid IS NOT NULL AS is_of_meeting
    FROM reservations r JOIN spaces s ON s.id = r.space_id
    WHERE r.id = $1 AND s.deleted_at IS NULL
"""
_READ = "SELECT to_jsonb(r) AS reservation FROM reservations r WHERE id = $1"

_LOCK_DECLINED = "SELECT pg_advisory_xact_lock(hashtextextended('instead of:' || $1::uuid::text, 0))"

_HELD_FOR = """
    SELECT space_id FROM reservations
    WHERE space_id = ANY($1) AND ical_uid = $2 AND status IN ('pending', 'confirmed') AND NOT has_successor
"""

_MEETING_OF = (
    "SELECT ical_uid, original_date FROM reservations WHERE id = $1 AND space_id = $2 AND ical_uid IS NOT NULL"
)

_KEPT_LONGER_THAN = """
    SELECT space_id, id FROM reservations
    WHERE kept_without_invitation AND status IN ('pending', 'confirmed') AND ends_at > statement_timestamp()
        AND (refused_request ->> 'at')::timestamptz <= clock_timestamp() - $1::interval
    ORDER BY ends_at, id
"""

_PROPOSALS_DUE = """
    SELECT space_id, id FROM (
        SELECT DISTINCT ON (asked_with) space_id, id, until FROM (
            SELECT space_id, id, (proposed_change ->> 'until')::timestamptz AS until,
                CASE WHEN (proposed_change ->> 'with_series')::boolean THEN group_id ELSE id END AS asked_with
            FROM reservations WHERE proposed_change IS NOT NULL
        ) AS proposed
        WHERE until <= clock_timestamp() ORDER BY asked_with, id
    ) AS due
    ORDER BY until, id LIMIT $1
"""
"""Read what is due. Of the dates that one answer asks for, one stands for all."""


def as_json(saved: Reservation, by: Actor) -> dict[str, Any]:
    """Return a reservation as a row, saved by this actor, who also made or cancelled it if this save does so."""
    actor = by.model_dump(mode="json")
    is_cancelled = saved.status == "cancelled"
    actors = {"made_by": actor, "changed_by": actor, "cancelled_by": actor if is_cancelled else None}
    return {**ROWS.as_json(saved), **actors}


async def place_of(conn: Connection, reservation_id: UUID) -> tuple[UUID, str | None] | None:
    """Return (space, organizer) of a reservation; None if there is no such one, or its space was deleted."""
    found = await conn.fetchrow(_PLACE_OF, reservation_id)
    return None if found is None else (found["space_id"], found["organizer_address"])


async def group_of(conn: Connection, reservation_id: UUID) -> InGroup | None:
    """Return the group of a reservation; None if there is no such reservation, or its space was deleted."""
    found = await conn.fetchrow(_GROUP_OF, reservation_id)
    return None if found is None else InGroup(**found)


async def read(conn: Connection, reservation_id: UUID) -> Reservation | None:
    """Read one reservation."""
    found = await conn.fetchrow(_READ, reservation_id)
    return None if found is None else ROWS.read(found["reservation"])


async def lock_declined(conn: Connection, declined_id: UUID) -> None:
    """Keep whoever books something instead of the same declined reservation waiting until this transaction ends.

    It is taken before all other locks.
    """
    await conn.execute(_LOCK_DECLINED, declined_id)


async def held_for(conn: Connection, space_ids: list[UUID], ical_uid: str) -> set[UUID]:
    """Return which of these spaces have a live reservation for a meeting, or for a date of it."""
    return {row["space_id"] for row in await conn.fetch(_HELD_FOR, space_ids, ical_uid)}


async def meeting_of(conn: Connection, space_id: UUID, reservation_id: UUID) -> MeetingKey | None:
    """Return the key of the meeting, or date of a series, that a reservation of the space is for; None without one."""
    found = await conn.fetchrow(_MEETING_OF, reservation_id, space_id)
    return None if found is None else MeetingKey(space_id, found["ical_uid"], found["original_date"])


async def kept_longer_than(conn: Connection, kept_for: timedelta) -> list[tuple[UUID, UUID]]:
    """Return (space, reservation) of those not over whose invitation was declined with an edit, that long ago."""
    return [(row["space_id"], row["id"]) for row in await conn.fetch(_KEPT_LONGER_THAN, kept_for)]


async def proposals_due(conn: Connection, at_most: int) -> list[tuple[UUID, UUID]]:
    """Return (space, reservation) of those whose organizers had until now to accept another time."""
    return [(row["space_id"], row["id"]) for row in await conn.fetch(_PROPOSALS_DUE, at_most)]
