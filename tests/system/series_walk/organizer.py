"""What an organizer can do to the series of one room: whatever Outlook lets them.

Which series and which date is meant is a number, counted round those that there are. Every deed returns a sentence
that says what was done; one that Outlook refuses, or that has nothing to be done to, changes nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from deploy.driver.http import Json
from deploy.driver.mailbox import original_date, when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import OutlookRecurrence
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.slots import Slot
from tests.system.series_walk.patterns import recurrence_of, slot_of

MOST_SERIES = 3


class NothingToDo(Exception):
    """There is nothing that could be done so."""


@dataclass
class OrganizedSeries:
    """A series that was made. `taken_out` are the dates deleted, or on which the room is not asked for any more.

    `touched` are the dates that were changed by themselves since both sides were last quiet.
    """

    user: OutlookUser
    event: Json
    title: str
    is_off: bool = False
    taken_out: set[date] = field(default_factory=set)
    touched: set[date] = field(default_factory=set)


@dataclass
class Organizer:
    """Somebody, or two of them by turns, with series in one room.

    `keeps_when_cut`: a series that is only cut or extended keeps what single dates have of their own.
    """

    people: tuple[OutlookUser, ...]
    room: RoomCalendar
    keeps_when_cut: bool = False
    made: list[OrganizedSeries] = field(default_factory=list)

    @property
    def live(self) -> list[OrganizedSeries]:
        return [each for each in self.made if not each.is_off]

    async def create(self, day: int, at: int, pattern: str, times: int) -> str:
        if len(self.live) >= MOST_SERIES:
            raise NothingToDo
        when, title = slot_of(day, at), f"Series {len(self.made) + 1}"
        user = self.people[len(self.made) % len(self.people)]
        event = await user.invite_series(title, when, recurrence_of(pattern, when).times(times), self.room)
        self.made.append(OrganizedSeries(user, event, title))
        return f"{user.name} makes {title}, {pattern}, {times} times from {_day(when)}"

    async def move_date(self, which: int, nth: int, minutes: int, days: int) -> str:
        series, one = await self._date(which, nth)
        when = when_of(one).later(minutes=minutes, days=days)
        if when.start <= datetime.now(UTC):
            raise NothingToDo
        await series.user.move(one, when)
        return f"{_date(series, one)} is moved to {_day(when)}"

    async def accept_proposal(self, which: int, nth: int) -> str:
        """Move a date to the time that the room proposes for it."""
        series, one = await self._date(which, nth)
        when = proposal_of(one, self.room)
        if when is None:
            raise NothingToDo
        await series.user.move(one, when)
        return f"{_date(series, one)} is moved to {_day(when)}, as the room proposes"

    async def delete_date(self, which: int, nth: int, *, with_a_word: bool) -> str:
        series, one = await self._date(which, nth)
        await (series.user.cancel(one) if with_a_word else series.user.delete(one))
        series.taken_out.add(original_date(one))
        return f"{_date(series, one)} is {'cancelled' if with_a_word else 'deleted'}"

    async def retitle_date(self, which: int, nth: int) -> str:
        series, one = await self._date(which, nth)
        await series.user.change(one, subject=f"{one['subject']}, changed")
        return f"{_date(series, one)} has another title"

    async def turn_date(self, which: int, nth: int) -> str:
        """Take the room off one date, or ask for it again there.

        Not asked for is a date of a series that the room was taken out of: its copy is then a cancelled series with
        one date that is on, which is not answered. Whether Exchange would show it so is not known.
        """
        series, one = await self._date(which, nth)
        if not self._asks(await series.user.event(series.event)):
            raise NothingToDo
        if self._asks(one):
            await series.user.remove(one, self.room)
            series.taken_out.add(original_date(one))
            return f"{_date(series, one)} no longer asks for the room"
        await series.user.add(one, self.room)
        series.taken_out.discard(original_date(one))
        return f"{_date(series, one)} asks for the room again"

    async def move_all(self, which: int, minutes: int) -> str:
        series, master = await self._master(which)
        when = when_of(master).later(minutes=minutes)
        await series.user.move(master, when)
        series.taken_out.clear()
        return f"{series.title} is moved by {minutes} minutes to {_day(when)}"

    async def end(self, which: int, days: int) -> str:
        series, master = await self._master(which)
        last = when_of(master).start.date() + timedelta(days=days)
        await series.user.end_series(master, last)
        self._is_cut(series)
        return f"{series.title} ends with {last:%d %b}"

    async def repeat_otherwise(self, which: int, pattern: str, days: int, times: int) -> str:
        """Give a series another pattern, from the day on that it has, or from another one."""
        series, master = await self._master(which)
        when = when_of(master).later(days=days)
        recurrence = recurrence_of(pattern, when).times(times)
        await series.user.change(master, **_times_of(when, master), recurrence=recurrence.body)
        series.taken_out.clear()
        return f"{series.title} is {pattern}, {times} times from {_day(when)}"

    async def split(self, which: int, nth: int, minutes: int, *, new_first: bool) -> str:
        """Give this date and those that follow another time, as a series of their own."""
        if len(self.live) >= MOST_SERIES:
            raise NothingToDo
        series, one = await self._date(which, nth)
        day, when = original_date(one), when_of(one).later(minutes=minutes)
        if day == await self._first_day(series):
            raise NothingToDo
        try:
            event = await series.user.this_and_following(series.event, day, when, new_first=new_first)
        finally:
            self._is_cut(series)
        self.made.append(OrganizedSeries(series.user, event, series.title))
        order = "the new one first" if new_first else "the old one first"
        return f"{series.title} is another series from {day:%d %b} on, at {_day(when)}, {order}"

    async def call_off(self, which: int, *, with_a_word: bool) -> str:
        series, master = await self._master(which)
        await (series.user.cancel(master) if with_a_word else series.user.delete(master))
        series.is_off = True
        return f"{series.title} is {'cancelled' if with_a_word else 'deleted'}"

    async def turn(self, which: int) -> str:
        """Take the room out of a series, or ask for it again."""
        series, master = await self._master(which)
        if self._asks(master):
            await series.user.remove(master, self.room)
            return f"{series.title} no longer asks for the room"
        if await self._has_left_dates(series, master):
            raise NothingToDo
        await series.user.add(master, self.room)
        return f"{series.title} asks for the room again"

    async def retitle(self, which: int) -> str:
        series, master = await self._master(which)
        await series.user.change(master, subject=f"{master['subject']}, changed")
        return f"{series.title} has another title"

    async def _has_left_dates(self, series: OrganizedSeries, master: Json) -> bool:
        """Whether the room's cancelled copy of a series lacks dates that the room declined by themselves.

        Such a series is not asked for again: the simulator does not put those dates back, as its organizer may expect,
        so that nobody but the organizer knows that they are asked for. What Exchange does is not known.
        """
        copies = await self.room.copies(master["iCalUId"])
        left = {
            day for each in copies if each["type"] == "seriesMaster" for day in await self.room.cancelled_dates(each)
        }
        return bool(left - series.taken_out)

    def _is_cut(self, series: OrganizedSeries) -> None:
        if not self.keeps_when_cut:
            series.taken_out.clear()

    def _asks(self, event: Json) -> bool:
        return self.room.address.lower() in {each["emailAddress"]["address"].lower() for each in event["attendees"]}

    async def _master(self, which: int) -> tuple[OrganizedSeries, Json]:
        if not self.live:
            raise NothingToDo
        series = self.live[which % len(self.live)]
        return series, await series.user.event(series.event)

    async def _date(self, which: int, nth: int) -> tuple[OrganizedSeries, Json]:
        series, master = await self._master(which)
        found = await series.user.occurrences(master)
        if not found:
            raise NothingToDo
        one = found[nth % len(found)]
        series.touched.add(original_date(one))
        return series, one

    async def _first_day(self, series: OrganizedSeries) -> date:
        return OutlookRecurrence.of(await series.user.event(series.event)).first


def proposal_of(event: Json, room: RoomCalendar) -> Slot | None:
    """Return the time that a room proposes on an organizer's event; None if it proposes none."""
    for each in event["attendees"]:
        if each["emailAddress"]["address"].lower() == room.address.lower() and each.get("proposedNewTime"):
            return when_of(each["proposedNewTime"])
    return None


def _times_of(when: Slot, master: Json) -> Json:
    zone = master["start"]["timeZone"]
    return {
        name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": zone}
        for name, at in (("start", when.start), ("end", when.end))
    }


def _day(when: Slot) -> str:
    return f"{when.start:%a %d %b %H:%M}"


def _date(series: OrganizedSeries, one: Json) -> str:
    return f"{series.title} on {original_date(one):%d %b}"
