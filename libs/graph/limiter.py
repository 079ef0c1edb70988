"""Keep within the limits of Graph for each application and mailbox, with the live lane before the bulk lane.

The limits are a number of requests at a time, a number in any ten minutes, and none before a `Retry-After` is over.
Graph counts the requests of all our processes together, so each process keeps to an allowance: its part of the whole.
Source: https://learn.microsoft.com/graph/throttling-limits (Outlook service limits)
"""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from prometheus_client import Histogram

from libs.graph.errors import GraphError, Throttled, Unavailable
from libs.graph.shared_turns import NO_SHARED_TURNS, SharedTurns, TakeLock, Turns
from libs.graph.window import WINDOW_S, RequestWindow

WAITED = Histogram("roomsync_graph_wait_seconds", "Time that a call waited for its turn within its mailbox's limits")

DEFAULT_PAUSE = timedelta(seconds=1)
"""How long to pause after a 429 that does not say."""

MOST_IDLE = 2000

CALLERS = 4
"""The most processes that call one mailbox at a time, however many replicas there are.

A room's notifications are read by one process, its intents are carried out by one process in each of two lanes, and its
calendar is compared by one process. What the last of these leaves, the bulk lane uses (see `libs.graph.shared_turns`).
"""

_in_bulk: ContextVar[bool] = ContextVar("in_bulk", default=False)


@contextmanager
def bulk() -> Iterator[None]:
    """Put the calls made inside the block into the bulk lane, behind those that people wait for."""
    token = _in_bulk.set(True)
    try:
        yield
    finally:
        _in_bulk.reset(token)


def in_bulk() -> bool:
    """Whether calls that are made now are in the bulk lane."""
    return _in_bulk.get()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one process may ask of one mailbox: requests at a time, and requests in `WINDOW_S`.

    `shared` is how many more requests at a time it may make while no other process makes them.
    """

    at_a_time: int
    per_window: int
    shared: int = 0

    @classmethod
    def part_of(cls, at_a_time: int, per_window: int, share: float, turns: Turns = Turns.OWN) -> "Allowance":
        """Allow one of `CALLERS` processes an equal part of the requests at a time, and this share of a window's."""
        part = max(1, at_a_time // CALLERS)
        own, shared = part * (turns is not Turns.SHARED), part * (turns is not Turns.OWN)
        return cls(own, max(1, int(per_window * share)), shared)


@dataclass(order=True, slots=True)
class QueuePlace:
    """The place of one call in the queue of a mailbox, which it keeps if it has to wait again.

    `turn` is what it waits for: True is a turn of its own, False that another one takes it along. `traveller` is what
    the one that takes it along has to know. `has_token` says whether it counts against the window's requests already.
    """

    in_bulk: bool
    order: int
    traveller: object = field(compare=False, default=None)
    turn: asyncio.Future[bool] | None = field(compare=False, default=None)
    has_token: bool = field(compare=False, default=False)

    @property
    def is_waiting(self) -> bool:
        return self.turn is not None and not self.turn.done()

    def end_wait(self, *, has_turn: bool) -> bool:
        """Tell whoever waits; False if nobody does."""
        if self.turn is None or self.turn.done():
            return False
        self.turn.set_result(has_turn)
        return True

    def fail(self, error: Exception) -> None:
        """Raise an error in whoever waits."""
        if self.turn is not None and not self.turn.done():
            self.turn.set_exception(error)


class MailboxLimiter:
    """The limits of one mailbox. Calls of the live lane go first, and each lane keeps its order.

    A call that has a turn keeps it during a pause, because no other call could use it then. Where enough calls would
    have to wait, turns of `shared` are used as well.
    """

    def __init__(self, allowance: Allowance, shared: SharedTurns | None = None) -> None:
        self._own = self._free = allowance.at_a_time
        self._shared = shared or NO_SHARED_TURNS
        self._window = RequestWindow(allowance.per_window)
        self._queue: list[QueuePlace] = []
        self._order = itertools.count()
        self._open_at = 0.0
        self._busy_at = 0.0

    def pause(self, duration: timedelta) -> None:
        """Let no call through for this long."""
        self._open_at = max(self._open_at, _now() + duration.total_seconds())

    def heed(self, error: GraphError) -> None:
        """Pause if an answer asks for it."""
        if isinstance(error, Throttled):
            self.pause(error.retry_after or DEFAULT_PAUSE)
        elif isinstance(error, Unavailable):
            self.pause(error.retry_after or timedelta(0))

    @property
    def is_idle(self) -> bool:
        """Whether no call waits or runs, and past calls no longer count against the limits."""
        has_no_turn = self._free == self._own and self._shared.is_idle
        return has_no_turn and max(self._open_at, self._busy_at + WINDOW_S) < _now()

    @asynccontextmanager
    async def slot(self, patience_s: float) -> AsyncIterator[None]:
        """Wait for a turn, and hold it. Raises `Throttled` when a pause will not be over within `patience_s`."""
        await self.enter(self.place(), patience_s)
        try:
            yield
        finally:
            self.leave()

    def place(self, traveller: object = None) -> QueuePlace:
        """Return the last place in the lane of whoever asks."""
        return QueuePlace(_in_bulk.get(), next(self._order), traveller)

    async def enter(self, place: QueuePlace, patience_s: float) -> bool:
        """Wait at a place until its turn, and return True: whoever has it has to `leave`. False if it is taken along.

        Raises `Throttled` when a pause will not be over within `patience_s`.
        """
        began = _now()
        if place.turn is None:
            self._remaining_pause(patience_s)
        has_turn = await self._wait(place)
        try:
            if has_turn:
                await self._until_open(patience_s)
                await self._count(place)
        except BaseException:
            self.leave()
            raise
        WAITED.observe(_now() - began)
        return has_turn

    async def take_along(self, fits: Callable[[object], bool], most: int) -> list[object]:
        """End the wait of calls of the bulk lane, and return their travellers: whoever has a turn makes these too.

        Returns so many at most, in their order, as the window allows now, and none while a call of the live lane waits.
        If so many wait that another turn is worth it, leaves their part to the other turns. What is taken along holds
        no turn. Never waits.
        """
        queue = sorted(each for each in self._queue if each.is_waiting)
        if queue and not queue[0].in_bulk:
            return []
        if len(queue) >= self._shared.from_calls:
            most = min(most, ceil((1 + len(queue)) / (self._own + self._shared.expected)) - 1)
        taken: list[QueuePlace] = []
        for place in queue:
            if len(taken) >= most or not (place.has_token or self._window.wait_s() == 0):
                break
            if fits(place.traveller):
                await self._count(place)
                taken.append(place)
        orders = {each.order for each in taken}
        self._queue = [each for each in queue if each.order not in orders]
        for place in taken:
            place.end_wait(has_turn=False)
        return [each.traveller for each in taken]

    def line_up(self, place: QueuePlace) -> asyncio.Future[bool]:
        """Put a call at its place in the queue; one that was taken along and not made, before anybody's next turn."""
        turn = place.turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, place)
        self._shared.seek(self)
        return turn

    def withdraw(self, place: QueuePlace) -> None:
        """Give a place up, with its turn if that has come."""
        turn, place.turn = place.turn, None
        has_ended = turn is not None and not turn.cancel() and not turn.cancelled()
        if turn is not None and has_ended and turn.exception() is None and turn.result():
            self.leave()

    def leave(self) -> None:
        """Give a turn to the next in the queue, or back; a shared one first, and after a while although others wait."""
        if self._shared.is_due or not self.begin_next():
            if not self._shared.give_back():
                self._free += 1
            else:
                self._shared.seek(self)

    def count(self) -> int:
        """Count the calls that wait for a turn."""
        return sum(each.is_waiting for each in self._queue)

    def begin_next(self) -> bool:
        """Give a turn to the next call in the queue; False if none waits."""
        while self._queue:
            if heapq.heappop(self._queue).end_wait(has_turn=True):
                return True
        return False

    def fail(self, error: Exception) -> None:
        """Raise an error in every call that waits for a turn."""
        waiting, self._queue = self._queue, []
        for each in waiting:
            each.fail(error)

    async def _wait(self, place: QueuePlace) -> bool:
        if place.turn is None and self._free > 0:
            self._free -= 1
            return True
        try:
            return await (place.turn or self.line_up(place))
        except asyncio.CancelledError:
            self.withdraw(place)
            raise
        finally:
            place.turn = None

    async def _until_open(self, patience_s: float) -> None:
        while (left := self._remaining_pause(patience_s)) > 0:  # noqa: ASYNC110 - a pause may grow while it lasts
            await asyncio.sleep(left)

    async def _count(self, place: QueuePlace) -> None:
        """Count a call against the window's requests, once however often it has to wait."""
        if not place.has_token:
            while (wait_s := self._window.wait_s()) > 0:  # noqa: ASYNC110 - others may be counted meanwhile
                await asyncio.sleep(wait_s)
            self._window.count()
            place.has_token = True
        self._busy_at = _now()

    def _remaining_pause(self, patience_s: float) -> float:
        left = self._open_at - _now()
        if left > patience_s:
            raise Throttled("Graph asked to wait before the next request", retry_after=timedelta(seconds=left))
        return left


class Limiter:
    """One `MailboxLimiter` per mailbox, created when it is first needed and dropped when it has long been unused.

    `take_lock` takes the turns that processes share, by names that contain that of the `application`.
    """

    def __init__(self, allowance: Allowance, take_lock: TakeLock | None = None, application: str = "") -> None:
        if allowance.shared and take_lock is None:
            raise ValueError("turns that processes share need locks")
        self._allowance = allowance
        self._take_lock = take_lock
        self._application = application
        self._mailboxes: dict[str, MailboxLimiter] = {}
        self._look_again_at = MOST_IDLE

    def of(self, mailbox: str) -> MailboxLimiter:
        """Return the limits of a mailbox. Use them at once and do not keep them, because they may be dropped."""
        key = mailbox.lower()
        found = self._mailboxes.get(key)
        if found is None:
            if len(self._mailboxes) >= self._look_again_at:
                self._mailboxes = {name: each for name, each in self._mailboxes.items() if not each.is_idle}
                self._look_again_at = len(self._mailboxes) + MOST_IDLE
            found = self._mailboxes[key] = MailboxLimiter(self._allowance, self._shared_turns(key))
        return found

    def _shared_turns(self, mailbox: str) -> SharedTurns | None:
        if self._take_lock is None:
            return None
        names = [f"turn {number} of {self._application} at {mailbox}" for number in range(self._allowance.shared)]
        return SharedTurns(self._take_lock, names, has_own=self._allowance.at_a_time > 0)


def _now() -> float:
    return asyncio.get_running_loop().time()
