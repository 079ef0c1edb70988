"""How many notifications of one mailbox are queued one by one: so many that no flood of them holds up its shard.

What exceeds this is not queued. In its place every post that had some of it says that notifications were missed, as
Graph does when it lost some, and the room is swept. All this is forgotten with the process; what was said is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.ingest.core.notifications import Changed, LifecycleEvent

AT_ONCE = 300
PER_SECOND = 100
"""A mailbox may have `AT_ONCE` notifications queued at a stretch, and so many a second in the long run.

Fifty people who invite one room at the same moment bring about 300, within some seconds.
"""

MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Queued:
    """What to queue of one post, and for which subscriptions to say that notifications were missed."""

    changes: Sequence[Changed]
    missed: Sequence[LifecycleEvent]


@dataclass(slots=True)
class _Allowance:
    left: float
    counted_at: datetime


@dataclass(slots=True)
class QueueShares:
    """The shares of all mailboxes, by space."""

    _allowances: dict[UUID, _Allowance] = field(default_factory=dict)

    def split(self, changes: Sequence[Changed], now: datetime) -> Queued:
        """Split what one post told of. What is queued counts, also if the bus does not take it."""
        queued: list[Changed] = []
        missed: dict[UUID, LifecycleEvent] = {}
        for each in changes:
            allowance = self._of(each.space_id, now)
            if allowance.left >= 1:
                allowance.left -= 1
                queued.append(each)
            else:
                missed[each.space_id] = LifecycleEvent(each.space_id, each.generation, "missed")
        return Queued(queued, list(missed.values()))

    def _of(self, space_id: UUID, now: datetime) -> _Allowance:
        found = self._allowances.get(space_id)
        if found is None:
            if len(self._allowances) >= MOST_KNOWN:
                self._allowances.clear()
            found = self._allowances[space_id] = _Allowance(AT_ONCE, now)
        grown = PER_SECOND * max(now - found.counted_at, timedelta()).total_seconds()
        found.left, found.counted_at = min(float(AT_ONCE), found.left + grown), now
        return found
