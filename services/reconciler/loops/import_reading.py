"""Read one room calendar for an import: page by page, each series as a whole, every event written down as it is read.

No more than a page is held at once, however large the calendar is. The database's time is taken before each page, and
again before each series, so that nothing that was read is older than its time says.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from libs.common.db import Pool, database_now
from libs.common.together import together
from libs.contracts.days import in_zone
from libs.contracts.privacy import masked
from libs.contracts.values import Meeting
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, IncompleteListing, MailboxNotFound, NotFound, Refused, UnreadableEvent
from libs.graph.text import event_known_by
from libs.graph.types import Event, Listing, SeriesLimits
from services.reconciler.core.import_order import FACT, rank_of
from services.reconciler.store import expectations
from services.reconciler.store.import_readings import ClaimedReading, EventRow

AT_ONCE = 200
"""Events that are written down in one statement."""

SERIES_AT_ONCE = 8
"""Series that are read side by side, as far as the limits of the mailbox allow."""


T = TypeVar("T")


@dataclass
class CalendarReader:
    """Read the calendar of one room from now on, `look_ahead` into the future.

    `masters` are the series that were read, `gone` those whose master is not there; `identities` are the event ids by
    the iCalUIds that they have, so that a second event of one iCalUId is known by its own id.
    """

    pool: Pool
    client: GraphClient
    reading: ClaimedReading
    look_ahead: timedelta
    limits: SeriesLimits
    masters: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    identities: dict[str, str] = field(default_factory=dict)
    known_by_id: frozenset[str] = frozenset()
    begun_series: int = 0

    async def read(self) -> AsyncIterator[list[EventRow]]:
        """Return the events, a few at a time. Raises what the client raises; then the calendar is not read."""
        now = await self._learn_identities()
        observed_at = now
        async for page in self.client.calendar_view_pages(self.reading.mailbox, now, now + self.look_ahead):
            yield [_unreadable(each, observed_at) for each in page.unreadable]
            async for rows in self._read_page(page, observed_at, now):
                yield rows
            observed_at = await self._now()

    async def count_past(self) -> int | None:
        """Count what was over when the reading began; None if Graph does not tell. What goes on is not among it."""
        try:
            found = await self.client.count_over(self.reading.mailbox, self.reading.began_at)
        except MailboxNotFound:
            raise
        except Refused:
            return None
        return None if found is None else max(0, found - self.begun_series)

    async def _learn_identities(self) -> datetime:
        """Learn by what the events are known that policy knows; return the database's time, from which on is read."""
        known = await expectations.of_room(self.pool, self.reading.space_id)
        whole = [each for each in known.expected if not each.is_of_one_date and each.ical_uid and each.event_id]
        self.identities = {each.ical_uid: each.event_id for each in whole if each.ical_uid and each.event_id}
        found = (event_known_by(each.ical_uid) for each in known.expected if each.ical_uid)
        self.known_by_id = frozenset(each for each in found if each is not None)
        return known.now

    async def _read_page(self, page: Listing, observed_at: datetime, now: datetime) -> AsyncIterator[list[EventRow]]:
        """Return what a page holds: single events, series that were not read yet, and dates without a series."""
        for singles in _few([each for each in page if each.series_master_id is None], AT_ONCE):
            yield [self._row(self._identify(each), observed_at) for each in singles]
        new = {each.series_master_id for each in page if each.series_master_id} - self.masters - self.gone
        for ids in _few(sorted(new), SERIES_AT_ONCE):
            seen_at = await self._now()
            found = await together(self._series(each, seen_at, now) for each in ids)
            yield [row for row in found if row is not None]
        orphans = [each for each in page if each.series_master_id in self.gone]
        yield [self._row(self._identify(each.alone()), observed_at) for each in orphans]

    async def _series(self, master_id: str, seen_at: datetime, now: datetime) -> EventRow | None:
        """Read one series as a whole; None if its master is not there, so that its dates are events of their own."""
        try:
            master = await self.client.event(self.reading.mailbox, master_id)
            whole = await self.client.with_series(self.reading.mailbox, master, self.limits.extent(seen_at))
        except MailboxNotFound:
            raise
        except (NotFound, Gone):
            self.gone.add(master_id)
            return None
        except (UnreadableEvent, IncompleteListing) as error:
            self.masters.add(master_id)
            problem = f"A series on this calendar cannot be read: {error}. The next comparison of the room tries again."
            return EventRow(f"event:{master_id}", FACT, seen_at, seen_at, seen_at, None, problem)
        self.masters.add(master_id)
        if master.end < now:
            self.begun_series += 1
        return self._row(whole, seen_at)

    def _identify(self, event: Event) -> Event:
        """Return an event under an identity of its own: the first of two that share an iCalUId keeps it."""
        if event.is_series or event.is_cancelled:
            return event
        if event.event_id in self.known_by_id:
            return event.known_by_id()
        keeper = self.identities.setdefault(event.ical_uid, event.event_id)
        return event if keeper == event.event_id else event.known_by_id()

    def _row(self, event: Event, observed_at: datetime) -> EventRow:
        meeting = in_zone(masked(Meeting.model_validate(event)), self.reading.time_zone)
        dates = meeting.series.occurrences if meeting.series is not None else ()
        windows = [each.window for each in dates] or [meeting.window]
        return EventRow(
            ical_uid=meeting.ical_uid,
            rank=rank_of(meeting),
            observed_at=observed_at,
            starts_at=min(each.start for each in windows),
            ends_at=max(each.end for each in windows),
            meeting=meeting.model_dump(mode="json"),
        )

    async def _now(self) -> datetime:
        async with self.pool.acquire() as conn:
            return await database_now(conn)


def _unreadable(error: UnreadableEvent, observed_at: datetime) -> EventRow:
    problem = (
        "An event on this calendar cannot be read, not even when it is. Look for one with an odd time or time zone, "
        "and have its organizer save it anew."
    )
    identity = f"event:{error.event_id or 'none'}"
    return EventRow(identity, FACT, observed_at, observed_at, observed_at, None, problem)


def _few(items: Sequence[T], at_once: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), at_once):
        yield items[first : first + at_once]
