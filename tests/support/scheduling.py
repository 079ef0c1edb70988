"""Which tests stay together where they are spread over processes, and which of them a process does next.

A test of the running system names the system that it needs by the id of a parameter, such as ``swept_real``. Each
process that does such tests starts that system for itself, so any number of processes share them; one that has a system
running does all that it can on it before another is started. Every other module stays whole, for its fixtures.
"""

import os
import re
from collections.abc import Iterable, Sequence

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

PER_PROCESSOR = 1.5
"""Processes for each processor. Most tests wait: for a deadline, for a delay, for what is not to happen.

With two for each, a process stood still for nearly two seconds, and a test that measures seconds failed by chance.
"""

WORTH_A_SYSTEM = 8
"""So many tests are left on a system, at least, where another process starts it too. Starting takes some seconds."""

ON_A_SYSTEM = ("tests/system/", "tests/browser/")
"""Where tests act on a running system, which they share."""

SLOWEST_FIRST = (*ON_A_SYSTEM, "tests/chaos/", "tests/integration/", "tests/contract/")

_SYSTEM = re.compile(r"[\[-]((?:[a-z]+_)?(?:real|embedded))(?=[\]-])")


def number_of_processes() -> int:
    """Return how many processes suit this machine."""
    return max(1, int(PER_PROCESSOR * (os.cpu_count() or 1)))


def system_of(nodeid: str) -> str | None:
    """Return the running system that a test needs, None if it needs none."""
    module, _, test = nodeid.partition("::")
    found = _SYSTEM.search(test) if module.startswith(ON_A_SYSTEM) else None
    return found and found[1]


def next_scope(scopes: Iterable[str], running: str | None, elsewhere: Sequence[str | None]) -> str:
    """Choose what a process does next, of what is left.

    `running` is the system that it runs, and `elsewhere` are those that other processes run, None for none.
    """
    left: dict[str | None, list[str]] = {}
    for scope in scopes:
        left.setdefault(system_of(scope), []).append(scope)
    modules = left.pop(None, [])
    if running in left:
        return left[running][0]
    worthwhile = [each for each in left if each not in elsewhere or len(left[each]) >= WORTH_A_SYSTEM]
    if modules and not worthwhile:
        return min(modules, key=_rank)
    return left[max(worthwhile or left, key=lambda each: len(left[each]) / (1 + elsewhere.count(each)))][0]


def _rank(module: str) -> int:
    return next((rank for rank, area in enumerate(SLOWEST_FIRST) if module.startswith(area)), len(SLOWEST_FIRST))


class BySharedFixtures(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Keeps modules whole, and processes at the system that they have running."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if system_of(nodeid) else nodeid.partition("::")[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        elsewhere = [self._running_at(each) for each in self.nodes if each is not node]
        chosen = next_scope(self.workqueue, self._running_at(node), elsewhere)
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)

    def _running_at(self, node: WorkerController) -> str | None:
        """Return the system that a process runs, None if it has started none."""
        started = [found for scope in self.assigned_work[node] if (found := system_of(scope))]
        return started[-1] if started else None
