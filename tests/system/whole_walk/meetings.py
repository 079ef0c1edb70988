"""What organizers can do to single meetings in one room: whatever Outlook lets them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.driver.http import Json
from deploy.driver.mailbox import when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.room_calendar import RoomCalendar
from tests.system.series_walk.organizer import NothingToDo, proposal_of
from tests.system.series_walk.patterns import slot_of

MOST_MEETINGS = 4


@dataclass
class MadeMeeting:
    """A single meeting, by its organizer's event."""

    user: OutlookUser
    event: Json
    title: str
    is_off: bool = False


@dataclass
class Meetings:
    """Single meetings of some people in one room."""

    people: Sequence[OutlookUser]
    room: RoomCalendar
    made: list[MadeMeeting] = field(default_factory=list)

    @property
    def live(self) -> list[MadeMeeting]:
        return [each for each in self.made if not each.is_off]

    async def make(self, day: int, at: int) -> str:
        """Invite the room to a meeting."""
        if len(self.live) >= MOST_MEETINGS:
            raise NothingToDo
        when, title = slot_of(day, at), f"Meeting {len(self.made) + 1}"
        user = self.people[len(self.made) % len(self.people)]
        self.made.append(made := MadeMeeting(user, {}, title, is_off=True))
        made.event = await user.invite(title, when, self.room)
        made.is_off = False
        return f"{user.name} makes {title} on {when.start:%a %d %b %H:%M}"

    async def move(self, which: int, minutes: int, days: int) -> str:
        """Give a meeting another time."""
        made = self._meeting(which)
        when = when_of(await made.user.event(made.event)).later(minutes=minutes, days=days)
        if when.start <= datetime.now(UTC):
            raise NothingToDo
        await made.user.move(made.event, when)
        return f"{made.title} is moved to {when.start:%a %d %b %H:%M}"

    async def accept_proposal(self, which: int) -> str:
        """Move a meeting to the time that the room proposes."""
        made = self._meeting(which)
        when = proposal_of(await made.user.event(made.event), self.room)
        if when is None:
            raise NothingToDo
        await made.user.move(made.event, when)
        return f"{made.title} is moved to {when.start:%a %d %b %H:%M}, as the room proposes"

    async def stretch(self, which: int, minutes: int) -> str:
        """Let a meeting end later."""
        made = self._meeting(which)
        when = when_of(await made.user.event(made.event)).longer(minutes=minutes)
        await made.user.move(made.event, when)
        return f"{made.title} ends at {when.end:%a %d %b %H:%M}"

    async def retitle(self, which: int) -> str:
        """Give a meeting another title."""
        made = self._meeting(which)
        event = await made.user.event(made.event)
        await made.user.change(made.event, subject=f"{event['subject']}, changed")
        return f"{made.title} has another title"

    async def turn(self, which: int) -> str:
        """Take the room out of a meeting, or ask for it again."""
        made = self._meeting(which)
        if await made.user.answer_of(self.room, made.event) != "not invited":
            await made.user.remove(made.event, self.room)
            return f"{made.title} no longer asks for the room"
        await made.user.add(made.event, self.room)
        return f"{made.title} asks for the room again"

    async def call_off(self, which: int, *, with_a_word: bool) -> str:
        """Cancel or delete a meeting."""
        made = self._meeting(which)
        made.is_off = True
        await (made.user.cancel(made.event) if with_a_word else made.user.delete(made.event))
        return f"{made.title} is {'cancelled' if with_a_word else 'deleted'}"

    def _meeting(self, which: int) -> MadeMeeting:
        if not self.live:
            raise NothingToDo
        return self.live[which % len(self.live)]
