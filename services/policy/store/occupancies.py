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
"""Free what the reservations in `reserved` occupied that are no longer live."""

OCCUPY = """
    INSERT INTO occupancies (reservation_id, part_id, purpose, during)
    SELECT r.id, p.part_id, 'reserved', tstzrange(r.starts_at - $3::interval, r.ends_at + $4::interval)
    FROM reserved r JOIN space_parts p USING (space_id)
    WHERE r.status IN ('pending', 'confirmed')
    ON CONFLICT (reservation_id, part_id, purpose) DO UPDATE SET during = excluded.during
"""
"""Occupy the parts of the space for the live reservations in `reserved`, from $3 before to $4 after each."""

TAKEN = """
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object(
        'reservation_id', r.id, 'starts_at', lower(o.during), 'ends_at', upper(o.during), 'title', r.title,
        'is_private', r.is_private, 'organizer_name', r.organizer_name,
        'reserved_from', r.starts_at, 'reserved_until', r.ends_at
    )), '[]')
    FROM occupancies o JOIN space_parts p ON p.part_id = o.part_id JOIN reservations r ON r.id = o.reservation_id
    WHERE p.space_id = $1 AND o.during && tstzrange($2, $3)
"""
"""Read what occupies some part of the space $1 between $2 and $3, for whatever purpose."""

_TAKEN: TypeAdapter[Sequence[Taken]] = TypeAdapter(list[Taken])


def taken_in(found: object) -> Sequence[Taken]:
    """Return what `TAKEN` found."""
    return _TAKEN.validate_python(found)
