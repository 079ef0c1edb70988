"""Meetings in Outlook that a space declines because it is taken, and the pages by which their organizers act."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import httpx2

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.handlers import InLane, ToSender
from libs.common.topology import Lane
from libs.contracts.intents import AnswerMeeting
from libs.contracts.messages import IntentIssued, MeetingObserved
from libs.contracts.values import Meeting, Observation, Person
from services.policy.handlers.observations import ObservationHandlers
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.world import LINKS, World, at

BEN = Person(address="ben@example.org", name="Ben")
_LINK = re.compile(r"http://roomsync\.example\.org(/links/\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class DeclinedMeeting:
    """A meeting that was declined, the reservation that says so, and what its organizer was told."""

    meeting: Meeting
    reservation_id: str
    comment: str

    @property
    def path(self) -> str:
        """Return the path of the link in the answer, with which it ends."""
        return path_of(self.comment)


def meeting(start: float = 9, end: float = 10, **changed: Any) -> Meeting:
    """Make a meeting of Ben's."""
    uid = f"uid-{uuid4()}"
    usual = {"event_id": f"event-{uid}", "ical_uid": uid, "subject": "Review", "organizer": BEN}
    usual |= {"start": datetime.fromisoformat(at(start)), "end": datetime.fromisoformat(at(end))}
    return Meeting.model_validate({**usual, "answer": "notResponded", **changed})


async def seen(world: World, space: dict[str, Any], found: Meeting) -> AnswerMeeting:
    """Have a space observe a meeting; return the answer to it."""
    handlers = ObservationHandlers(replace(PATIENCE, links=LINKS))
    async with world.pool.acquire() as conn, conn.transaction():
        observation = Observation(
            space_id=UUID(space["id"]),
            room_mailbox=space["mapping"]["room_mailbox"],
            ical_uid=found.ical_uid,
            observed_at=await conn.fetchval("SELECT clock_timestamp()"),
            meeting=found,
        )
        message = MeetingObserved(space_id=UUID(space["id"]), observation=observation)
        followed = await handlers.on_meeting_observed(conn, message)
        caused = [each.message if isinstance(each, InLane) else each for each in followed]
        rows = [(each, Lane.LIVE) for each in caused if not isinstance(each, ToSender)]
        await outbox.add(conn, world.app.state.context.codec, rows, correlation_id="test", now=utc_now())
    answers = [each.intent for each in caused if isinstance(each, IntentIssued)]
    [answer] = [each for each in answers if isinstance(each, AnswerMeeting)]
    return answer


async def declined(world: World, space: dict[str, Any], asked: Meeting | None = None) -> DeclinedMeeting:
    """Have a meeting declined by a space that is taken."""
    asked = asked or meeting()
    answer = await seen(world, space, asked)
    assert answer.answer == "declined", answer
    found = await world.pool.fetchval(
        "SELECT id FROM reservations WHERE space_id = $1 AND ical_uid = $2 AND status = 'declined'",
        UUID(space["id"]),
        asked.ical_uid,
    )
    return DeclinedMeeting(asked, str(found), answer.comment)


def path_of(text: str) -> str:
    """Return the path of the one link in a text."""
    [path] = _LINK.findall(text)
    return str(path)


async def opened(world: World, path: str, status: int = 200) -> str:
    """Open a page in a browser; return its text."""
    answer = await world.http.get(path)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


async def pressed(world: World, path: str, action: str) -> httpx2.Response:
    """Press a button of a page."""
    return await world.http.post(path, data={"action": action})


def buttons(page: str) -> list[str]:
    """Return what the buttons of a page do."""
    return re.findall(r'<button name="action" value="([^"]*)"', page)


async def live(world: World, *space_ids: str) -> list[dict[str, Any]]:
    """Read the live reservations of spaces."""
    found = []
    for each in space_ids:
        answer = await world.call("GET", f"/v1/reservations?space_id={each}&status=pending,confirmed")
        found += answer.json()["items"]
    return found
