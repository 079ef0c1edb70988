"""Read what a room calendar holds, as far as it can be read.

An event of which we cannot even read the times is left out and counted; it stops neither the room nor the other
events. Nothing is concluded from leaving it out: an expected event that is not listed is looked up, and if the look-up
finds the event that we cannot read, it fails and proves nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.together import together
from libs.contracts.days import in_zone
from libs.contracts.privacy import masked
from libs.contracts.values import Meeting
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, MailboxNotFound, NotFound, UnreadableEvent
from libs.graph.text import event_known_by
from libs.graph.twins import tell_apart
from libs.graph.types import Event, Extent
from services.reconciler.core.expectation import Expectation


@dataclass(frozen=True, slots=True)
class ReadableListing:
    """The events of a window whose times could be read, and the ids of what makes no sense.

    `dates` are those of series, by the id of their master; `singles` are all others. An event of which at least the
    times could be read is among both the events and the unreadable ones.
    """

    singles: Sequence[Event]
    dates: Mapping[str, Sequence[Event]]
    unreadable: Sequence[str]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One room's calendar; `time_zone` is where the room's days are, and `expected` what it ought to show.

    `extent` is how much of a series is read.
    """

    client: GraphClient
    mailbox: str
    time_zone: str
    expected: Sequence[Expectation]
    extent: Extent

    async def listing(self, start: datetime, end: datetime) -> ReadableListing:
        """List the events that touch a window. Raises what the client raises; then nothing is known."""
        found = await self.client.calendar_view(self.mailbox, start, end)
        dates: defaultdict[str, list[Event]] = defaultdict(list)
        for each in found:
            if each.series_master_id is not None:
                dates[each.series_master_id].append(each)
        return ReadableListing(
            singles=[each for each in found if each.series_master_id is None],
            dates=dates,
            unreadable=[
                *(error.event_id or "none" for error in found.unreadable),
                *(event.event_id for event in found if event.is_unreadable),
            ],
        )

    def identify(self, singles: Iterable[Event], orphans: Iterable[Event]) -> list[Meeting]:
        """Return single events, each under an identity of its own; so are the dates of series that are not there."""
        events = [*singles, *(each.alone() for each in orphans)]
        return [self.meeting(each) for each in tell_apart(events, self._kept_by(), self._known_by_id())]

    async def masters(self, ids: Iterable[str]) -> tuple[Mapping[str, Event], Collection[str]]:
        """Read the masters of series; return those that could be read, and the ids of those that are not there."""

        async def master(event_id: str) -> Event | None:
            try:
                return await self.client.event(self.mailbox, event_id)
            except MailboxNotFound:
                raise
            except (NotFound, Gone):
                gone.add(event_id)
            except UnreadableEvent:
                pass
            return None

        gone: set[str] = set()
        wanted = sorted(ids)
        found = await together(map(master, wanted))
        return {event_id: each for event_id, each in zip(wanted, found, strict=True) if each is not None}, gone

    async def whole(self, event: Event) -> Meeting:
        """Return the master of a series with its dates, and any other event as it is.

        Raises `UnreadableEvent` if one of its dates cannot be read, and what else the client raises.
        """
        return self.meeting(await self.client.with_series(self.mailbox, event, self.extent))

    def meeting(self, event: Event) -> Meeting:
        """Return an event as a meeting, whole days in the room's zone where nobody knows theirs."""
        return in_zone(masked(Meeting.model_validate(event)), self.time_zone)

    def _kept_by(self) -> dict[str, str]:
        """Return which event each iCalUId is known to belong to; the dates of a series are not it."""
        known = (each for each in self.expected if not each.is_of_one_date)
        return {each.ical_uid: each.event_id for each in known if each.ical_uid and each.event_id}

    def _known_by_id(self) -> frozenset[str]:
        """Return the ids of the events that are known by them."""
        known = (event_known_by(each.ical_uid) for each in self.expected if each.ical_uid)
        return frozenset(each for each in known if each is not None)

    async def look_up(self, expected: Expectation) -> Meeting | None:
        """Find an expected event, wherever it is on the calendar, a series as a whole; None if it is nowhere.

        Raises `UnreadableEvent` if it is there but cannot be read, and what else the client raises.
        """

        def is_it(event: Event) -> bool:
            return event.is_cancelled or event.is_series or event.ical_uid == expected.ical_uid

        found: list[Event] = []
        if expected.is_about_a_hold and expected.reservation_id is not None:
            holds = await self.client.find_holds(self.mailbox, expected.reservation_id)
            found = [each for each in holds if expected.is_hold(self.meeting(each))]
        if not found and expected.ical_uid is not None:
            copies = await self.client.find_events(self.mailbox, expected.ical_uid)
            copies = [each for each in tell_apart(copies, self._kept_by(), self._known_by_id()) if is_it(each)]
            found = [each for each in copies if not expected.is_about_a_hold or expected.is_hold(self.meeting(each))]
        if not found:
            return None
        best = min(found, key=lambda each: (each.is_cancelled, each.event_id != expected.event_id, each.event_id))
        return await self.whole(best)
