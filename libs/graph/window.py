"""Count the requests of the last ten minutes, and say how long the next one has to wait.

Half of what is allowed may be asked for at once, such as a first sync of a thousand events. From then on requests are
spread over the window, so that something always moves, and all of what is allowed is used.
"""

import asyncio
from collections import deque

WINDOW_S = 600.0
AT_ONCE = 0.5
"""The share of a window's requests that need not be spread."""

SLOT_S = 10.0
"""Requests are counted by such a time, and leave the window together, a little late."""


class RequestWindow:
    """The requests to one mailbox. Of any ten minutes, none holds more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._at_once = max(1, int(most * AT_ONCE))
        self._slots: deque[tuple[float, int]] = deque()
        self._total = 0
        self._next_at = 0.0

    def wait_s(self) -> float:
        """Return how long the next request has to wait from now; 0 if it may be made."""
        now = asyncio.get_running_loop().time()
        self._forget(now)
        if self._total < self._at_once:
            return 0.0
        if self._total < self._most:
            return max(0.0, self._next_at - now)
        return self._slots[0][0] + SLOT_S + WINDOW_S - now

    def count(self) -> None:
        """Count a request that is made now."""
        now = asyncio.get_running_loop().time()
        self._forget(now)
        began, count = self._slots.pop() if self._slots and now < self._slots[-1][0] + SLOT_S else (now, 0)
        self._slots.append((began, count + 1))
        self._total += 1
        self._next_at = now + WINDOW_S / self._most

    def _forget(self, now: float) -> None:
        while self._slots and self._slots[0][0] + SLOT_S + WINDOW_S <= now:
            self._total -= self._slots.popleft()[1]
