"""Occupancies: what each reservation takes of the parts of its space, buffers included, as one stretch or several.

`no_double_booking` makes it impossible that two reservations take one part at the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from libs.common.db import Connection
from libs.common.rows import Rows
from services.policy.core.availability import Taken

FREE = """
    DELETE FROM occupancies
    WHERE reservation_id = ANY(array(
        SELECT id FROM reserved WHERE status NOT IN ('pending', 'confirmed') OR competes
    ))
"""
"""Free what the reservations in `reserved` occupied that are no longer live, or that only compete for their time."""

OCCUPY = """
    INSERT INTO occupancies (reservation_id, part_id, purpose, during)
    SELECT r.id, p.part_id, 'reserved', tstzmultirange(asked) - CASE WHEN r.yields THEN (
        SELECT coalesce(range_agg(others.during), '{}') FROM (
            SELECT o.during FROM occupancies o
            WHERE o.part_id = p.part_id AND o.during && asked AND o.reservation_id <> r.id
            UNION ALL
            SELECT tstzmultirange(tstzrange(e.starts_at - $3::interval, e.ends_at + $4::interval)) FROM reserved e
            WHERE e.group_id = r.group_id AND e.status IN ('pending', 'confirmed')
                AND (e.starts_at, e.original_date) < (r.starts_at, r.original_date)
        ) AS others
    ) ELSE '{}' END
    FROM reserved r JOIN space_parts p USING (space_id),
        tstzrange(r.starts_at - $3::interval, r.ends_at + $4::interval) AS asked
    WHERE r.status IN ('pending', 'confirmed') AND NOT r.competes
        AND tstzrange(r.starts_at, r.ends_at) IS DISTINCT FROM (
            SELECT tstzrange(starts_at, ends_at) FROM reservations stands
            WHERE stands.id = r.id AND stands.status IN ('pending', 'confirmed')
                AND NOT stands.yields AND NOT stands.competes
        )
    ON CONFLICT (reservation_id, part_id, purpose) DO UPDATE SET during = excluded.during
"""
"""Occupy the parts of the space for the live reservations in `reserved`, from $3 before to $4 after each.

One that competes occupies nothing.

A reservation that was live at the same time before keeps what it occupied, whatever the buffers are by now. One that
yields gets what no other reservation occupies of each part, which may be several stretches or none; so it is each time
that it is saved, and where it stops yielding it gets all. To the earlier dates of its series in `reserved` it yields
too, as they were judged before it (`recurring.judge`). All parts of one statement see the tables as they were before
it, so `stands` is the reservation before it is saved. It is found by its id, in a SELECT that returns one value: as a
join, PostgreSQL would read all reservations while it believes them to be few.
"""

HOLD_OTHER_TIME = """
    INSERT INTO occupancies (reservation_id, part_id, purpose, during)
    SELECT r.id, p.part_id, 'proposed', tstzmultirange(tstzrange(
        (other #>> '{window,start}')::timestamptz - $3::interval, (other #>> '{window,end}')::timestamptz + $4::interval
    ))
    FROM reserved r JOIN space_parts p USING (space_id), coalesce(r.proposed_change, r.moving_from) AS other
    WHERE r.status IN ('pending', 'confirmed') AND other IS NOT NULL
        AND NOT coalesce((other ->> 'with_series')::boolean, false)
    ON CONFLICT (reservation_id, part_id, purpose) DO UPDATE SET during = excluded.during
"""
"""Hold, for the reservations in `reserved`, the time that is proposed, or was theirs before a move, beside their own.

A change that an administrator is asked about is held by `questions.PROPOSE`; a reservation has one or the other. What
is asked for with other dates of a series is held by `HOLD_ASKED`.
"""

GIVE_UP_OTHER_TIME = """
    DELETE FROM occupancies o USING reserved r
    WHERE o.reservation_id = r.id AND o.purpose = 'proposed' AND (
            coalesce(r.proposed_change, r.moving_from) IS NULL
            OR coalesce((r.proposed_change ->> 'with_series')::boolean, false)
        )
        AND NOT EXISTS (SELECT FROM approvals a WHERE a.reservation_id = r.id AND a.state = 'pending')
        AND NOT EXISTS (
            SELECT FROM jsonb_populate_recordset(NULL::approvals, $12) new
            WHERE new.reservation_id = r.id AND new.state = 'pending'
        )
"""
"""Free the other time of the reservations in `reserved` that hold none by themselves any more.

A question may hold it.
"""

HOLD_ASKED = """
    WITH wanted AS (
        SELECT a.group_id, a.space_id, each -> 'window' AS at
        FROM approvals a CROSS JOIN jsonb_array_elements(a.change -> 'dates') AS each
        WHERE a.group_id = ANY($1) AND a.state = 'pending' AND NOT (each -> 'left_out')::boolean
        UNION ALL
        SELECT r.group_id, r.space_id, r.proposed_change -> 'window' FROM reservations r
        WHERE r.group_id = ANY($1) AND r.status IN ('pending', 'confirmed')
            AND (r.proposed_change ->> 'with_series')::boolean
    ),
    asked AS (
        SELECT w.group_id, p.part_id, range_agg(tstzrange(
            (w.at ->> 'start')::timestamptz - make_interval(mins => s.setup_minutes),
            (w.at ->> 'end')::timestamptz + make_interval(mins => s.cleanup_minutes)
        )) AS times, (
            SELECT r.id FROM reservations r WHERE r.group_id = w.group_id
            ORDER BY r.status IN ('pending', 'confirmed') DESC, r.original_date LIMIT 1
        ) AS held_by
        FROM wanted w JOIN spaces s ON s.id = w.space_id JOIN space_parts p ON p.space_id = w.space_id
        GROUP BY w.group_id, p.part_id
    ),
    given_up AS (
        DELETE FROM occupancies o USING reservations r
        WHERE r.group_id = ANY($1) AND o.reservation_id = r.id AND o.purpose = 'asked'
            AND NOT EXISTS (SELECT FROM asked WHERE asked.held_by = r.id AND asked.part_id = o.part_id)
    )
    INSERT INTO occupancies (reservation_id, part_id, purpose, during)
    SELECT held_by, part_id, 'asked', times - (
        SELECT coalesce(range_agg(o.during), '{}') FROM occupancies o JOIN reservations r ON r.id = o.reservation_id
        WHERE o.part_id = asked.part_id AND o.during && asked.times
            AND NOT (o.purpose = 'asked' AND r.group_id = asked.group_id)
    )
    FROM asked
    ON CONFLICT (reservation_id, part_id, purpose) DO UPDATE SET during = excluded.during
"""
"""Hold the times that changes of the series $1 ask for, as far as nothing has them; free those asked for no longer.

An administrator is asked for them, or the organizer is asked to move dates there.

The dates that are booked have some of them already, and may not overlap another date. What remains is one occupancy for
all dates, of whichever date of the series is live; it follows each change of a date.
"""

TAKEN = """
    SELECT coalesce(jsonb_agg((
        SELECT jsonb_build_object(
            'reservation_id', CASE t.purpose WHEN 'asked' THEN r.group_id ELSE r.id END,
            'starts_at', lower(t.stretch), 'ends_at', upper(t.stretch), 'part_ids', t.part_ids,
            'title', r.title, 'is_private', r.is_private, 'organizer_name', r.organizer_name, 'yields', r.yields,
            'reserved_from', CASE t.purpose WHEN 'reserved' THEN r.starts_at ELSE lower(t.stretch) END,
            'reserved_until', CASE t.purpose WHEN 'reserved' THEN r.ends_at ELSE upper(t.stretch) END,
            'organizer', r.organizer_address,
            'ical_uid', CASE WHEN r.space_id = $1 AND NOT r.kept_without_invitation THEN r.ical_uid END
        )
        FROM reservations r WHERE r.id = t.reservation_id
    )), '[]')
    FROM (
        SELECT o.reservation_id, o.purpose, stretch, array_agg(DISTINCT o.part_id) AS part_ids
        FROM space_parts p
        CROSS JOIN LATERAL (
            SELECT * FROM occupancies WHERE part_id = p.part_id AND during && $2::tstzmultirange OFFSET 0
        ) o
        CROSS JOIN unnest(o.during) AS stretch
        WHERE p.space_id = $1
        GROUP BY o.reservation_id, o.purpose, stretch
    ) t
"""
"""Read each stretch of what occupies some part of the space $1 within the ranges $2, for whatever purpose.

What is held for a change of a series is the series' own, and no date's: it has the id of the group.

PostgreSQL takes an `unnest` for a hundred rows and cannot tell how many ranges meet another, and would read all
reservations, or those of all spaces at that time. So `OFFSET 0` has it ask the index for one part after the other, and
the inner SELECT for one reservation after the other.
"""

_CLOSER_THAN_BUFFERS = """
    WITH space AS (
        SELECT id, make_interval(mins => setup_minutes) AS setup, make_interval(mins => cleanup_minutes) AS cleanup
        FROM spaces WHERE id = $1
    )
    SELECT r.id AS reservation_id, r.starts_at, r.ends_at
    FROM space s JOIN reservations r ON r.space_id = s.id
    WHERE r.status IN ('pending', 'confirmed') AND NOT r.yields AND NOT r.competes
        AND r.ends_at > statement_timestamp() AND EXISTS (
        SELECT FROM space_parts p JOIN occupancies o USING (part_id)
        JOIN reservations other ON other.id = o.reservation_id
        WHERE p.space_id = s.id AND other.id <> r.id AND NOT other.yields
            AND o.during && tstzrange(r.starts_at - s.setup - s.cleanup, r.ends_at + s.cleanup + s.setup)
            AND tstzrange(r.starts_at - s.setup, r.ends_at + s.cleanup) && CASE
                WHEN other.space_id = s.id
                THEN tstzmultirange(tstzrange(other.starts_at - s.setup, other.ends_at + s.cleanup))
                ELSE o.during
            END
    )
    ORDER BY r.starts_at, r.id LIMIT $2
"""

_TAKEN: TypeAdapter[Sequence[Taken]] = TypeAdapter(list[Taken])


@dataclass(frozen=True, slots=True)
class StandsCloser:
    """A reservation that stands closer to another than the buffers of its space ask for by now."""

    reservation_id: UUID
    starts_at: datetime
    ends_at: datetime


_CLOSER = Rows(StandsCloser)


async def closer_than_buffers(conn: Connection, space_id: UUID, at_most: int) -> list[StandsCloser]:
    """Return the first live reservations of a space that are not over and that today's buffers would keep apart.

    What yields stands as close to others as can be, and that is meant.
    """
    return [_CLOSER.read(row) for row in await conn.fetch(_CLOSER_THAN_BUFFERS, space_id, at_most)]


async def hold_asked(conn: Connection, group_ids: Sequence[UUID]) -> None:
    """Hold what is asked for of these series beside what they have booked, and nothing else."""
    await conn.execute(HOLD_ASKED, group_ids)


async def taken_between(conn: Connection, space_id: UUID, during: "asyncpg.Range[datetime]") -> Sequence[Taken]:
    """Read what occupies some part of a space within a range."""
    return taken_in(await conn.fetchval(f"SELECT ({TAKEN})", space_id, [during]))


def taken_in(found: object) -> Sequence[Taken]:
    """Return what `TAKEN` found."""
    return _TAKEN.validate_python(found)
