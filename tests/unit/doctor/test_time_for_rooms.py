"""How long rooms are looked at: as long as it is asked for, or else as long as Microsoft answers for any of them."""

import asyncio

import pytest

from services.doctor.checks.mailboxes import STALLED_S, let_work
from tests.support.virtual_time import in_virtual_time

ROOMS = 10_000
SECONDS_EACH = 0.2


def looked_at(within_s: float | None, *, answering: int = ROOMS) -> tuple[int, float, bool]:
    """Return how many rooms were looked at, after how long it was over, and whether the worker has ended.

    From some room on Microsoft does not answer any more.
    """

    async def run() -> tuple[int, float, bool]:
        done = 0

        async def work() -> None:
            nonlocal done
            while done < ROOMS:
                await asyncio.sleep(SECONDS_EACH if done < answering else 1e9)
                done += 1

        began, worker = asyncio.get_running_loop().time(), asyncio.create_task(work())
        await let_work([worker], lambda: done, within_s)
        took = asyncio.get_running_loop().time() - began
        await asyncio.wait([worker], timeout=0)
        return done, took, worker.done()

    return in_virtual_time(run())


def test_however_many_rooms_there_are_each_is_looked_at_while_microsoft_answers() -> None:
    done, took, is_over = looked_at(None)
    assert (done, is_over) == (ROOMS, True)
    assert took == pytest.approx(ROOMS * SECONDS_EACH, rel=0.01)


@pytest.mark.parametrize("answering", [0, 1, 5_000])
def test_a_look_for_which_nothing_answers_any_more_ends_soon(answering: int) -> None:
    done, took, is_over = looked_at(None, answering=answering)
    assert (done, is_over) == (answering, True)
    assert STALLED_S <= took - answering * SECONDS_EACH <= 2 * STALLED_S + 1


def test_a_time_that_was_asked_for_is_kept() -> None:
    done, took, is_over = looked_at(60)
    assert took == pytest.approx(60)
    assert is_over
    assert done == pytest.approx(60 / SECONDS_EACH, abs=1)
