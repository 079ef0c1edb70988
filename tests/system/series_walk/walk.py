"""All machines of one test: the system that they act on, for how long, and how far they came."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from deploy.driver.cast import Cast
from tests.system.series_walk.story import Tally

T = TypeVar("T")

STEP_WITHIN_S = 180


class TimeIsUp(KeyboardInterrupt):
    """The time that there is for walking is over. Hypothesis ends at once, as when somebody interrupts it."""


@dataclass
class Walk:
    """Machines one after the other, until a time; `seed` is that of those at work.

    `outcomes` are those of the comparisons of a space so far, by its id, the last one last.
    """

    cast: Cast
    loop: asyncio.AbstractEventLoop
    until: float
    outcomes: Callable[[str], Sequence[str]]
    seed: int = 0
    tally: Tally = field(default_factory=Tally)
    has_failed: bool = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the loop of the test, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(STEP_WITHIN_S)

    @property
    def is_over(self) -> bool:
        """Whether to do no more. A machine that failed may be repeated, so that its steps become fewer."""
        return monotonic() > self.until and not self.has_failed
