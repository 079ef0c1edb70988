"""Load at a rate that the system cannot slow down.

A client that waits for one answer before it asks again measures a stall once, though everybody who would have asked
meanwhile met it. Here every call is due at a time of its own, and its latency counts from then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

from libs.common.together import together


async def offer(act: Callable[[int], Awaitable[object]], *, rate: float, count: int) -> list[float]:
    """Start `count` acts, `rate` a second, however many are under way; return the seconds from due time to end."""
    first = perf_counter()

    async def timed(number: int) -> float:
        await act(number)
        return perf_counter() - (first + number / rate)

    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(count):
            await asyncio.sleep(max(0.0, first + number / rate - perf_counter()))
            tasks.append(group.create_task(timed(number)))
    return [task.result() for task in tasks]


async def saturate(act: Callable[[], Awaitable[int]], *, clients: int, seconds: float) -> float:
    """Let so many clients act again as soon as they have an answer; return what they got done in a second, by sum."""
    began = perf_counter()

    async def client() -> int:
        done = 0
        while perf_counter() - began < seconds:
            done += await act()
        return done

    done = await together(client() for _ in range(clients))
    return sum(done) / (perf_counter() - began)
