"""Wait for a claim to become true, by looking again until a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_EVERY_S = 0.1
WITHIN_S = 20.0


def expect(claim: object, message: object = "") -> None:
    """Fail with `message` unless the claim holds."""
    if not claim:
        raise AssertionError(message)


async def eventually(claim: Callable[[], Awaitable[T]], *, within_s: float = WITHIN_S) -> T:
    """Return what `claim` returns once it stops failing its assertions; after the deadline raise its last failure."""
    end = asyncio.get_running_loop().time() + within_s
    while True:
        try:
            return await claim()
        except AssertionError:
            if asyncio.get_running_loop().time() > end:
                raise
        await asyncio.sleep(LOOK_EVERY_S)


async def throughout(claim: Callable[[], Awaitable[object]], *, seconds: float) -> None:
    """Look repeatedly for this time, and raise the first failure: for what must never happen."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        await claim()
        await asyncio.sleep(LOOK_EVERY_S)
