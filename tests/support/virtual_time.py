"""An event loop whose clock jumps to the next thing to do, for code that waits: hours pass in no time.

For coroutines without I/O; waiting for a socket on it never ends.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
STEP_S = 1e-6


class _Jumping(selectors.SelectSelector):
    """Waits for nothing: tells how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen: every task waits for another")
        # A step takes some time, however little: else what waits for a rounding error to pass waits for ever.
        self.now += max(STEP_S, timeout)
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Jumping()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a clock of its own."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(work)
