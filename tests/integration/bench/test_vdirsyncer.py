"""The peer of a first sync, with a few events."""

from deploy.driver.slots import slot
from tests.bench.first_sync import hourly
from tests.bench.peers.vdirsyncer import first_sync

LATENCY_MS = 500
REQUESTS = 7 + 3
"""Some to find the calendar and to read it, and one for each event of the directory."""


async def test_both_sides_have_all_events_afterwards_and_each_request_went_all_the_way() -> None:
    hours = hourly(slot(days=2, hour=0))

    took = await first_sync([hours(0), hours(2), hours(4)], [hours(1), hours(3)], latency_ms=LATENCY_MS)

    assert took >= REQUESTS * LATENCY_MS / 1000
