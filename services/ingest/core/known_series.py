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


@dataclass(slots=True)
class KnownSeries:
    """The ids of masters, by the space and the event id under which a series was found at a time of the database."""

    _masters: OrderedDict[tuple[UUID, str], tuple[str, datetime]] = field(default_factory=OrderedDict)

    def note(self, space_id: UUID, event_id: str, master_id: str, now: datetime) -> None:
        """Remember that an event belongs to the series of this master."""
        self._masters[space_id, event_id] = (master_id, now)
        self._masters.move_to_end((space_id, event_id))
        if len(self._masters) > MOST_KNOWN:
            self._masters.popitem(last=False)

    def master_of(self, space_id: UUID, event_id: str, now: datetime) -> str | None:
        """Return the master of the series to which an event belonged within the last `KNOWN_FOR`."""
        master_id, found_at = self._masters.get((space_id, event_id), (None, now))
        return master_id if now - found_at <= KNOWN_FOR else None
