"""How groups stand, by their dates and in Outlook: the ledger keeps of a group only whether it is live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed
from libs.contracts.groups import DateCounts, GroupState
from libs.contracts.values import Window
from services.policy.core.ledger import ReservationGroup


@dataclass(frozen=True, slots=True)
class RequestedGroupChange:
    """A change of several dates of a group that waits for an administrator, and the question about it."""

    question_id: UUID
    window: Window
    dates: int
    people: int


@dataclass(frozen=True, slots=True)
class ShownGroup(ReservationGroup):
    """A group with how it stands.

    It is pending as long as dates of it wait and none that is to come is booked. One that is not live any more, or of
    which no date is, is declined if that was the last that became of a date, and cancelled otherwise. `intent_states`
    are those of its own hold, or of the holds of its dates, and `holds` says which there are.
    """

    state: GroupState
    space_name: str
    counts: DateCounts
    requested_change: RequestedGroupChange | None
    is_mapped: bool
    holds: Literal["recurring", "single"] | None
    intent_states: list[str]
    why_given_up: str | None


@dataclass(frozen=True, slots=True)
class WantedGroups:
    """Which groups to list: None stands for any. Those with a date in the range, and of these states."""

    space_id: UUID | None = None
    ends_after: datetime | None = None
    starts_before: datetime | None = None
    statuses: list[str] | None = None


_ROWS = Rows(ShownGroup)

_SHOWN = f"""
    SELECT {listed(columns(ReservationGroup), "g")}, s.room_mailbox IS NOT NULL AS is_mapped,
        s.name AS space_name,
        CASE
            WHEN dates.made = 0 THEN g.status
            WHEN g.status = 'confirmed' AND dates.waits AND NOT dates.is_booked THEN 'pending'
            WHEN g.status = 'confirmed' AND dates.is_live THEN 'confirmed'
            WHEN g.status = 'confirmed' AND g.materialised_until IS NOT NULL THEN 'confirmed'
            WHEN dates.last = 'declined' THEN 'declined'
            ELSE 'cancelled'
        END AS state,
        jsonb_build_object(
            'confirmed', dates.confirmed, 'pending', dates.pending, 'declined', dates.declined,
            'cancelled', dates.cancelled
        ) AS counts,
        (
            SELECT jsonb_build_object(
                'question_id', q.id, 'window', q.asked -> 'window', 'people', q.asked -> 'people',
                'dates', greatest(jsonb_array_length(q.asked -> 'dates'), 1)
            )
            FROM approvals q WHERE q.group_id = g.id AND q.state = 'pending' AND q.change IS NOT NULL
        ) AS requested_change,
        coalesce(outlook.states, '{{}}') AS intent_states, outlook.why_given_up,
        CASE
            WHEN outlook.is_recurring THEN 'recurring'
            WHEN outlook.is_single THEN 'single'
        END AS holds
    FROM reservation_groups g JOIN spaces s ON s.id = g.space_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS made, count(*) FILTER (WHERE r.status = 'confirmed') AS confirmed,
            count(*) FILTER (WHERE r.status = 'pending') AS pending,
            count(*) FILTER (WHERE r.status = 'declined') AS declined,
            count(*) FILTER (WHERE r.status = 'cancelled') AS cancelled,
            coalesce(bool_or(r.status = 'pending' AND r.ends_at > statement_timestamp()), false) AS waits,
            coalesce(bool_or(r.status = 'confirmed' AND r.ends_at > statement_timestamp()), false) AS is_booked,
            coalesce(bool_or(r.status IN ('pending', 'confirmed')), false) AS is_live,
            (array_agg(r.status ORDER BY r.updated_at DESC))[1] AS last
        FROM reservations r WHERE r.group_id = g.id
    ) dates
    LEFT JOIN LATERAL (
        SELECT array_agg(i.state) AS states, string_agg(i.detail, ' ') FILTER (WHERE i.state = 'given_up')
            AS why_given_up,
            bool_or(i.wanted ->> 'want' = 'hold' AND i.key_reservation_id = g.id) AS is_recurring,
            bool_or(i.wanted ->> 'want' = 'hold' AND i.key_reservation_id <> g.id) AS is_single
        FROM intents i
        WHERE i.space_id = g.space_id AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL
            AND i.key_reservation_id = ANY(array(SELECT r.id FROM reservations r WHERE r.group_id = g.id) || g.id)
    ) outlook ON g.ical_uid IS NULL
"""

_ONE = f"{_SHOWN} WHERE g.id = $1"

_PAGE = f"""
    SELECT * FROM ({_SHOWN}
        WHERE ($1::uuid IS NULL OR g.space_id = $1)
            AND ($2::timestamptz IS NULL OR (g.created_at, g.id) > ($2, $3))
            AND ($5::timestamptz IS NULL AND $6::timestamptz IS NULL OR EXISTS (
                SELECT FROM reservations r
                WHERE r.group_id = g.id AND ($5::timestamptz IS NULL OR r.ends_at > $5)
                    AND ($6::timestamptz IS NULL OR r.starts_at < $6)
            ))
    ) shown
    WHERE $7::text[] IS NULL OR shown.state = ANY($7)
    ORDER BY created_at, id LIMIT $4
"""


async def read(conn: Db, group_id: UUID) -> ShownGroup | None:
    """Read one group, and how it stands."""
    return _ROWS.read_one(await conn.fetchrow(_ONE, group_id))


async def page(conn: Db, wanted: WantedGroups, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[ShownGroup]:
    """Read the next groups in the order of (made at, id), after the given one."""
    filters = (wanted.ends_after, wanted.starts_before, wanted.statuses)
    rows = await conn.fetch(_PAGE, wanted.space_id, *(after or (None, None)), limit, *filters)
    return [_ROWS.read(row) for row in rows]
