"""Find the events that an intent is about, as they are now.

Event ids are only pointers: an id changes when an invitation is answered or is sent again. All copies of a meeting have
the same iCalUId, and every hold of ours carries the id of its reservation; so does a copy of it, which is not ours.
Source: https://learn.microsoft.com/en-us/graph/outlook-immutable-id
"""

from typing import assert_never

from libs.contracts.holds import is_our_hold
from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold, MoveBack
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Meeting
from libs.graph.client import GraphClient
from libs.graph.errors import Gone, NotFound


async def look(
    client: GraphClient, mailbox: str, message: IntentIssued, pointers: tuple[str, ...]
) -> tuple[Meeting, ...]:
    """Return the room's copy of the meeting, the organizer's own event, or all of our holds for the reservation.

    `mailbox` names the room's mailbox to Graph. `pointers` are more event ids that a hold may have. Raises what the
    client raises; NotFound is about the mailbox.
    """
    goal = message.intent
    match goal:
        case AnswerMeeting():
            return await _meeting(client, mailbox, goal.ical_uid, goal.event_id)
        case MoveBack():
            return await _meeting(client, goal.organizer, goal.ical_uid, None)
        case KeepHold() | DropHold():
            return await _holds(client, mailbox, message, goal, pointers)
        case _:
            assert_never(goal)


async def _meeting(client: GraphClient, mailbox: str, ical_uid: str, pointer: str | None) -> tuple[Meeting, ...]:
    if pointer is not None:
        copy = await _event(client, mailbox, pointer)
        if copy is not None and copy.ical_uid == ical_uid and not copy.is_cancelled:
            return (copy,)
    found = [Meeting.model_validate(event) for event in await client.find_events(mailbox, ical_uid)]
    # The calendar may hold a cancelled copy beside the copy of a new invitation.
    return tuple(sorted(found, key=lambda each: (each.is_cancelled, each.event_id))[:1])


async def _holds(
    client: GraphClient, mailbox: str, message: IntentIssued, goal: KeepHold | DropHold, pointers: tuple[str, ...]
) -> tuple[Meeting, ...]:
    known = [each for each in (goal.event_id, *pointers) if each is not None]
    found = [each for pointer in known if (each := await _event(client, mailbox, pointer)) is not None]
    found += [Meeting.model_validate(event) for event in await client.find_holds(mailbox, goal.reservation_id)]
    ours = {each.event_id: each for each in found if is_our_hold(each, goal.reservation_id, message.generation, known)}
    return tuple(ours.values())


async def _event(client: GraphClient, mailbox: str, event_id: str) -> Meeting | None:
    try:
        return Meeting.model_validate(await client.event(mailbox, event_id))
    except (NotFound, Gone):
        return None
