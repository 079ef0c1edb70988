"""Tell what happened to a reservation, on both sides, from the first notification or request on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from services.policy.commands.unknown import UnknownReservation
from services.policy.core.place import Place
from services.policy.core.timeline.entries import TimelineEntry, tell_timeline
from services.policy.core.timeline.record import Subject
from services.policy.store import reading
from services.policy.store.timeline import record_of_reservation


async def read_timeline(conn: Connection, reservation_id: UUID) -> tuple[Place, list[TimelineEntry]]:
    """Return the whole timeline of a reservation, oldest first, and where it is. Raises `UnknownReservation`."""
    found = await reading.reservation(conn, reservation_id)
    if found is None:
        raise UnknownReservation(reservation_id)
    place = Place(found.space_name, found.time_zone)
    subject = Subject(
        reservation_id=found.id,
        space_id=found.space_id,
        ical_uid=found.ical_uid,
        group_id=found.group_id,
        original_date=found.original_date,
        ends_at=found.ends_at,
        is_live=found.is_live,
        place=place,
    )
    return place, tell_timeline(subject, await record_of_reservation(conn, subject))


def entries_after(entries: Sequence[TimelineEntry], last: tuple[datetime, UUID]) -> Sequence[TimelineEntry]:
    """Return the entries behind the last one that was shown; without it, those that are later than it was."""
    moment, entry_id = last
    behind = next((number for number, each in enumerate(entries, 1) if each.id == entry_id), None)
    return entries[behind:] if behind is not None else [each for each in entries if each.sorted_at > moment]
