"""Compare one room calendar with the ledger: read the ledger, then the calendar, and return how they differ.

The database's time and the expectations are read before the calendar. A change on either side between the two reads
looks like a drift, so a drift that was not known before counts only if a second look, a moment later, finds it again.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from libs.common.db import Pool
from libs.common.together import together
from libs.contracts.keys import Key
from libs.graph.client import GraphClient
from libs.graph.errors import UnreadableEvent
from libs.graph.types import SeriesLimits
from services.reconciler.core.diff import diff
from services.reconciler.core.drift import Drift, name_conflicts
from services.reconciler.core.expectation import Expectation
from services.reconciler.core.reckoning import Name, name_of
from services.reconciler.loops.reading import Calendar
from services.reconciler.loops.series import SeriesComparer
from services.reconciler.store import contested, expectations
from services.reconciler.store.rooms import ClaimedRoom

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of one complete comparison. `undecided` are the keys about which it proves nothing."""

    observed_at: datetime
    expected: Sequence[Expectation]
    drifts: tuple[Drift, ...]
    undecided: frozenset[Key]
    events: int
    series_read: int
    looked_up: int
    unreadable: int

    @property
    def proves_agreement(self) -> bool:
        """Whether both sides agree, nothing is in flight, and every event could be read."""
        return not self.drifts and not self.undecided and self.unreadable == 0


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compare rooms `look_ahead` into the future, series that differ as far as `series` says.

    `grace` is the time before the second look at a new drift.
    """

    pool: Pool
    look_ahead: timedelta
    series: SeriesLimits
    grace: timedelta

    async def compare(self, client: GraphClient, room: ClaimedRoom, known: Iterable[Name]) -> Comparison:
        """Return the drifts that are certain. Raises what the client raises; then nothing is known."""
        first = await self._look(client, room)
        certain = set(known)
        if all(name_of(drift) in certain for drift in first.drifts):
            return first
        await asyncio.sleep(self.grace.total_seconds())
        second = await self._look(client, room)
        certain |= {name_of(drift) for drift in first.drifts}
        uncertain = {drift.key for drift in second.drifts if name_of(drift) not in certain}
        return replace(
            second,
            drifts=tuple(drift for drift in second.drifts if name_of(drift) in certain),
            undecided=second.undecided | uncertain,
        )

    async def _look(self, client: GraphClient, room: ClaimedRoom) -> Comparison:
        known = await expectations.of_room(self.pool, room.space_id)
        in_conflict = await contested.of_room(self.pool, room.space_id)
        now, expected, horizon = known.now, known.expected, known.now + self.look_ahead
        calendar = Calendar(client, room.mailbox, known.time_zone, expected, self.series.extent(now))
        listed = await calendar.listing(now, horizon)
        if listed.unreadable:
            log.warning("sweep.unreadable_events", space_id=str(room.space_id), event_ids=list(listed.unreadable)[:20])
        comparer = SeriesComparer(room.space_id, calendar, expected, now, horizon)
        series = await comparer.compare(listed.dates)
        rest = [each for each in expected if each.key not in series.keys]
        found = diff(room.space_id, rest, calendar.identify(listed.singles, series.orphans), now)
        missing = [each for each in found.to_look_up if comparer.is_missing(each)]
        looked_up, unreadable = await self._look_up(calendar, comparer, missing)
        return Comparison(
            observed_at=now,
            expected=expected,
            drifts=name_conflicts((*found.drifts, *series.drifts, *looked_up), in_conflict),
            undecided=found.undecided | series.undecided | unreadable,
            events=len(listed.singles) + sum(map(len, listed.dates.values())),
            series_read=series.read,
            looked_up=len(missing),
            unreadable=max(len(listed.unreadable), len(unreadable) + series.unreadable),
        )

    async def _look_up(
        self, calendar: Calendar, comparer: SeriesComparer, missing: Sequence[Expectation]
    ) -> tuple[list[Drift], set[Key]]:
        """Look up each missing event; return the drifts, and the keys whose events are there but cannot be read."""

        async def one(expected: Expectation) -> list[Drift] | None:
            try:
                found = await calendar.look_up(expected)
            except UnreadableEvent:
                return None
            return comparer.compare_looked_up(expected, found)

        results = await together(one(each) for each in missing)
        drifts = [drift for result in results for drift in result or ()]
        return drifts, {each.key for each, result in zip(missing, results, strict=True) if result is None}
