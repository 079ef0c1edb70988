"""What the ledger expects room calendars to show, as policy's view shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.common.rows import Rows, columns, listed
from libs.contracts.keys import KEY_COLUMNS, key_of_row
from services.reconciler.core.expectation import Expectation

_ROWS = Rows(Expectation)

# At least one row, so that the time is read even for a room without expectations.
_OF_ROOM = f"""
    SELECT clock_timestamp() AS now, (
            SELECT time_zone FROM policy.mapped_spaces_v1 m WHERE m.space_id = $1
        ) AS time_zone, {listed(KEY_COLUMNS, "e")}, {listed(columns(Expectation, but=["key"]), "e")}
    FROM (SELECT 1) AS one LEFT JOIN policy.expectations_v1 e ON e.space_id = $1
"""


@dataclass(frozen=True, slots=True)
class ExpectedRoom:
    """All that is expected of a room from `now` on, and the zone in which its days are."""

    now: datetime
    time_zone: str
    expected: Sequence[Expectation]


async def of_room(db: Pool | Connection, space_id: UUID) -> ExpectedRoom:
    """Return the database's time and all that is expected of a room from then on.

    Read this before the calendar, so that what the calendar shows is never older than that time.
    """
    rows = await db.fetch(_OF_ROOM, space_id)
    expected = [_ROWS.read({**row, "key": key_of_row(row)}) for row in rows if row["space_id"] is not None]
    return ExpectedRoom(min(row["now"] for row in rows), rows[0]["time_zone"] or "UTC", expected)
