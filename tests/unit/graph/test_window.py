"""What may be asked of a mailbox in ten minutes, whenever it is asked."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.graph.window import WINDOW_S, RequestWindow
from tests.support.virtual_time import in_virtual_time

PAUSES = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 9.0, 45.0, 300.0, WINDOW_S]), st.integers(0, 20)), max_size=6
).map(lambda groups: [each for pause, more in groups for each in (pause, *[0.0] * more)])


async def _made(most: int, pauses: list[float]) -> list[float]:
    """Make a request after each pause, as soon as it may be made; return when each was."""
    window, began = RequestWindow(most), []
    for pause in pauses:
        await asyncio.sleep(pause)
        while (wait_s := window.wait_s()) > 0:  # noqa: ASYNC110 - as the limiter waits
            await asyncio.sleep(wait_s)
        window.count()
        began.append(asyncio.get_running_loop().time())
    return began


@given(most=st.integers(1, 12), pauses=PAUSES)
def test_no_ten_minutes_hold_more_than_allowed_whenever_requests_come(most: int, pauses: list[float]) -> None:
    began = in_virtual_time(_made(most, pauses))

    assert max((sum(at <= each < at + WINDOW_S for each in began) for at in began), default=0) <= most


def test_half_go_at_once_and_the_others_are_spread() -> None:
    began = in_virtual_time(_made(20, [0.0] * 20))

    gaps = [later - earlier for earlier, later in pairwise(began)]
    assert gaps == pytest.approx([0.0] * 9 + [WINDOW_S / 20] * 10, abs=0.01)


def test_in_the_long_run_all_of_it_is_used() -> None:
    began = in_virtual_time(_made(100, [0.0] * 1000))

    assert began[-1] - began[0] < 10 * (WINDOW_S + 20)
