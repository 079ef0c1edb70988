"""What Exchange puts off: mail under way, answers that take a while, attendants that get to it later."""

import asyncio
from collections.abc import Callable
from random import Random


class Timers:
    """Acts that are due some time; chance draws each delay from its range, in seconds."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._pending: set[asyncio.TimerHandle] = set()
        self._due: dict[tuple[str, str], float] = {}

    @property
    def are_idle(self) -> bool:
        return not self._pending

    def clear(self) -> None:
        """Forget whatever is due."""
        for handle in self._pending:
            handle.cancel()
        self._pending.clear()
        self._due.clear()

    def later(self, delay: tuple[float, float], act: Callable[[], None]) -> None:
        """Run `act` after a delay."""
        self._at(asyncio.get_running_loop().time() + self._chance.uniform(*delay), act)

    def in_turn(self, who: tuple[str, str], delay: tuple[float, float], act: Callable[[], None]) -> None:
        """Run `act` after a delay, but not before what was put off earlier for the same two."""
        now = asyncio.get_running_loop().time()
        # A little later than the one before, since timers that fall due together may run in any order.
        due = self._due[who] = max(now + self._chance.uniform(*delay), self._due.get(who, 0.0) + 1e-6)

        def run() -> None:
            if self._due.get(who) == due:
                del self._due[who]
            act()

        self._at(due, run)

    def _at(self, due: float, act: Callable[[], None]) -> None:
        def run() -> None:
            self._pending.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_at(due, run)
        self._pending.add(handle)
