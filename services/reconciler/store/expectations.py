"""What the ledger expects room calendars to show, as policy's view tells it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.contracts.values import Answer
from services.reconciler.core.expectation import Expectation
from services.reconciler.store.keys import key_of


async def of_room(db: Pool | Connection, space_id: UUID) -> tuple[datetime, Sequence[Expectation]]:
    """Return the database's clock and all that is expected of a room from then on.

    To be read before the calendar: what the calendar shows is then never older than the time that goes with it.
    """
    rows = await db.fetch(
        """
        SELECT clock_timestamp() AS now, e.space_id, e.key_ical_uid, e.key_original_date, e.key_reservation_id,
            e.want, e.starts_at, e.ends_at, e.answer, e.awaited_until, e.ical_uid,
            e.event_id, e.reservation_id
        FROM (SELECT 1) AS one LEFT JOIN policy.expectations_v1 e ON e.space_id = $1
        """,
        space_id,
    )
    expected = [
        Expectation(
            key=key_of(row),
            want=row["want"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            answer=Answer(row["answer"]) if row["answer"] is not None else None,
            awaited_until=row["awaited_until"],
            ical_uid=row["ical_uid"],
            event_id=row["event_id"],
            reservation_id=row["reservation_id"],
        )
        for row in rows
        if row["space_id"] is not None
    ]
    return min(row["now"] for row in rows), expected
