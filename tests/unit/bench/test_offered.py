"""Load that the system cannot slow down."""

import asyncio

from tests.bench.offered import offer, saturate


async def _elapse(seconds: float) -> None:
    """Take as long as a slow server would."""
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, done.set)
    await done.wait()


async def test_whoever_was_due_during_a_stall_waited_for_it() -> None:
    stalled = asyncio.Lock()

    async def act(number: int) -> None:
        async with stalled:
            if number == 0:
                await _elapse(0.3)

    seconds = await offer(act, rate=100, count=10)

    assert seconds[0] >= 0.3
    assert all(seconds[number] >= 0.3 - number / 100 - 0.001 for number in range(10))


async def test_nothing_starts_before_it_is_due() -> None:
    loop = asyncio.get_running_loop()
    began, started = loop.time(), []

    async def act(_: int) -> None:
        started.append(loop.time() - began)

    await offer(act, rate=50, count=6)

    assert all(at >= number / 50 - 0.001 for number, at in enumerate(started))


async def test_saturation_counts_what_was_done_by_all_clients() -> None:
    under_way, most = 0, 0

    async def act() -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await _elapse(0.02)
        under_way -= 1
        return 20

    rate = await saturate(act, clients=4, seconds=0.2)

    assert most == 4
    assert 20 / 0.2 <= rate <= 4 * 20 / 0.02
