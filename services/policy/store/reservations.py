"""Reservations: their rows, and the queries that find them."""

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

_NEVER_CHANGED = ("id", "space_id", "group_id", "origin", "created_at")

SAVE = f"""
    INSERT INTO reservations ({listed((*COLUMNS, *ACTORS))})
    SELECT {listed((*COLUMNS, *ACTORS))} FROM reserved
    ON CONFLICT (id) DO UPDATE SET
        {assigned((*columns(Reservation, but=_NEVER_CHANGED), "changed_by", "cancelled_by"))}
"""
"""Insert or overwrite the reservations in `reserved`; who made one stays as it is."""

_PLACE_OF = """
    SELECT r.space_id, r.organizer_address
    FROM reservations r JOIN spaces s ON s.id = r.space_id WHERE r.id = $1 AND s.deleted_at IS NULL
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


async def meeting_of(conn: Connection, space_id: UUID, reservation_id: UUID) -> MeetingKey | None:
    """Return the key of the meeting, or date of a series, that a reservation of the space is for; None without one."""
    found = await conn.fetchrow(_MEETING_OF, reservation_id, space_id)
    return None if found is None else MeetingKey(space_id, found["ical_uid"], found["original_date"])


async def kept_longer_than(conn: Connection, kept_for: timedelta) -> list[tuple[UUID, UUID]]:
    """Return (space, reservation) of those not over whose invitation was declined with an edit, that long ago."""
    return [(row["space_id"], row["id"]) for row in await conn.fetch(_KEPT_LONGER_THAN, kept_for)]
