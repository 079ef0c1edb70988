"""The drift ledger, as the reconciler tells of it: what differed, and how long it took until it was gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from libs.common.db import Connection
from libs.common.rows import Rows
from services.policy.core.drifts import CONFLICT

LATE_AFTER = timedelta(minutes=15)
"""How long a drift may be open before somebody should look at it: three sweeps, with the correction after each."""


@dataclass(frozen=True, slots=True)
class WantedDrifts:
    """Which drifts to list; None stands for any. `room` is a part of the name of their space."""

    room: str | None = None
    kind: str | None = None
    is_open: bool | None = None
    space_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ListedDrift:
    """A drift, with the reservation or the group that it is about, if that is known.

    `space_name` is None if the space is gone. `asks` counts how often policy was asked to put it right.
    """

    drift_id: int
    space_id: UUID
    space_name: str | None
    kind: str
    key_original_date: date | None
    cause: str | None
    found_at: datetime
    asks: int
    healed_at: datetime | None
    seconds_to_heal: float | None
    reservation_id: UUID | None
    group_id: UUID | None


@dataclass(frozen=True, slots=True)
class OpenDrifts:
    """How many drifts are not gone, the oldest of them, and how many are late. Conflicts wait for a person, apart."""

    drifts: int
    oldest_found_at: datetime | None
    late: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class TimesToHeal:
    """How many drifts went away, and how long half of them, 95 of 100 and the slowest had been there, in seconds."""

    healed: int
    half_within_s: float | None
    most_within_s: float | None
    slowest_s: float | None


_ROWS, _OPEN_ROWS, _TIMES = Rows(ListedDrift), Rows(OpenDrifts), Rows(TimesToHeal)

_PAGE = """
    SELECT d.drift_id, d.space_id, s.name AS space_name, d.kind, d.key_original_date, d.cause, d.found_at, d.asks,
        d.healed_at, d.seconds_to_heal, coalesce(r.id, m.reservation_id) AS reservation_id, g.id AS group_id
    FROM reconciler.drifts_v1 d
    LEFT JOIN spaces s ON s.id = d.space_id AND s.deleted_at IS NULL
    LEFT JOIN reservations r ON r.id = d.key_reservation_id
    LEFT JOIN reservation_groups g ON g.id = d.key_reservation_id
    LEFT JOIN meetings m ON m.space_id = d.space_id AND m.ical_uid = d.key_ical_uid
        AND m.original_date IS NOT DISTINCT FROM d.key_original_date
    WHERE ($1::bigint IS NULL OR d.drift_id < $1)
        AND ($3::text IS NULL OR strpos(lower(s.name), lower($3)) > 0)
        AND ($4::text IS NULL OR d.kind = $4)
        AND ($5::bool IS NULL OR (d.healed_at IS NULL) = $5)
        AND ($6::uuid IS NULL OR d.space_id = $6)
    ORDER BY d.drift_id DESC LIMIT $2
"""

_OPEN = f"""
    SELECT count(*) FILTER (WHERE kind <> '{CONFLICT}') AS drifts,
        min(found_at) FILTER (WHERE kind <> '{CONFLICT}') AS oldest_found_at,
        count(*) FILTER (WHERE kind <> '{CONFLICT}' AND found_at < statement_timestamp() - $1::interval) AS late,
        count(*) FILTER (WHERE kind = '{CONFLICT}') AS conflicts
    FROM reconciler.drifts_v1 WHERE healed_at IS NULL
"""

_HEALED = f"""
    SELECT count(*) AS healed,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds_to_heal) AS half_within_s,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds_to_heal) AS most_within_s,
        max(seconds_to_heal) AS slowest_s
    FROM reconciler.drifts_v1
    WHERE healed_at > statement_timestamp() - $1::interval AND kind <> '{CONFLICT}'
"""


async def page(conn: Connection, wanted: WantedDrifts, before: int | None, limit: int) -> Sequence[ListedDrift]:
    """Read the next drifts that are wanted, those found last before the others, from before the given one on."""
    rows = await conn.fetch(_PAGE, before, limit, wanted.room, wanted.kind, wanted.is_open, wanted.space_id)
    return [_ROWS.read(row) for row in rows]


async def count_open(conn: Connection) -> OpenDrifts:
    """Count the drifts that are not gone."""
    return _OPEN_ROWS.read(await conn.fetchrow(_OPEN, LATE_AFTER))


async def times_to_heal(conn: Connection, within: timedelta) -> TimesToHeal:
    """Tell how long the drifts had been there that went away within this time; conflicts are left out."""
    return _TIMES.read(await conn.fetchrow(_HEALED, within))
