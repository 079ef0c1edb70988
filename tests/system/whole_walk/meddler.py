"""What somebody with rights on the room's calendar can do to our holds there; all of it is to be put back."""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.driver.http import Json, RequestRefused
from deploy.driver.mailbox import when_of
from deploy.driver.room_calendar import RoomCalendar
from tests.system.series_walk.organizer import NothingToDo
from tests.system.series_walk.sides import LOOKS_AHEAD

GONE = 404
MOST_TIMES = 2
"""How often one booking's hold is meddled with: what is undone again and again is left alone and becomes a finding."""


@dataclass
class Meddler:
    """Somebody who changes what is not theirs. `done` counts what they did, by the title that a booking was given."""

    room: RoomCalendar
    done: Counter[str] = field(default_factory=Counter)

    async def drag(self, which: int, minutes: int) -> str:
        """Move a hold, or one date of a recurring one."""
        hold = await self._hold(which)
        when = when_of(hold).later(minutes=minutes)
        await self._meddle(self.room.drag(hold, when))
        return f"somebody drags the hold of {hold['subject']} from {when_of(hold)} to {when}"

    async def take_off(self, which: int) -> str:
        """Delete a hold, or one date of a recurring one."""
        hold = await self._hold(which)
        await self._meddle(self.room.take_off(hold))
        return f"somebody deletes the hold of {hold['subject']} at {when_of(hold)}"

    async def _meddle(self, deed: Awaitable[None]) -> None:
        try:
            await deed
        except RequestRefused as refusal:
            if refusal.status == GONE:
                raise NothingToDo from refusal
            raise

    async def _hold(self, which: int) -> Json:
        now = datetime.now(UTC)
        window = {"startDateTime": now.isoformat(), "endDateTime": (now + LOOKS_AHEAD).isoformat(), "$top": "1000"}
        found = await self.room.graph.listing(f"{self.room.path}/calendarView", **window)
        holds = [each for each in found if each["isOrganizer"] and not each["isCancelled"]]
        left = [each for each in holds if self.done[_given_title(each)] < MOST_TIMES]
        if not left:
            raise NothingToDo
        hold = left[which % len(left)]
        self.done[_given_title(hold)] += 1
        return hold


def _given_title(hold: Json) -> str:
    return str(hold["subject"]).partition(",")[0]
