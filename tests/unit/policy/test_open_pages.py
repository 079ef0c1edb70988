"""Open pages that are told of changes: at once after a while of peace, and seldom enough while changes do not end."""

import asyncio
from contextlib import ExitStack
from uuid import uuid4

import pytest

from services.policy.console.changes import (
    GATHER_S,
    LONGEST_PAUSE_S,
    LOOKS_A_SECOND,
    OpenPage,
    ReservationChanges,
)
from tests.support.virtual_time import in_virtual_time

SPACE = uuid4()
RUSH_S = 60.0


async def told_in_a_rush(pages: int) -> list[int]:
    """Change a space ten times a second for a minute, and return how often each page that shows it was told."""
    changes, told = ReservationChanges("postgresql:///nowhere"), [0] * pages

    async def watch(number: int, page: OpenPage) -> None:
        while not page.is_over:
            told[number] += bool(await page.changed(20))

    with ExitStack() as stack:
        opened = [stack.enter_context(changes.subscribed([SPACE])) for _ in range(pages)]
        watching = [asyncio.create_task(watch(*each)) for each in enumerate(opened)]
        for _ in range(int(RUSH_S * 10)):
            for page in opened:
                page.tell(SPACE)
            await asyncio.sleep(0.1)
        for page in opened:
            page.end()
        await asyncio.gather(*watching)
    return told


@pytest.mark.parametrize("pages", [1, 5, 20])
def test_while_changes_do_not_end_all_pages_together_are_told_so_often_and_none_is_left_out(pages: int) -> None:
    told = in_virtual_time(told_in_a_rush(pages))
    assert sum(told) == pytest.approx(RUSH_S * LOOKS_A_SECOND, rel=0.15)
    assert max(told) - min(told) <= 1


def test_however_many_pages_are_open_none_waits_longer_than_the_longest_pause() -> None:
    told = in_virtual_time(told_in_a_rush(200))
    assert min(told) >= RUSH_S / LONGEST_PAUSE_S


@pytest.mark.parametrize("pages", [1, 200])
def test_after_a_while_of_peace_every_page_is_told_at_once(pages: int) -> None:
    async def told_after_s() -> list[float]:
        changes, loop = ReservationChanges("postgresql:///nowhere"), asyncio.get_running_loop()

        async def until_told(page: OpenPage) -> float:
            began = loop.time()
            page.tell(SPACE)
            assert await page.changed(20) == {SPACE}
            return loop.time() - began

        with ExitStack() as stack:
            opened = [stack.enter_context(changes.subscribed([SPACE])) for _ in range(pages)]
            await asyncio.gather(*map(until_told, opened))
            await asyncio.sleep(LONGEST_PAUSE_S)
            return await asyncio.gather(*map(until_told, opened))

    assert max(in_virtual_time(told_after_s())) == pytest.approx(GATHER_S, abs=0.01)


def test_a_page_that_gathers_ends_at_once() -> None:
    async def ended_after_s() -> float:
        changes, loop = ReservationChanges("postgresql:///nowhere"), asyncio.get_running_loop()
        with ExitStack() as stack:
            page, *_ = [stack.enter_context(changes.subscribed([SPACE])) for _ in range(100)]
            page.tell(SPACE)
            await page.changed(20)
            page.tell(SPACE)
            waiting = asyncio.create_task(page.changed(20))
            await asyncio.sleep(1)
            assert not waiting.done()
            began = loop.time()
            page.end()
            await waiting
            return loop.time() - began

    assert in_virtual_time(ended_after_s()) < 0.01
