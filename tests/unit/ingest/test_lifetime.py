from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.lifetime import LATEST, SOONEST, STAGGER, next_try, renewal_at

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@given(st.integers(45, 10_080), st.uuids())
def test_a_renewal_comes_at_half_life_or_a_little_earlier(minutes: int, space_id: UUID) -> None:
    life = timedelta(minutes=minutes)

    waits = renewal_at(NOW, NOW + life, space_id) - NOW

    assert life / 2 * (1 - STAGGER) <= waits <= life / 2


def test_renewals_of_rooms_mapped_at_once_spread_out() -> None:
    at = {renewal_at(NOW, NOW + timedelta(days=6), UUID(int=number)) for number in range(1000)}

    assert len(at) == 1000
    assert max(at) - min(at) > timedelta(hours=7)


@pytest.mark.parametrize(
    ("failures", "waits"),
    [(0, SOONEST), (1, 2 * SOONEST), (3, 8 * SOONEST), (8, LATEST), (10_000, LATEST)],
)
def test_pauses_between_tries_double_up_to_a_limit(failures: int, waits: timedelta) -> None:
    assert next_try(NOW, failures, None) - NOW == waits


def test_graph_is_left_alone_as_long_as_it_asks_to_be() -> None:
    assert next_try(NOW, 0, None, timedelta(minutes=40)) - NOW == timedelta(minutes=40)
    assert next_try(NOW, 8, None, timedelta(seconds=1)) - NOW == LATEST


@given(st.integers(0, 50), st.integers(1, 10_080 * 60), st.none() | st.timedeltas(timedelta(), timedelta(hours=1)))
def test_a_try_is_always_left_before_the_expiry(failures: int, seconds: int, asked_to_wait: timedelta | None) -> None:
    expires_at = NOW + timedelta(seconds=seconds)

    assert NOW < next_try(NOW, failures, expires_at, asked_to_wait) <= NOW + (expires_at - NOW) / 2


def test_a_subscription_that_has_expired_hurries_nobody() -> None:
    assert next_try(NOW, 2, NOW - timedelta(days=3)) == next_try(NOW, 2, None)
