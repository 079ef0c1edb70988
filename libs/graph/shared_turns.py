"""Turns of a mailbox that processes share: one uses what the others leave, and no two have the same at once.

A process takes one when its calls wait, and gives it back once none waits, or after a second. If it has turns of its
own, it takes a shared one only for several calls, and after giving it back it leaves it alone for longer than others
wait between two tries. So whoever has no other turn gets this one soon after the call or batch that is under way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Protocol, TypeAlias

import structlog

GiveBack: TypeAlias = Callable[[], None]
TakeLock: TypeAlias = Callable[[str], Awaitable[GiveBack | None]]
"""Takes the lock of a name at once; None if somebody holds it. Raises an error if that cannot be told."""

RETRY_S = 0.02
REST_S = 0.05
"""Longer than `RETRY_S`, with the time that a try takes."""

WORTH_A_TURN = 4
"""So many calls that wait are worth another turn. Fewer go together when the next turn comes, in one request."""

KEEPS_S = 1.0
AFTER_ERROR_S = 1.0

log = structlog.get_logger()


class Turns(Enum):
    """Which turns of a mailbox a process has."""

    OWN = auto()
    SHARED = auto()
    OWN_AND_SHARED = auto()


class Waiting(Protocol):
    """The calls of a process that wait for a turn."""

    def count(self) -> int:
        """Count them."""
        ...

    def begin_next(self) -> bool:
        """Give the turn that was taken to the next call; False if none waits."""
        ...

    def fail(self, error: Exception) -> None:
        """Raise an error in every call that waits."""
        ...


class SharedTurns:
    """The shared turns of one mailbox, as one process takes them.

    `names` are those of their locks. `has_own` says whether calls that wait will get another turn as well. A shared one
    is taken from so many calls on as `from_calls` says.
    """

    def __init__(self, take_lock: TakeLock, names: Sequence[str], *, has_own: bool) -> None:
        self._take_lock = take_lock
        self._names = names
        self._has_own = has_own
        self.from_calls = WORTH_A_TURN if has_own else 1
        self._taken: list[GiveBack] = []
        self._rests_until = 0.0
        self._is_refused = False
        self._taken_at = 0.0
        self._seeking: asyncio.Task[None] | None = None

    @property
    def expected(self) -> int:
        """Return how many turns calls can count on: those that are taken, and others if none is withheld."""
        is_withheld = self._is_refused or self._rests_until > _now()
        return len(self._taken) if is_withheld else len(self._names)

    @property
    def is_due(self) -> bool:
        """Whether a turn is to be given back, although calls wait."""
        return bool(self._taken) and self._taken_at + KEEPS_S <= _now()

    @property
    def is_idle(self) -> bool:
        """Whether no turn is taken or sought."""
        return not self._taken and self._seeking is None

    def seek(self, waiting: Waiting) -> None:
        """See to it that calls which wait get whatever turn is free."""
        if self._seeking is None and self._is_wanted(waiting):
            self._seeking = asyncio.create_task(self._seek(waiting), name="seek a turn")

    def give_back(self) -> bool:
        """Give a turn back; False if none is taken."""
        if not self._taken:
            return False
        self._taken.pop()()
        if self._has_own:
            self._rests_until = _now() + REST_S
        return True

    async def _seek(self, waiting: Waiting) -> None:
        try:
            while self._is_wanted(waiting):
                pause_s = self._rests_until - _now()
                if pause_s > 0:
                    await asyncio.sleep(pause_s)
                elif not await self._take_for(waiting):
                    await asyncio.sleep(RETRY_S)
        finally:
            self._seeking = None

    def _is_wanted(self, waiting: Waiting) -> bool:
        return len(self._taken) < len(self._names) and waiting.count() >= self.from_calls

    async def _take_for(self, waiting: Waiting) -> bool:
        """Take a turn for a call that waits; False if none is free."""
        try:
            turn = await self._take()
        except Exception as error:  # noqa: BLE001 - a database that is away says so in many ways
            if not self._has_own:
                waiting.fail(error)
            else:
                log.warning("turn.not_shared", error=type(error).__name__)
                self._rests_until = _now() + AFTER_ERROR_S
            return True
        self._is_refused = turn is None
        if turn is None:
            return False
        self._taken.append(turn)
        self._taken_at = _now()
        if not waiting.begin_next():
            self.give_back()
        return True

    async def _take(self) -> GiveBack | None:
        for name in self._names:
            if (turn := await self._take_lock(name)) is not None:
                return turn
        return None


async def _none(_: str) -> None:
    """Take no lock."""


NO_SHARED_TURNS = SharedTurns(_none, (), has_own=True)
"""For a process that has turns of its own only."""


def _now() -> float:
    return asyncio.get_running_loop().time()
