"""The parts of a service that never end by themselves: its tasks, and the consumers of its queues.

One rule: a part that ends makes the service not ready at once, and readiness names it; the runtime then ends the
process, so that the orchestrator starts a whole service again instead of leaving half of one at work.
"""

import asyncio

from libs.common.bus.port import Consumption
from libs.common.health import NotReady
from libs.common.runtime import Task


class Parts:
    """What a service consists of, and which of it has ended."""

    def __init__(self) -> None:
        self._consumptions: dict[str, Consumption] = {}
        self._ended: dict[str, str] = {}

    def add(self, name: str, consumption: Consumption) -> None:
        """Add the consumption of a queue."""
        self._consumptions[name] = consumption

    @property
    def consuming(self) -> dict[str, Task]:
        """Return a task for each consumption, which ends when that has ended by itself."""
        return {name: self.watched(name, each.run) for name, each in self._consumptions.items()}

    def watched(self, name: str, task: Task) -> Task:
        """Return the same task; if it ends by itself, readiness says so from that moment on."""

        async def run() -> None:
            how = "ended"
            try:
                await task()
            except BaseException as error:
                how = type(error).__name__
                raise
            finally:
                if not _is_cancelled():
                    self._ended[name] = how

        return run

    async def check(self) -> None:
        """Return if every part is at work. Raises `NotReady`, which names those that are not."""
        interrupted = {name: "interrupted" for name, each in self._consumptions.items() if each.is_interrupted}
        idle = interrupted | self._ended
        if idle:
            raise NotReady("; ".join(f"{name}: {how}" for name, how in sorted(idle.items())))


def _is_cancelled() -> bool:
    """Whether somebody asked the current task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
