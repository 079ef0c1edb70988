"""Which event ids stood for a series when they were last read: such an event is not read again to find that out.

One change of a series brings several notifications, and an answer of the room brings more. What is remembered may have
become wrong: the reader of the bulk lane reads whatever is there now. All this is forgotten with the process.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

KNOWN_FOR = timedelta(minutes=10)
MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class FoundSeries:
    """The series of this master, of which a look found an event; it `is_of_hold` if it carries the id of a group."""

    master_id: str
    is_of_hold: bool = False


@dataclass(slots=True)
class KnownSeries:
    """The series, by the space and the event id under which they were found at a time of the database."""

    _found: OrderedDict[tuple[UUID, str], tuple[FoundSeries, datetime]] = field(default_factory=OrderedDict)

    def note(self, space_id: UUID, event_id: str, series: FoundSeries, now: datetime) -> None:
        """Remember that an event belongs to this series."""
        self._found[space_id, event_id] = (series, now)
        self._found.move_to_end((space_id, event_id))
        if len(self._found) > MOST_KNOWN:
            self._found.popitem(last=False)

    def series_of(self, space_id: UUID, event_id: str, now: datetime) -> FoundSeries | None:
        """Return the series to which an event belonged within the last `KNOWN_FOR`."""
        series, found_at = self._found.get((space_id, event_id), (None, now))
        return series if now - found_at <= KNOWN_FOR else None
