"""Read reservations as the API shows them: the ledger beside what Outlook was asked to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, listed
from libs.contracts.values import Actor, Window
from services.policy.core.availability import Buffers, Stretch
from services.policy.core.ledger import Reservation
from services.policy.core.limits import LONGEST_RESERVATION
from services.policy.core.place import ConflictDetail, Place
from services.policy.store.connections import CONFLICT_DETAIL
from services.policy.store.keys import OF_RESERVATION_OR_GROUP
from services.policy.store.reservations import ACTORS, COLUMNS


@dataclass(frozen=True, slots=True)
class RequestedChange:
    """A change of what is booked that waits for an administrator, and the question about it."""

    question_id: UUID
    window: Window
    people: int


@dataclass(frozen=True, slots=True)
class ShownReservation(Reservation):
    """A reservation with who acted on it, the states of its invitation's and its hold's intents, and why one failed.

    `requested_change` is what is asked for of one that is booked, and waits for an administrator.
    """

    made_by: Actor
    changed_by: Actor
    cancelled_by: Actor | None
    space_name: str
    is_mapped: bool
    shown_answer: str | None
    intent_states: list[str]
    why_given_up: str | None
    requested_change: RequestedChange | None
    conflict_detail: ConflictDetail

    @property
    def place(self) -> Place:
        """Return the space as sentences name it."""
        return Place(self.space_name, self.time_zone, self.conflict_detail)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reservations to list: None stands for any.

    `organizer` is a mail address in lower case, and `space_name` a part of the name of the space.
    """

    space_id: UUID | None = None
    ends_after: datetime | None = None
    starts_before: datetime | None = None
    statuses: list[str] | None = None
    organizer: str | None = None
    title: str | None = None
    origin: str | None = None
    updated_since: datetime | None = None
    group_id: UUID | None = None
    space_name: str | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """Among which spaces to look: None stands for any. `capacity` is the smallest that will do."""

    capacity: int | None = None
    building: str | None = None
    space_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Occupied:
    """A space and when some part of it is taken: stretches with buffers, in order, that do not overlap.

    In `only_buffers`, which are within those, every part that is taken is only set up or cleaned.
    """

    space_id: UUID
    buffers: Buffers
    taken: list[Stretch]
    only_buffers: list[Stretch]


_ROWS = Rows(ShownReservation)

LONGEST = f"interval '{LONGEST_RESERVATION.days} days'"
"""What ends after an instant starts after this much before it, which is what the indexes by start need to know."""

_SHOWN = f"""
    SELECT {listed((*COLUMNS, *ACTORS), "r")}, s.name AS space_name,
        s.room_mailbox IS NOT NULL AS is_mapped, coalesce(m.shown_answer, (
            SELECT whole.shown_answer FROM meetings whole
            WHERE r.original_date IS NOT NULL AND whole.space_id = r.space_id AND whole.ical_uid = r.ical_uid
                AND whole.original_date IS NULL
        )) AS shown_answer,
        array(
            SELECT i.state FROM intents i
            WHERE i.space_id = r.space_id AND (
                i.key_ical_uid = r.ical_uid AND NOT r.has_successor
                    AND (i.key_original_date IS NULL OR i.key_original_date = r.original_date)
                OR i.key_ical_uid IS NULL AND i.key_original_date IS NULL AND {OF_RESERVATION_OR_GROUP}
            )
        ) AS intent_states,
        (
            SELECT string_agg(i.detail, ' ') FROM intents i
            WHERE i.space_id = r.space_id AND i.state = 'given_up' AND (
                i.key_ical_uid = r.ical_uid
                    AND (i.key_original_date IS NULL OR i.key_original_date = r.original_date)
                OR i.key_ical_uid IS NULL AND i.key_original_date IS NULL AND {OF_RESERVATION_OR_GROUP}
            )
        ) AS why_given_up,
        {CONFLICT_DETAIL.format("s.connection_id")} AS conflict_detail,
        (
            SELECT jsonb_build_object('question_id', q.id, 'window', q.asked -> 'window', 'people', q.asked -> 'people')
            FROM approvals q WHERE q.reservation_id = r.id AND q.state = 'pending' AND r.status = 'confirmed'
            UNION ALL
            SELECT jsonb_build_object('question_id', q.id, 'window', d -> 'window', 'people', d -> 'people')
            FROM approvals q CROSS JOIN jsonb_array_elements(q.change -> 'dates') AS d
            WHERE q.group_id = r.group_id AND q.state = 'pending' AND r.status = 'confirmed'
                AND coalesce(d ->> 'was', d ->> 'original_date')::date = r.original_date
                AND NOT (d -> 'left_out')::boolean
            LIMIT 1
        ) AS requested_change
    FROM reservations r
    JOIN spaces s ON s.id = r.space_id
    LEFT JOIN meetings m ON m.space_id = r.space_id AND m.ical_uid = r.ical_uid AND NOT r.has_successor
        AND m.original_date IS NOT DISTINCT FROM r.original_date
"""

_ONE = f"{_SHOWN} WHERE r.id = $1"

_THESE = f"{_SHOWN} WHERE r.id = ANY($1) ORDER BY r.starts_at, r.id"

PAGE = f"""{_SHOWN}
    WHERE ($1::uuid IS NULL OR r.space_id = $1)
        AND ($2::timestamptz IS NULL OR r.ends_at > $2 AND r.starts_at > $2 - {LONGEST})
        AND ($3::timestamptz IS NULL OR r.starts_at < $3)
        AND ($4::text[] IS NULL OR r.status = ANY($4))
        AND ($5::timestamptz IS NULL OR (r.starts_at, r.id) > ($5, $6))
        AND ($8::text IS NULL OR r.organizer_address = $8)
        AND ($9::text IS NULL OR r.title ILIKE $9)
        AND ($10::text IS NULL OR r.origin = $10)
        AND ($11::timestamptz IS NULL OR r.updated_at >= $11)
        AND ($12::uuid IS NULL OR r.group_id = $12)
        AND ($13::text IS NULL OR r.space_id IN (SELECT id FROM spaces WHERE position(lower($13) IN lower(name)) > 0))
    ORDER BY r.starts_at, r.id LIMIT $7
"""
"""A page of reservations. Each filter has an index, which is used because a plan is made for the filters at hand.

Of spaces every name is looked at, because they are few beside reservations.
"""

_EDGES = "array(SELECT unnest(ARRAY[lower(each), upper(each)]) FROM unnest({}) AS each)"
"""Both ends of each stretch, one after the other: a plain array is read in half the time of ranges."""

_OCCUPIED = f"""
    SELECT s.id, s.setup_minutes, s.cleanup_minutes, {_EDGES.format("found.taken")} AS taken,
        {_EDGES.format("found.taken - found.met")} AS only_buffers
    FROM spaces s CROSS JOIN LATERAL (
        SELECT range_agg(o.during) AS taken, range_agg(o.during * CASE WHEN o.purpose = 'reserved' THEN (
            SELECT tstzmultirange(tstzrange(r.starts_at, r.ends_at)) FROM reservations r WHERE r.id = o.reservation_id
        ) ELSE o.during END) AS met
        FROM occupancies o JOIN space_parts p USING (part_id)
        WHERE p.space_id = s.id AND o.during && tstzrange(
            $1::timestamptz - make_interval(mins => s.setup_minutes),
            $2::timestamptz + make_interval(mins => s.cleanup_minutes)
        )
    ) found
    WHERE s.deleted_at IS NULL AND ($3::int IS NULL OR s.capacity >= $3)
        AND ($4::text IS NULL OR lower(s.building) = lower($4)) AND ($5::uuid IS NULL OR s.id = $5)
    ORDER BY s.name, s.id
"""


async def reservation(conn: Db, reservation_id: UUID) -> ShownReservation | None:
    """Read one reservation."""
    return _ROWS.read_one(await conn.fetchrow(_ONE, reservation_id))


async def these_reservations(conn: Db, reservation_ids: Sequence[UUID]) -> list[ShownReservation]:
    """Read the reservations of these ids, in the order of (start, id)."""
    return [_ROWS.read(row) for row in await conn.fetch(_THESE, list(reservation_ids))]


async def reservations(
    conn: Db, wanted: Wanted, after: tuple[datetime, UUID] | None, limit: int
) -> list[ShownReservation]:
    """Read the next reservations in the order of (start, id), after the given one."""
    return [_ROWS.read(row) for row in await conn.fetch(PAGE, *page_parameters(wanted, after, limit))]


def page_parameters(wanted: Wanted, after: tuple[datetime, UUID] | None, limit: int) -> tuple[object, ...]:
    """Return the parameters of `PAGE`."""
    return (
        wanted.space_id,
        wanted.ends_after,
        wanted.starts_before,
        wanted.statuses,
        *(after or (None, None)),
        limit,
        wanted.organizer,
        containing(wanted.title),
        wanted.origin,
        wanted.updated_since,
        wanted.group_id,
        wanted.space_name,
    )


async def occupied(conn: Db, window: Window, among: Among) -> list[Occupied]:
    """Read when each of some spaces is taken around a window, far enough out for its own buffers."""
    rows = await conn.fetch(_OCCUPIED, window.start, window.end, among.capacity, among.building, among.space_id)
    return [
        Occupied(
            row["id"],
            Buffers(timedelta(minutes=row["setup_minutes"]), timedelta(minutes=row["cleanup_minutes"])),
            _stretches(row["taken"]),
            _stretches(row["only_buffers"]),
        )
        for row in rows
    ]


def _stretches(edges: Sequence[datetime]) -> list[Stretch]:
    return list(zip(edges[::2], edges[1::2], strict=True))


def containing(text: str | None) -> str | None:
    """Return the pattern for ILIKE of texts that contain this one as it is; None for any."""
    if text is None:
        return None
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
