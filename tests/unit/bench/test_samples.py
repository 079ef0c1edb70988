"""Figures from samples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.samples import digits, over_rounds, percentile

SAMPLES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1)
PERCENTS = st.floats(min_value=0.1, max_value=100)


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1), (50, 50), (50.5, 51), (95, 95), (99, 99), (99.1, 100), (100, 100)]
)
def test_a_percentile_is_the_sample_of_its_rank(percent: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


@given(SAMPLES, PERCENTS)
def test_a_percentile_was_measured_and_is_not_exceeded_by_its_share(samples: list[float], percent: float) -> None:
    found = percentile(samples, percent)
    assert found in samples
    assert sum(each <= found for each in samples) >= percent / 100 * len(samples) * (1 - 1e-12)
    assert sum(each < found for each in samples) < percent / 100 * len(samples)


@pytest.mark.parametrize(("samples", "percent"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_what_has_no_percentile_is_refused(samples: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(samples, percent)


def test_one_slow_round_does_not_move_the_figure() -> None:
    assert over_rounds([10, 12, 900], "ms") == (12, "3 rounds, 10 to 900 ms")


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (0.31415, "0.314"), (12.345, "12.3"), (100, "100"), (1843.2, "1,843")]
)
def test_numbers_are_written_as_precisely_as_they_are_known(value: float, shown: str) -> None:
    assert digits(value) == shown
