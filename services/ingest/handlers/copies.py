"""Tell events of one calendar apart that have one iCalUId, by what is remembered of them.

The reader sees one event at a time. That another one has the same iCalUId shows by the pointers: what was read as this
meeting under another id, and is still there, keeps the iCalUId, and the newcomer is known by its event id from then on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from libs.common.db import Pool
from libs.contracts.values import Meeting, Observation
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, MailboxNotFound, NotFound
from libs.graph.text import event_known_by, ical_uid_by_event
from libs.graph.twins import tell_apart
from libs.graph.types import Event
from services.ingest.store import rooms

MOST_COPIES = 5
"""How many other events are read to tell one apart; an id changes when a meeting is answered or sent again."""

K = TypeVar("K")


async def identify(pool: Pool, client: GraphClient, mailbox: str, space_id: UUID, event: Event) -> Event:
    """Return an event that was just read under the identity by which it is known, or is to be known from now on."""
    if event.is_series or event.is_cancelled or event_known_by(event.ical_uid) is not None:
        return event
    known = await rooms.known_as(pool, space_id, [event.event_id], event.ical_uid)
    if event_known_by(known.get(event.event_id, "")) is not None:
        return event.known_by_id()
    others = [each for each, uid in known.items() if each != event.event_id and uid == event.ical_uid][:MOST_COPIES]
    standing = [each for each in [await _read(client, mailbox, other) for other in others] if each is not None]
    keepers = [each.event_id for each in standing if each.ical_uid == event.ical_uid]
    if not keepers:
        return event
    is_known = event.event_id in known
    kept_by = {event.ical_uid: min([*keepers, event.event_id] if is_known else keepers)}
    return tell_apart([event, *standing], kept_by, ())[0]


async def without_known_by_id(pool: Pool, space_id: UUID, ical_uid: str, found: Sequence[Event]) -> list[Event]:
    """Return what was found by an iCalUId without the events that are known by their ids instead."""
    if not found or event_known_by(ical_uid) is not None:
        return list(found)
    known = await rooms.known_as(pool, space_id, [each.event_id for each in found], ical_uid)
    return [each for each in found if event_known_by(known.get(each.event_id, "")) is None]


def tell_observed_apart(observed: Mapping[K, Observation]) -> dict[K, Observation]:
    """Return observations of one batch, in which no two events of a calendar have one identity."""
    ids: defaultdict[tuple[UUID, str], set[str]] = defaultdict(set)
    for each in observed.values():
        if each.meeting is not None and _is_one(each.meeting):
            ids[each.space_id, each.ical_uid].add(each.meeting.event_id)
    return {place: _under_own_identity(each, ids[each.space_id, each.ical_uid]) for place, each in observed.items()}


def _under_own_identity(seen: Observation, sharing: set[str]) -> Observation:
    meeting = seen.meeting
    if meeting is None or not _is_one(meeting) or meeting.event_id == min(sharing):
        return seen
    own = ical_uid_by_event(meeting.event_id)
    return seen.model_copy(update={"ical_uid": own, "meeting": meeting.model_copy(update={"ical_uid": own})})


def _is_one(meeting: Meeting) -> bool:
    return not meeting.is_series and not meeting.is_cancelled


async def _read(client: GraphClient, mailbox: str, event_id: str) -> Event | None:
    try:
        event = await client.event(mailbox, event_id)
    except MailboxNotFound:
        raise
    except (NotFound, Gone):
        return None
    return None if event.is_series or event.is_cancelled else event
