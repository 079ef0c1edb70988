"""Find one occurrence of a series, by the date that the pattern gives it.

A calendar lists a series as its master only, and the master and its occurrences may have one iCalUId. So the master is
found first, and then its occurrence: by the pointer if that leads to the right one, else among those that are listed.
Nothing but an occurrence of that master is ever returned: an answer to the master would be one to the whole series.

Source: https://learn.microsoft.com/graph/api/event-list-instances,
https://github.com/microsoftgraph/microsoft-graph-docs/issues/17479
"""

from dataclasses import dataclass, replace
from datetime import date

from libs.contracts.values import Meeting
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, IncompleteListing, NotFound, UnreadableEvent
from libs.graph.series import original_date
from libs.graph.types import Event, Extent


@dataclass(frozen=True, slots=True)
class SoughtOccurrence:
    """An occurrence to find: its series and date, the event id that it had last, and how much of the series to list."""

    ical_uid: str
    original_date: date
    pointer: str | None
    extent: Extent


@dataclass(frozen=True, slots=True)
class FoundOccurrence:
    """An occurrence as an event of its own, and the master of its series; None for what is not there."""

    occurrence: Meeting | None
    master: Meeting | None


async def find_occurrence(client: GraphClient, mailbox: str, sought: SoughtOccurrence) -> FoundOccurrence:
    """Return an occurrence in a mailbox. One that was cancelled or declined, or is beyond the extent, is not there.

    Raises what the client raises; `UnreadableEvent` if nothing can be said because the series cannot be read.
    """
    copies = [each for each in await client.find_events(mailbox, sought.ical_uid) if each.is_master]
    if not copies:
        return FoundOccurrence(None, None)
    pointed = await _pointed(client, mailbox, sought.pointer)
    for master in copies:
        if pointed is not None and _is_sought(pointed, master, sought):
            return _found(pointed, master, sought)
    # The calendar may hold a cancelled copy beside the copy of a new invitation.
    master = min(copies, key=lambda each: (each.is_cancelled, each.event_id))
    return _found(await _listed(client, mailbox, master, sought), master, sought)


def _is_sought(event: Event, master: Event, sought: SoughtOccurrence) -> bool:
    return (
        event.series_master_id == master.event_id
        and not event.is_cancelled
        and original_date(master, event) == sought.original_date
    )


def _found(occurrence: Event | None, master: Event, sought: SoughtOccurrence) -> FoundOccurrence:
    """Return an occurrence under the iCalUId of its series: Outlook may give it one of its own."""
    alone = replace(occurrence, ical_uid=sought.ical_uid, is_series=False) if occurrence is not None else None
    return FoundOccurrence(Meeting.model_validate(alone) if alone is not None else None, Meeting.model_validate(master))


async def _pointed(client: GraphClient, mailbox: str, pointer: str | None) -> Event | None:
    if pointer is None:
        return None
    try:
        return await client.event(mailbox, pointer)
    except (NotFound, Gone, UnreadableEvent):
        return None


async def _listed(client: GraphClient, mailbox: str, master: Event, sought: SoughtOccurrence) -> Event | None:
    if master.is_unreadable:
        raise UnreadableEvent("the series cannot be read", event_id=master.event_id)
    series = (await client.with_series(mailbox, master, sought.extent)).series
    for each in series.occurrences if series is not None else ():
        if each.original_date == sought.original_date:
            try:
                return await client.event(mailbox, each.event_id)
            except (NotFound, Gone) as error:
                raise IncompleteListing("an occurrence was gone before it was read") from error
    return None
