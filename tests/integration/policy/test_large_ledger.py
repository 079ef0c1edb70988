"""The large ledger of the benchmark holds what it says, in step, as decisions would have left it."""

from datetime import timedelta

import pytest

from libs.common.clock import utc_now
from tests.integration.policy.ledger import Ledger
from tests.support.large_ledger import (
    BOOKED_HOURS,
    BOOKINGS_A_SPACE,
    CLEANUP_MINUTES,
    DAYS_AHEAD,
    DAYS_BEFORE,
    LargeLedger,
    book,
    write_spaces,
)

SPACES = 30


@pytest.fixture(scope="module")
async def booked(ledger: Ledger) -> LargeLedger:
    spaces = await write_spaces(ledger.admin, SPACES, utc_now())
    await book(ledger.admin, spaces)
    return spaces


@pytest.mark.parametrize("table", ["reservations", "occupancies", "intents", "decisions"])
async def test_each_booking_has_a_row_in_each_table(ledger: Ledger, booked: LargeLedger, table: str) -> None:
    assert await ledger.admin.fetchval(f"SELECT count(*) FROM policy.{table}") == SPACES * BOOKINGS_A_SPACE


async def test_every_second_booking_is_a_meeting_that_outlook_shows(ledger: Ledger, booked: LargeLedger) -> None:
    meetings = await ledger.admin.fetchval("SELECT count(*) FROM policy.meetings WHERE reservation_id IS NOT NULL")
    assert meetings == SPACES * BOOKINGS_A_SPACE / 2


@pytest.mark.parametrize("space", [0, 1, SPACES - 1])
async def test_a_space_is_booked_at_the_hours_that_are_reckoned(
    ledger: Ledger, booked: LargeLedger, space: int
) -> None:
    found = await ledger.admin.fetch(
        "SELECT r.starts_at, r.ends_at, lower(o.during) AS opens, upper(o.during) AS closes "
        "FROM policy.reservations r JOIN policy.occupancies o ON o.reservation_id = r.id AND o.part_id = $1",
        booked.space_ids[space],
    )
    cleanup = timedelta(minutes=CLEANUP_MINUTES if space % 2 else 0)
    expected = {
        (window.start, window.end, window.start, window.end + cleanup)
        for day in range(-DAYS_BEFORE, DAYS_AHEAD)
        for window in [booked.window(space, day, nth) for nth in range(BOOKED_HOURS)]
    }
    assert {tuple(row) for row in found} == expected
