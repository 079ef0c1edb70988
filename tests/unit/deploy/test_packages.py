"""Processes that need packages at once install them one after another."""

import asyncio
from pathlib import Path

from deploy.local.packages import in_turn


async def test_whoever_comes_second_waits_for_the_first(tmp_path: Path) -> None:
    turn = tmp_path / "turn"
    told: list[str] = []
    is_in = asyncio.Event()

    async def first() -> None:
        async with in_turn(turn):
            is_in.set()
            await asyncio.sleep(0.2)
            told.append("first")

    async def second() -> None:
        await is_in.wait()
        async with in_turn(turn):
            told.append("second")

    async with asyncio.TaskGroup() as both:
        both.create_task(first())
        both.create_task(second())

    assert told == ["first", "second"]
