"""Rooms whose cancellations wait for somebody, as the reconciler tells, and who confirmed some before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows
from libs.contracts.values import Actor, Window


@dataclass(frozen=True, slots=True)
class WaitingBrake:
    """A room whose `cancellations` wait since then; `detail` says why in full sentences."""

    space_id: UUID
    space_name: str
    room_mailbox: str
    time_zone: str
    since: datetime
    cancellations: int
    detail: str | None


@dataclass(frozen=True, slots=True)
class BrakeConfirmation:
    """That somebody let so many cancellations of a room go on, which had waited since `braked_at`."""

    space_id: UUID
    braked_at: datetime
    cancellations: int
    by: Actor
    at: datetime

    def is_of(self, waiting: WaitingBrake) -> bool:
        """Whether this lets everything go on that waits."""
        return self.braked_at == waiting.since and self.cancellations >= waiting.cancellations


@dataclass(frozen=True, slots=True)
class DoubtedReservation:
    """A reservation whose meeting is gone from the calendar; of a series, its next one that is booked."""

    id: UUID
    group_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    found_at: datetime

    @property
    def window(self) -> Window:
        """Return its time."""
        return Window(start=self.starts_at, end=self.ends_at)


_BRAKES, _CONFIRMATIONS, _DOUBTED = Rows(WaitingBrake), Rows(BrakeConfirmation), Rows(DoubtedReservation)

_WAITING = """
    SELECT s.id AS space_id, s.name AS space_name, s.room_mailbox, s.time_zone, r.troubled_since AS since,
        r.braked_cancels AS cancellations, r.detail
    FROM reconciler.rooms_v1 r JOIN spaces s ON s.id = r.space_id
    WHERE r.state = 'braked' AND s.deleted_at IS NULL AND s.room_mailbox IS NOT NULL
"""

_PAGE = f"""
    {_WAITING} AND ($1::timestamptz IS NULL OR (r.troubled_since, s.id) > ($1, $2::uuid))
    ORDER BY r.troubled_since, s.id LIMIT $3
"""

_ONE = f"{_WAITING} AND s.id = $1"

_COUNT = f"SELECT count(*) FROM ({_WAITING}) waiting"

_ADD = "INSERT INTO brake_confirmations (space_id, braked_at, cancellations, by) VALUES ($1, $2, $3, $4)"

_LAST = """
    SELECT DISTINCT ON (space_id) space_id, braked_at, cancellations, by, at FROM brake_confirmations
    WHERE space_id = ANY($1) ORDER BY space_id, at DESC
"""

_IN_DOUBT = """
    SELECT r.id, r.group_id, r.starts_at, r.ends_at, d.found_at
    FROM reconciler.drifts_v1 d CROSS JOIN LATERAL (
        SELECT id, group_id, starts_at, ends_at FROM reservations
        WHERE space_id = d.space_id AND ical_uid = d.key_ical_uid AND status IN ('pending', 'confirmed')
            AND NOT has_successor AND (d.key_original_date IS NULL OR original_date = d.key_original_date)
            AND ends_at > statement_timestamp()
        ORDER BY starts_at, id LIMIT 1
    ) r
    WHERE d.space_id = $1 AND d.kind = 'missing_in_outlook' AND d.healed_at IS NULL
    ORDER BY r.starts_at, r.id LIMIT $2
"""


async def page(conn: Connection, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[WaitingBrake]:
    """Read the next brakes in the order of (since, space), after the given one."""
    return [_BRAKES.read(row) for row in await conn.fetch(_PAGE, *(after or (None, None)), limit)]


async def read(conn: Connection, space_id: UUID) -> WaitingBrake | None:
    """Read the brake of a room; None if none of its cancellations wait, or it cannot be compared now."""
    return _BRAKES.read_one(await conn.fetchrow(_ONE, space_id))


async def count(conn: Connection) -> int:
    """Count the brakes."""
    counted: int = await conn.fetchval(_COUNT)
    return counted


async def add_confirmation(conn: Connection, waiting: WaitingBrake, by: Actor) -> None:
    """Record that somebody let the cancellations of a brake go on."""
    await conn.execute(_ADD, waiting.space_id, waiting.since, waiting.cancellations, by.model_dump(mode="json"))


async def last_confirmations(conn: Connection, space_ids: Sequence[UUID]) -> dict[UUID, BrakeConfirmation]:
    """Read the last confirmation of each of these rooms, by the ids of their spaces."""
    return {row["space_id"]: _CONFIRMATIONS.read(row) for row in await conn.fetch(_LAST, space_ids)}


async def in_doubt(conn: Connection, space_id: UUID, limit: int) -> Sequence[DoubtedReservation]:
    """Read the next reservations of a room that would be cancelled, by their starts, as far as the last sweep found."""
    return [_DOUBTED.read(row) for row in await conn.fetch(_IN_DOUBT, space_id, limit)]
