"""Read what a room calendar holds, as far as it can be read.

An event of which we cannot even read the times is left out and counted; it stops neither the room nor the other
events. Nothing is concluded from leaving it out: an expected event that is not listed is looked up, and if the look-up
finds the event that we cannot read, it fails and proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.together import together
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


async def listing(client: GraphClient, mailbox: str, start: datetime, end: datetime) -> ReadableListing:
    """List the events that touch a window. Raises what the client raises; then nothing is known."""
    found = await client.calendar_view(mailbox, start, end)
    return ReadableListing(
        meetings=tuple(Meeting.model_validate(event) for event in found),
        masters={event.event_id: event.series_master_id for event in found if event.series_master_id is not None},
        unreadable=[
            *(error.event_id or "none" for error in found.unreadable),
            *(event.event_id for event in found if event.is_unreadable),
        ],
    )


async def masters(client: GraphClient, mailbox: str, ids: Sequence[str]) -> list[Meeting]:
    """Read the masters of series; those that are gone by now or cannot be read are left out."""

    async def master(event_id: str) -> Meeting | None:
        try:
            return Meeting.model_validate(await client.event(mailbox, event_id))
        except MailboxNotFound:
            raise
        except (NotFound, Gone, UnreadableEvent):
            return None

    found = await together(master(each) for each in ids)
    return [each for each in found if each is not None]


async def look_up(client: GraphClient, mailbox: str, expected: Expectation) -> Meeting | None:
    """Find an expected event, wherever it is on the calendar; None if it is nowhere.

    Raises `UnreadableEvent` if it is there but cannot be read, and what else the client raises.
    """

    def is_it(event: Event) -> bool:
        return expected.want != "hold" or expected.is_hold(Meeting.model_validate(event))

    found: list[Event] = []
    if expected.want == "hold" and expected.reservation_id is not None:
        found = await client.find_holds(mailbox, expected.reservation_id)
    if not any(map(is_it, found)) and expected.ical_uid is not None:
        found = await client.find_events(mailbox, expected.ical_uid)
    meetings = [Meeting.model_validate(each) for each in found if is_it(each)]
    if not meetings:
        return None
    return min(meetings, key=lambda each: (each.is_cancelled, each.event_id != expected.event_id, each.event_id))
