"""A ledger of any size: many spaces in buildings and groups, each with a past and a future, written in bulk.

Every day of every space has ten hours in which a meeting can be. Four of them are booked and six are free, and which
they are is reckoned from the number of the space and of the day, so whoever measures knows it without asking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.values import Window
from tests.support.bookings import BOOK

HOURS_A_DAY, BOOKED_HOURS = 10, 4
FIRST_HOUR = 8
DAYS_BEFORE, DAYS_AHEAD = 15, 10
"""How many days are booked before today, and how many from today on."""

BOOKINGS_A_SPACE = BOOKED_HOURS * (DAYS_BEFORE + DAYS_AHEAD)
LENGTH = timedelta(minutes=50)
PEOPLE = 5000
BUILDINGS = 4
SPACES_A_GROUP = 20
SMALLEST, SIZES, STEP = 4, 9, 4
CLEANUP_MINUTES = 10
"""Of every second space."""

DOMAIN = "contoso.example"

_CONNECT = """
    INSERT INTO policy.connections (id, name, cloud, tenant_id, client_id, credential, own_domains)
    VALUES ($1, 'large', 'simulator', 't', 'c', 'simulator', ARRAY[$2])
"""
_ADD_SPACES = f"""
    INSERT INTO policy.spaces (id, name, capacity, time_zone, building, cleanup_minutes, room_mailbox, connection_id,
        mapped_at)
    SELECT id, 'Room ' || n, {SMALLEST} + n % {SIZES} * {STEP}, 'UTC', 'Building ' || n % {BUILDINGS},
        n % 2 * {CLEANUP_MINUTES}, id || '@{DOMAIN}', $2, now() - interval '1 year'
    FROM (SELECT id, place - 1 AS n FROM unnest($1::uuid[]) WITH ORDINALITY AS each (id, place)) AS numbered
"""
_ADD_PARTS = "INSERT INTO policy.space_parts SELECT each, each FROM unnest($1::uuid[]) AS each"
_ADD_GROUP = """
    WITH made AS (INSERT INTO policy.space_groups (id, name, version, created_at) VALUES ($1, $2, 1, now()))
    INSERT INTO policy.space_group_members (space_id, group_id) SELECT each, $1 FROM unnest($3::uuid[]) AS each
"""

_BOOK_DAY = f"""
    WITH numbered AS (
        SELECT place - 1 AS space, id AS space_id, nth, $2::int * {BOOKED_HOURS} + nth AS n,
            $3::timestamptz + interval '1 hour' * ({FIRST_HOUR} + (7 * (place - 1) + 3 * $2 + 3 * nth) % {HOURS_A_DAY})
                AS starts_at
        FROM unnest($1::uuid[]) WITH ORDINALITY AS each (id, place), generate_series(0, {BOOKED_HOURS - 1}) AS nth
    ),
    booked AS (
        SELECT n, gen_random_uuid() AS id, space_id, starts_at, starts_at + $4::interval AS ends_at,
            least(starts_at, now()) - interval '5 days' AS booked_at, 'Meeting ' || n AS title,
            'person' || (space * {BOOKED_HOURS} + n) * 7 % {PEOPLE} || '@{DOMAIN}' AS organizer, $5::jsonb AS policies,
            CASE WHEN n % 2 = 0 THEN 'booked-' || space || '-' || n END AS ical_uid
        FROM numbered
    ),
    {BOOK}
"""
"""Book one day in every space: in the order of time, as bookings come in."""

_RECORD = """
    INSERT INTO policy.decisions (at, space_id, reservation_id, outcome, reasons, inputs, key_ical_uid,
        key_reservation_id, actor_kind, actor_subject, policies)
    SELECT created_at, space_id, id, outcome, '[]', jsonb_build_object('title', title, 'people', 2), ical_uid,
        CASE WHEN ical_uid IS NULL THEN id END, 'organizer', organizer_address, policies
    FROM policy.reservations
"""
_SETTLE = "VACUUM (ANALYZE)"


@dataclass(frozen=True, slots=True)
class LargeLedger:
    """Spaces by their number, and the midnight at which today begins, in UTC, which is the zone of all of them."""

    space_ids: Sequence[UUID]
    today: datetime

    def window(self, space: int, day: int, nth: int) -> Window:
        """Return the nth meeting of a day, counted from today: the first `BOOKED_HOURS` are booked, the others free."""
        hour = FIRST_HOUR + (7 * space + 3 * (day + DAYS_BEFORE) + 3 * nth) % HOURS_A_DAY
        start = self.today + timedelta(days=day, hours=hour)
        return Window(start=start, end=start + LENGTH)

    def last_start(self, day: int) -> datetime:
        """Return when the last hour of a day begins."""
        return self.today + timedelta(days=day, hours=FIRST_HOUR + HOURS_A_DAY - 1)


async def write_spaces(conn: Connection, spaces: int, now: datetime) -> LargeLedger:
    """Write so many mapped spaces of one connection, without any bookings."""
    connection_id, space_ids = uuid4(), [uuid4() for _ in range(spaces)]
    await conn.execute(_CONNECT, connection_id, DOMAIN)
    await conn.execute(_ADD_SPACES, space_ids, connection_id)
    await conn.execute(_ADD_PARTS, space_ids)
    for first in range(0, spaces, SPACES_A_GROUP):
        await conn.execute(_ADD_GROUP, uuid4(), f"Group {first}", space_ids[first : first + SPACES_A_GROUP])
    await conn.execute(_SETTLE)
    return LargeLedger(space_ids, now.replace(hour=0, minute=0, second=0, microsecond=0))


async def book(conn: Connection, ledger: LargeLedger, judged_by: str = "[]") -> None:
    """Write `BOOKINGS_A_SPACE` bookings of each space; `judged_by` is what is recorded of the rules, as JSON.

    Then the database tidies and counts what its tables have, as it does by itself within a minute.
    """
    for day in range(DAYS_BEFORE + DAYS_AHEAD):
        midnight = ledger.today + timedelta(days=day - DAYS_BEFORE)
        await conn.execute(_BOOK_DAY, ledger.space_ids, day, midnight, LENGTH, judged_by)
    await conn.execute(_RECORD)
    await conn.execute(_SETTLE)
