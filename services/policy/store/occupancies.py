"""Occupancies: what each reservation takes of the parts of its space, buffers included.

`no_double_booking` makes it impossible that two reservations take one part at the same time.
"""

from collections.abc import Sequence

from pydantic import TypeAdapter

from services.policy.core.availability import Taken

FREE = """
    DELETE FROM occupancies o USING reserved r
    WHERE o.reservation_id = r.id AND r.status NOT IN ('pending', 'confirmed')
"""
"""Free what the reservations in `reserved` took that are live no longer."""

OCCUPY = """
    INSERT INTO occupancies (reservation_id, part_id, purpose, during)
    SELECT r.id, p.part_id, 'reserved', tstzrange(r.starts_at - $3::interval, r.ends_at + $4::interval)
    FROM reserved r JOIN space_parts p USING (space_id)
    WHERE r.status IN ('pending', 'confirmed')
    ON CONFLICT (reservation_id, part_id, purpose) DO UPDATE SET during = excluded.during
"""
"""Take the parts of the space for the live ones in `reserved`, $3 before and $4 after."""

TAKEN = """
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object(
        'reservation_id', r.id, 'starts_at', lower(o.during), 'ends_at', upper(o.during), 'title', r.title,
        'is_private', r.is_private, 'organizer_name', r.organizer_name,
        'reserved_from', r.starts_at, 'reserved_until', r.ends_at
    )), '[]')
    FROM occupancies o JOIN space_parts p ON p.part_id = o.part_id JOIN reservations r ON r.id = o.reservation_id
    WHERE p.space_id = $1 AND o.during && tstzrange($2, $3)
"""
"""What takes some part of the space $1 between $2 and $3, for whatever purpose."""

_TAKEN: TypeAdapter[Sequence[Taken]] = TypeAdapter(list[Taken])


def taken_in(found: object) -> Sequence[Taken]:
    """Return what `TAKEN` found."""
    return _TAKEN.validate_python(found)
