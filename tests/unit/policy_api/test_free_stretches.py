"""When a meeting still fits, told for whatever is taken."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.policy.api.availability import free_stretches
from services.policy.store.reading import Occupied

START = datetime(2027, 3, 1, tzinfo=UTC)
LENGTH = 600

buffers = st.integers(0, 60)
edges = st.lists(st.integers(-120, LENGTH + 120), unique=True, max_size=12).map(sorted)


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


@given(edges, buffers, buffers)
def test_a_meeting_fits_exactly_where_its_buffers_meet_nothing(edges: list[int], setup: int, cleanup: int) -> None:
    taken = list(zip(edges[::2], edges[1::2], strict=False))
    around = [(opens, closes) for opens, closes in taken if closes > -setup and opens < LENGTH + cleanup]
    occupied = Occupied(UUID(int=1), setup, cleanup, [(minute(opens), minute(closes)) for opens, closes in around])
    free = free_stretches(occupied, START, minute(LENGTH))
    for number in range(LENGTH):
        fits = all(number + 1 + cleanup <= opens or number - setup >= closes for opens, closes in taken)
        shown = any(opens <= minute(number) and minute(number + 1) <= closes for opens, closes in free)
        assert shown == fits
