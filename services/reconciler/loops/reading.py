"""Read what a room calendar holds, as far as it can be read.

An event of which we cannot even read the times is left out and counted; it stops neither the room nor the other
events. Nothing is concluded from leaving it out: an expected event that is not listed is looked up, and if the look-up
finds the event that we cannot read, it fails and proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.together import together
from libs.contracts.days import in_zone
from libs.contracts.values import Meeting
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, MailboxNotFound, NotFound, UnreadableEvent
from libs.graph.types import Event
from services.reconciler.core.expectation import Expectation


@dataclass(frozen=True, slots=True)
class ReadableListing:
    """The events of a window whose times could be read, the ids of their series' masters, and of what makes no sense.

    An event of which at least the times could be read is among both the events and the unreadable ones.
    """

    meetings: tuple[Meeting, ...]
    masters: dict[str, str]
    unreadable: Sequence[str]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One room's calendar; `time_zone` is where the room's days are."""

    client: GraphClient
    mailbox: str
    time_zone: str

    async def listing(self, start: datetime, end: datetime) -> ReadableListing:
        """List the events that touch a window. Raises what the client raises; then nothing is known."""
        found = await self.client.calendar_view(self.mailbox, start, end)
        return ReadableListing(
            meetings=tuple(map(self._meeting, found)),
            masters={event.event_id: event.series_master_id for event in found if event.series_master_id is not None},
            unreadable=[
                *(error.event_id or "none" for error in found.unreadable),
                *(event.event_id for event in found if event.is_unreadable),
            ],
        )

    async def masters(self, ids: Sequence[str]) -> list[Meeting]:
        """Read the masters of series; those that are gone by now or cannot be read are left out."""

        async def master(event_id: str) -> Meeting | None:
            try:
                return self._meeting(await self.client.event(self.mailbox, event_id))
            except MailboxNotFound:
                raise
            except (NotFound, Gone, UnreadableEvent):
                return None

        found = await together(master(each) for each in ids)
        return [each for each in found if each is not None]

    async def look_up(self, expected: Expectation) -> Meeting | None:
        """Find an expected event, wherever it is on the calendar; None if it is nowhere.

        Raises `UnreadableEvent` if it is there but cannot be read, and what else the client raises.
        """
        found: list[Meeting] = []
        if expected.want == "hold" and expected.reservation_id is not None:
            holds = await self.client.find_holds(self.mailbox, expected.reservation_id)
            found = [each for each in map(self._meeting, holds) if expected.is_hold(each)]
        if not found and expected.ical_uid is not None:
            copies = await self.client.find_events(self.mailbox, expected.ical_uid)
            found = [each for each in map(self._meeting, copies) if expected.want != "hold" or expected.is_hold(each)]
        if not found:
            return None
        return min(found, key=lambda each: (each.is_cancelled, each.event_id != expected.event_id, each.event_id))

    def _meeting(self, event: Event) -> Meeting:
        return in_zone(Meeting.model_validate(event), self.time_zone)
