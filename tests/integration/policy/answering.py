"""Meetings of a room that were answered."""

from uuid import UUID

from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Meeting
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window


async def accepted(ledger: Ledger, room: Room, start: float = 9) -> tuple[Meeting, UUID]:
    """Book a room by an invitation that then shows the answer."""
    seen = meeting(window(start))
    await ledger.observe(room, seen)
    await ledger.settle(MeetingKey(room.id, seen.ical_uid), event_id=seen.event_id, ical_uid=seen.ical_uid)
    shown = again(seen, answer="accepted")
    await ledger.observe(room, shown)
    [booked] = [each for each in await ledger.reservations(room) if each["ical_uid"] == seen.ical_uid]
    return shown, booked["id"]


async def answer_to(ledger: Ledger, room: Room, seen: Meeting) -> AnswerMeeting:
    """Return the answer that is wanted on the calendar."""
    wanted = await ledger.wanted(MeetingKey(room.id, seen.ical_uid))
    assert isinstance(wanted, AnswerMeeting)
    return wanted
