"""Requests on the waiting lists of spaces.

`one_place_in_the_waiting_list` makes it impossible that somebody waits twice for the same time of a space.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed, placed, set_to, values
from libs.contracts.values import Window
from services.policy.core.waiting.ending import WaitingFacts
from services.policy.core.waiting.request import WaitingRequest, WaitingState

_COLUMNS = columns(WaitingRequest)
_ROWS = Rows(WaitingRequest)
_STATE = ("state", "look_at", "offer_id", "offered_at", "offered_until", "ended_at")
_WINDOW: TypeAdapter[Window | None] = TypeAdapter(Window | None)

_ADD = f"""
    INSERT INTO waiting_requests ({listed(_COLUMNS)}) VALUES ({placed(_COLUMNS)})
    ON CONFLICT (space_id, organizer_address, starts_at, ends_at) WHERE state IN ('waiting', 'offered') DO NOTHING
    RETURNING id
"""
_SAVE = f"UPDATE waiting_requests SET {set_to(_STATE, 2)} WHERE id = $1"
_POSTPONE = "UPDATE waiting_requests SET look_at = clock_timestamp() + $2::interval WHERE id = $1"
_READ = f"SELECT {listed(_COLUMNS)} FROM waiting_requests WHERE id = $1"
_LIVE_LIKE = f"""
    SELECT {listed(_COLUMNS)} FROM waiting_requests
    WHERE space_id = $1 AND organizer_address = $2 AND starts_at = $3 AND ends_at = $4
        AND state IN ('waiting', 'offered')
"""
_PAGE = f"""
    SELECT {listed(_COLUMNS)} FROM waiting_requests
    WHERE space_id = $1 AND ($2::text IS NULL OR state = $2)
        AND ($3::timestamptz IS NULL OR (asked_at, id) > ($3, $4))
    ORDER BY asked_at, id LIMIT $5
"""

_MEETING_OF = "m.space_id = w.space_id AND m.ical_uid = w.ical_uid AND m.original_date IS NULL"
_BOOKED_FOR = """
    b.space_id = w.space_id AND b.ical_uid = w.ical_uid AND b.original_date IS NULL
        AND b.status IN ('pending', 'confirmed') AND NOT b.has_successor
"""
_IS_CANCELLED = "NOT m.is_present AND m.event_id IS NOT NULL"
"""A meeting whose copy was seen cancelled; of one that is only gone from the calendar no event is known."""

_FACTS = f"""
    SELECT (
            SELECT jsonb_build_object('start', b.starts_at, 'end', b.ends_at)
            FROM reservations b WHERE {_BOOKED_FOR} LIMIT 1
        ) AS booked,
        (SELECT m.judged -> 'window' FROM meetings m WHERE {_MEETING_OF}) AS asks_for,
        coalesce((SELECT {_IS_CANCELLED} FROM meetings m WHERE {_MEETING_OF}), false) AS is_meeting_cancelled
    FROM waiting_requests w WHERE w.id = $1
"""

_WITHDRAW_OF_DELETED = """
    UPDATE waiting_requests w SET state = 'withdrawn', ended_at = clock_timestamp()
    FROM spaces s WHERE s.id = w.space_id AND s.deleted_at IS NOT NULL AND w.state IN ('waiting', 'offered')
"""

_DUE = f"""
    SELECT w.id FROM waiting_requests w JOIN spaces s ON s.id = w.space_id
    WHERE w.state IN ('waiting', 'offered') AND s.deleted_at IS NULL AND w.look_at <= clock_timestamp() AND (
        least(w.starts_at, w.offered_until) <= clock_timestamp()
        OR w.state = 'offered' AND NOT EXISTS (
            SELECT FROM reservations o
            WHERE o.id = w.offer_id AND o.status = 'pending' AND o.reasons @> '[{{"kind": "waiting_list_offer"}}]'
        )
        OR w.state = 'waiting' AND (
            EXISTS (SELECT FROM reservations b WHERE {_BOOKED_FOR})
            OR EXISTS (
                SELECT FROM meetings m WHERE {_MEETING_OF} AND (
                    {_IS_CANCELLED}
                    OR (m.judged #>> '{{window,start}}')::timestamptz <> w.starts_at
                    OR (m.judged #>> '{{window,end}}')::timestamptz <> w.ends_at
                )
            )
            OR s.waiting_list AND NOT EXISTS (
                SELECT FROM space_parts p JOIN occupancies o USING (part_id)
                WHERE p.space_id = w.space_id AND o.during && tstzrange(
                    w.starts_at - make_interval(mins => s.setup_minutes),
                    w.ends_at + make_interval(mins => s.cleanup_minutes)
                )
            )
        )
    )
    ORDER BY w.asked_at, w.id LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class WantedWaiting:
    """Which requests of a space to list; without a state, all of them."""

    space_id: UUID
    state: WaitingState | None = None


async def add(conn: Db, new: WaitingRequest) -> WaitingRequest:
    """Insert a request, and return it; if the same is waited for already, return that instead."""
    if await conn.fetchval(_ADD, *values(new, _COLUMNS)) is not None:
        return new
    found = await conn.fetchrow(_LIVE_LIKE, new.space_id, new.organizer_address, new.starts_at, new.ends_at)
    return _ROWS.read(found)


async def find_live(conn: Db, space_id: UUID, organizer: str, window: Window) -> WaitingRequest | None:
    """Return the place that an organizer has in the waiting list for a time of a space; None without one."""
    return _ROWS.read_one(await conn.fetchrow(_LIVE_LIKE, space_id, organizer, window.start, window.end))


async def save(conn: Db, changed: WaitingRequest) -> None:
    """Overwrite how a request stands. The space has to be locked, which keeps others from changing it."""
    await conn.execute(_SAVE, changed.id, *values(changed, _STATE))


async def postpone(conn: Db, request_id: UUID, by: timedelta) -> None:
    """Have a request looked at again only after a while."""
    await conn.execute(_POSTPONE, request_id, by)


async def read(conn: Db, request_id: UUID) -> WaitingRequest | None:
    """Read one request."""
    return _ROWS.read_one(await conn.fetchrow(_READ, request_id))


async def page(
    conn: Db, wanted: WantedWaiting, after: tuple[datetime, UUID] | None, limit: int
) -> list[WaitingRequest]:
    """Read the next requests of a space in the order of (asked at, id), after the given one."""
    found = await conn.fetch(_PAGE, wanted.space_id, wanted.state, *(after or (None, None)), limit)
    return [_ROWS.read(row) for row in found]


async def facts(conn: Db, request_id: UUID) -> WaitingFacts:
    """Read what decides whether a request still waits."""
    row: Any = await conn.fetchrow(_FACTS, request_id)
    return WaitingFacts(
        booked=_WINDOW.validate_python(row["booked"]),
        asks_for=_WINDOW.validate_python(row["asks_for"]),
        is_meeting_cancelled=row["is_meeting_cancelled"],
    )


async def withdraw_of_deleted_spaces(conn: Db) -> None:
    """End all requests for spaces that were deleted; what they held was cancelled with the space."""
    await conn.execute(_WITHDRAW_OF_DELETED)


async def due(conn: Db, at_most: int) -> list[UUID]:
    """Return the requests that have come to their end or whose time is free, in the order of asking.

    Only those that wait or have an offer are looked at, each by indexes.
    """
    return [row["id"] for row in await conn.fetch(_DUE, at_most)]
