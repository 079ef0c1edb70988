"""Groups of reservations: a row for each series.

`one_live_group_per_series` makes it impossible that two live groups of a space are of one series.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, assigned, columns, listed
from libs.contracts.keys import MeetingKey
from services.policy.core.changes import SaveGroup
from services.policy.core.ledger import KnownDate, ReservationGroup
from services.policy.store import intents, meetings, questions, reservations

ROWS = Rows(ReservationGroup)

_COLUMNS = columns(ReservationGroup)
_NEVER_CHANGED = ("id", "space_id", "ical_uid", "origin", "created_at")

SAVE = f"""
    INSERT INTO reservation_groups ({listed(_COLUMNS)})
    SELECT {listed(_COLUMNS)} FROM jsonb_populate_recordset(NULL::reservation_groups, $11)
    ON CONFLICT (id) DO UPDATE SET {assigned(columns(ReservationGroup, but=_NEVER_CHANGED))}
"""
"""Insert or overwrite the groups in the rows $11. References to them are checked at the end of the statement."""

OF_SERIES = """
    SELECT to_jsonb(g) FROM reservation_groups g
    WHERE g.space_id = $1 AND g.ical_uid = $3 AND g.status = 'confirmed'
"""
"""Read the live group of the series $3 in the space $1."""

_HELD_AND_ASKED = f"""
    'hold', (
        SELECT to_jsonb(i) FROM intents i
        WHERE i.space_id = $1 AND i.key_ical_uid IS NULL AND i.key_original_date IS NULL
            AND i.key_reservation_id = d.id
    ),
    'questions', CASE WHEN d.status IN ('pending', 'confirmed') THEN (
        {questions.OF_RESERVATION.format("d.id")}
    ) END
"""

DATES = f"""
    SELECT jsonb_agg(known) FROM (
        SELECT jsonb_build_object(
            'reservation', to_jsonb(d),
            'meeting', (
                SELECT to_jsonb(m) FROM meetings m
                WHERE m.space_id = $1 AND m.ical_uid = $3 AND m.original_date = d.original_date
            ),
            'intent', (
                SELECT to_jsonb(i) FROM intents i
                WHERE i.space_id = $1 AND i.key_ical_uid = $3 AND i.key_original_date = d.original_date
            ),
            {_HELD_AND_ASKED}
        ) AS known
        FROM (
            SELECT DISTINCT ON (r.original_date) r.*
            FROM reservation_groups g JOIN reservations r ON r.group_id = g.id
            WHERE g.space_id = $1 AND g.ical_uid = $3 AND g.status = 'confirmed' AND r.original_date IS NOT NULL
                AND NOT r.has_successor AND (r.ends_at > statement_timestamp() OR r.original_date = ANY($7))
            ORDER BY r.original_date, r.status IN ('pending', 'confirmed') DESC, r.created_at DESC
        ) d
        UNION ALL
        SELECT jsonb_build_object('meeting', to_jsonb(m), 'intent', (
            SELECT to_jsonb(i) FROM intents i
            WHERE i.space_id = $1 AND i.key_ical_uid = $3 AND i.key_original_date = m.original_date
        )) FROM meetings m
        WHERE m.space_id = $1 AND m.ical_uid = $3 AND m.original_date IS NOT NULL AND m.reservation_id IS NULL
            AND (m.original_date = ANY($7) OR (m.contested IS NOT NULL AND m.is_present))
    ) AS dates
"""
"""Read of each date of that group what the ledger has: those that are not over, and those in $7.

Of the dates in $7 that never had a reservation, and of those that are contested, what was decided about them, whether
or not there is a group.
"""

DATES_OF_GROUP = f"""
    SELECT jsonb_agg(known) FROM (
        SELECT jsonb_build_object(
            'reservation', to_jsonb(d),
            {_HELD_AND_ASKED}
        ) AS known
        FROM (
            SELECT DISTINCT ON (r.original_date) r.* FROM reservations r
            WHERE r.group_id = $3 AND r.original_date IS NOT NULL
            ORDER BY r.original_date, r.status IN ('pending', 'confirmed') DESC, r.created_at DESC
        ) d
    ) AS dates
"""
"""Read of each date of the group $3 in the space $1 what the ledger has, also of those that are over."""

_READ = f"SELECT {listed(_COLUMNS)} FROM reservation_groups WHERE id = $1"

_PLACE_OF = """
    SELECT g.space_id, g.organizer_address FROM reservation_groups g
    JOIN spaces s ON s.id = g.space_id WHERE g.id = $1 AND s.deleted_at IS NULL
"""

_CLAIM_TO_ROLL = """
    UPDATE reservation_groups g SET rolled_at = clock_timestamp()
    FROM (
        SELECT id FROM reservation_groups
        WHERE status = 'confirmed' AND materialised_until IS NOT NULL AND ical_uid IS NOT NULL
            AND rolled_at < clock_timestamp() - $1::interval
        ORDER BY rolled_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) due, spaces s
    WHERE g.id = due.id AND s.id = g.space_id AND s.room_mailbox IS NOT NULL
    RETURNING g.space_id, g.ical_uid
"""

_DUE_TO_ROLL = """
    SELECT id FROM reservation_groups
    WHERE status = 'confirmed' AND materialised_until IS NOT NULL AND ical_uid IS NULL
        AND rolled_at < clock_timestamp() - $1::interval
    ORDER BY rolled_at LIMIT $2
"""
_ASKED_FOR_NOTHING = """
    SELECT g.space_id, g.ical_uid FROM reservation_groups g
    JOIN spaces s ON s.id = g.space_id
    JOIN meetings m ON m.space_id = g.space_id AND m.ical_uid = g.ical_uid AND m.original_date IS NULL
    WHERE g.id = ANY($1) AND g.status = 'confirmed' AND m.standing = 'proposes_change'
        AND m.room_mailbox = s.room_mailbox AND NOT EXISTS (
            SELECT FROM reservations r
            WHERE r.group_id = g.id AND r.status IN ('pending', 'confirmed')
                AND (r.proposed_change ->> 'with_series')::boolean
        )
    ORDER BY g.id
"""
_NOTE_ROLLED = "UPDATE reservation_groups SET rolled_at = clock_timestamp() WHERE id = $1"


async def read(conn: Db, group_id: UUID) -> ReservationGroup | None:
    """Read one group."""
    return ROWS.read_one(await conn.fetchrow(_READ, group_id))


async def claim_to_roll(conn: Db, every: timedelta, at_most: int) -> list[tuple[UUID, str]]:
    """Claim series that go on beyond what is booked, and were not rolled forward for so long: (space, iCalUId) each."""
    found = await conn.fetch(_CLAIM_TO_ROLL, every, at_most)
    return [(row["space_id"], row["ical_uid"]) for row in found if row["ical_uid"] is not None]


async def place_of(conn: Db, group_id: UUID) -> tuple[UUID, str | None] | None:
    """Return (space, organizer) of a group; None if there is no such one, or its space was deleted."""
    found = await conn.fetchrow(_PLACE_OF, group_id)
    return None if found is None else (found["space_id"], found["organizer_address"])


async def due_to_roll(conn: Db, every: timedelta, at_most: int) -> list[UUID]:
    """Return the groups of the back office that go on beyond what is booked, not rolled forward for so long."""
    return [row["id"] for row in await conn.fetch(_DUE_TO_ROLL, every, at_most)]


async def asked_for_nothing(conn: Db, group_ids: Sequence[UUID]) -> list[MeetingKey]:
    """Return the series of these groups whose rooms still ask for something, though no date is wanted elsewhere."""
    if not group_ids:
        return []
    found = await conn.fetch(_ASKED_FOR_NOTHING, group_ids)
    return [MeetingKey(row["space_id"], row["ical_uid"]) for row in found]


async def note_rolled(conn: Db, group_id: UUID) -> None:
    """Note that a group is rolled forward now."""
    await conn.execute(_NOTE_ROLLED, group_id)


def group_in(row: Any) -> ReservationGroup | None:  # noqa: ANN401 - an object of JSON
    """Return what `OF_SERIES` found."""
    return ROWS.read_one(row)


def dates_in(rows: Any) -> dict[date, KnownDate]:  # noqa: ANN401 - objects of JSON
    """Return what `DATES` found, by original date."""
    found: dict[date, KnownDate] = {}
    for row in rows or ():
        meeting = meetings.ROWS.read_one(row.get("meeting"))
        if "reservation" not in row:
            known = KnownDate(meeting=meeting, intent=intents.known_intent(row["intent"]))
            found.setdefault(date.fromisoformat(row["meeting"]["original_date"]), known)
            continue
        reservation = reservations.ROWS.read(row["reservation"])
        if reservation.original_date is not None:
            found[reservation.original_date] = KnownDate.about(
                reservation,
                meeting,
                intents.known_intent(row.get("intent")),
                intents.known_intent(row["hold"]),
                *questions.questions_in(row["questions"]),
            )
    return found


def as_json(change: SaveGroup) -> dict[str, Any]:
    """Return a group as a row."""
    return ROWS.as_json(change.group)
