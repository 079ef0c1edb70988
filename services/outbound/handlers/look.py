"""Find the events that an intent is about, as they are now.

Event ids are only pointers: an id changes when an invitation is answered or is sent again. All copies of a meeting have
the same iCalUId, and every hold of ours carries the id of its reservation; so does a copy of it, which is not ours.
Source: https://learn.microsoft.com/en-us/graph/outlook-immutable-id
"""

from dataclasses import dataclass, replace
from datetime import datetime

from libs.contracts.holds import is_our_hold
from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold, MoveBack
from libs.contracts.keys import Key, MeetingKey
from libs.contracts.messages import IntentIssued
from libs.contracts.patterns import pattern_of
from libs.contracts.values import Meeting
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, MailboxNotFound, NotFound
from libs.graph.protocol import LONGEST_VIEW, PAGE
from libs.graph.series import recurrence_of
from libs.graph.types import Event, Extent
from services.outbound.handlers.occurrences import SoughtOccurrence, find_occurrence
from services.outbound.handlers.target_room import TargetRoom

MOST_DATES = 2 * PAGE - 1
"""The most dates of a recurring hold that are looked at: two pages of Graph, with one that tells of more.

A group has 999 at most that are booked, and others that are to be taken out, or were moved here from the past.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found for an intent, and if that is about one date of a series, the master of the series.

    `pattern` is the recurrence of what was found, if that is a series as a whole; if it is to be declined,
    `exceptions` are those of its dates.
    """

    events: tuple[Meeting, ...]
    master: Meeting | None = None
    pattern: str | None = None
    exceptions: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True)
class SoughtMeeting:
    """A meeting to find: its key and iCalUId, the event id that it had last, and how much of a series to list."""

    key: Key
    ical_uid: str
    pointer: str | None
    extent: Extent


async def look(room: TargetRoom, message: IntentIssued, pointers: tuple[str, ...], now: datetime) -> Found:
    """Return the room's copy of the meeting, the organizer's own event, or all of our holds for the reservation.

    `pointers` are more event ids that a hold may have. Raises what the client raises; NotFound is about the mailbox.
    """
    goal = message.intent
    if isinstance(goal, KeepHold | DropHold):
        return Found(await _holds(room, message, goal, pointers, now))
    mailbox = room.mailbox_of(goal)
    pointer = goal.event_id if isinstance(goal, AnswerMeeting) else None
    sought = SoughtMeeting(message.key, goal.ical_uid, pointer, room.series.extent(min(now, _first_start(goal))))
    found = await find_meeting(room.client, mailbox, sought)
    is_declined = isinstance(goal, AnswerMeeting) and goal.answer == "declined"
    return await _with_exceptions(room.client, mailbox, found) if is_declined else found


async def look_at_created(room: TargetRoom, created: Event, now: datetime) -> Found:
    """Return a recurring hold that was created a moment ago, with the ids of its dates. Raises as `look` does."""
    whole = await room.client.with_series(room.mailbox, created, _extent_of_holds(now))
    return Found((Meeting.model_validate(whole),))


async def look_at_organizers(room: TargetRoom, message: IntentIssued, goal: AnswerMeeting, now: datetime) -> Found:
    """Return the event in the organizer's mailbox that the room is to be taken off. Raises as `look` does."""
    if goal.takes_room_off is None:
        return Found(())
    sought = SoughtMeeting(message.key, goal.ical_uid, None, room.series.extent(min(now, goal.judged.start)))
    return await find_meeting(room.client, goal.takes_room_off, sought)


async def find_meeting(client: GraphClient, mailbox: str, sought: SoughtMeeting) -> Found:
    """Return a meeting, a series as a whole, or one date of it, with the master, as a mailbox has it."""
    key = sought.key
    if not isinstance(key, MeetingKey) or key.original_date is None:
        return await _meeting(client, mailbox, sought.ical_uid, sought.pointer)
    date_of = await find_occurrence(
        client, mailbox, SoughtOccurrence(sought.ical_uid, key.original_date, sought.pointer, sought.extent)
    )
    return Found((date_of.occurrence,) if date_of.occurrence is not None else (), date_of.master)


def _first_start(goal: AnswerMeeting | MoveBack) -> datetime:
    """Return the first time at which the meeting may be found, so that it is found although it began meanwhile."""
    return goal.judged.start if isinstance(goal, AnswerMeeting) else min(goal.kept.start, goal.refused.start)


async def _meeting(client: GraphClient, mailbox: str, ical_uid: str, pointer: str | None) -> Found:
    """Find a single meeting or the master of a series; an occurrence may have the same iCalUId, and is neither."""
    if pointer is not None:
        copy = await _event(client, mailbox, pointer)
        if copy is not None and copy.ical_uid == ical_uid and not copy.is_cancelled and copy.series_master_id is None:
            return _found(copy)
    found = [each for each in await client.find_events(mailbox, ical_uid) if each.series_master_id is None]
    # The calendar may hold a cancelled copy beside the copy of a new invitation.
    in_order = sorted(found, key=lambda each: (each.is_cancelled, each.event_id))
    return _found(in_order[0]) if in_order else Found(())


def _found(event: Event) -> Found:
    return Found(
        (Meeting.model_validate(event),), pattern=pattern_of(*recurrence_of(event)) if event.is_master else None
    )


async def _with_exceptions(client: GraphClient, mailbox: str, found: Found) -> Found:
    if found.pattern is None:
        return found
    try:
        listed = await client.exceptions(mailbox, found.events[0].event_id)
    except MailboxNotFound:
        raise
    except (NotFound, Gone):
        return Found(())
    return replace(found, exceptions=tuple(Meeting.model_validate(each) for each in listed))


async def _holds(
    room: TargetRoom,
    message: IntentIssued,
    goal: KeepHold | DropHold,
    pointers: tuple[str, ...],
    now: datetime,
) -> tuple[Meeting, ...]:
    client, mailbox = room.client, room.mailbox
    known = [each for each in (goal.event_id, *pointers) if each is not None]
    found = [each for pointer in known if (each := await _event(client, mailbox, pointer)) is not None]
    found += await client.find_holds(mailbox, goal.reservation_id)
    # An exception may carry what its series carries, and is not a hold by itself.
    events = {each.event_id: each for each in found if each.series_master_id is None}

    def is_ours(event: Event) -> bool:
        return is_our_hold(Meeting.model_validate(event), goal.reservation_id, message.generation, known)

    ours = [each for each in events.values() if is_ours(each)]
    if isinstance(goal, KeepHold) and goal.series is not None:
        ours = [await client.with_series(mailbox, each, _extent_of_holds(now)) for each in ours]
    return tuple(Meeting.model_validate(each) for each in ours)


def _extent_of_holds(now: datetime) -> Extent:
    return Extent(now, LONGEST_VIEW, MOST_DATES)


async def _event(client: GraphClient, mailbox: str, event_id: str) -> Event | None:
    try:
        return await client.event(mailbox, event_id)
    except (NotFound, Gone):
        return None
