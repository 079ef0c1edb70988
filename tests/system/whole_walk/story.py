"""What happens to one room: deeds of anybody, alone or at the same moment, and looks that judge what came of them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from tests.system.series_walk.agreement import check_taken_away, find_unanswered
from tests.system.series_walk.organizer import NothingToDo, OrganizedSeries, Organizer
from tests.system.series_walk.quiet import AGREES_WITHIN_S, delivered, settled
from tests.system.series_walk.sides import DateKey, series_of
from tests.system.series_walk.story import CALM, Exchange, Tally
from tests.system.series_walk.walk import Walk
from tests.system.whole_walk.agreement import check_room
from tests.system.whole_walk.justice import check_organizers_refusals, check_refusal
from tests.system.whole_walk.meddler import Meddler
from tests.system.whole_walk.meetings import Meetings
from tests.system.whole_walk.office import Office, WasRefused
from tests.system.whole_walk.people import Deed, People
from tests.system.whole_walk.reading import NOTHING_YET, WholeRoom, read_outlook, read_room
from tests.system.whole_walk.rules import Rules

OUTLOOKS = ("organizer", "meetings", "meddler")


@dataclass
class WholeStory:
    """One room and everybody who acts on it. `outcomes` are those of the comparisons of a space, by its id.

    `sides` are as of the last look, `since` is what was done since then.
    `overtaken` are dates that may have been changed just when their series was declined: by one of several deeds.
    """

    cast: Cast
    room: BookableRoom
    people: People
    tally: Tally
    outcomes: Callable[[str], Sequence[str]]
    sides: WholeRoom = NOTHING_YET
    since: list[Deed] = field(default_factory=list)
    overtaken: set[DateKey] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        """Whether anything was done since the last look."""
        return bool(self.since)

    def forget_changes(self) -> None:
        """Have nothing to look at, until something is done."""
        self.since.clear()

    async def do(self, deeds: Sequence[Deed], weather: Json) -> None:
        """Have something done, several things at the same moment, while notifications fare as `weather` says."""
        await self._set(weather)
        is_alone = len(deeds) == 1 and not self.since
        done = await asyncio.gather(*(self._do(each) for each in deeds), return_exceptions=True)
        told: list[str] = []
        for deed, what in zip(deeds, done, strict=True):
            match what:
                case str():
                    told.append(what)
                    self.since.append(deed)
                    self.tally.deeds += 1
                case NothingToDo():
                    continue
                case WasRefused():
                    told.append(str(what))
                    self.tally.refusals += 1
                    if is_alone:
                        self.told += told
                        check_refusal(what, self.sides, self.people.rules)
                        return
                case RequestRefused() if deed.who in OUTLOOKS and what.status < 500:
                    told.append(f"{deed.who} {deed.what}: refused by Outlook: {what}")
                case BaseException():
                    self.told += [*told, f"{deed} fails"]
                    raise what
        if told:
            self.told.append(" | AT ONCE | ".join(told))

    async def look(self, weather: Json) -> None:
        """Wait until both sides are quiet, and check what came of the deeds since they last were."""
        # What was done reaches the room by mail first, and notifications of that fare as before.
        await delivered(self.cast)
        await self._set(CALM)
        self.told.append(f"... is looked at, after {weather}")
        if len(self.since) > 1:
            self.overtaken |= self._dates(lambda each: each.touched)
        after = await settled(self.cast, self.room, self._agreeing)
        await self._compared()
        if len(self.since) == 1 and self.since[0].who in {"organizer", "meetings"}:
            check_organizers_refusals(self.sides, after, self.people.rules)
        self.sides = after
        self.since.clear()
        self.people.rules.quiet()
        self.overtaken = find_unanswered(after, self.overtaken)
        for each in self.people.organizer.made:
            each.touched.clear()
        self.tally.looks += 1

    async def close(self) -> None:
        """Take the room away from everybody."""
        await self.cast.administrator.delete(self.room.space, confirm=True)

    async def look_at_the_end(self) -> None:
        """Wait until everybody who asks for the room that was taken away sees it declined."""
        self.told.append("the room is taken away")

        async def look() -> None:
            check_taken_away(await read_outlook(self.room, self.people), self.overtaken)

        await eventually(look, within_s=AGREES_WITHIN_S)

    async def _do(self, deed: Deed) -> str:
        return await self.people.do(deed)

    async def _agreeing(self) -> WholeRoom:
        room = await read_room(self.cast, self.room, self.people)
        check_room(room, self._dates(lambda each: each.taken_out), self.overtaken)
        return room

    async def _compared(self) -> None:
        """Wait until a comparison finds that both sides agree, as they should wherever nothing is under way."""

        async def look() -> None:
            found = self.outcomes(self.room.space["id"])
            expect(found[-1:] == ["agrees"], f"both sides agree, and comparisons find that it {found[-5:]}")

        await eventually(look, within_s=AGREES_WITHIN_S)

    def _dates(self, which: Callable[[OrganizedSeries], set[date]]) -> set[DateKey]:
        made = self.people.organizer.made
        return {DateKey(series_of(each.event["iCalUId"]), day) for each in made for day in which(each)}

    async def _set(self, weather: Json) -> None:
        await self.cast.tenant.control.send("PUT", "/delivery", body=weather)


async def open_whole_story(walk: Walk, *, skips: bool, exchange: Exchange) -> WholeStory:
    """Make a room, two organizers, and those who administer it; by policy, it may decline single dates of a series."""
    cast = walk.cast
    room = await cast.room()
    await cast.tenant.control.send("PUT", "/options", body=exchange.options)
    if skips:
        await cast.administrator.set_policy(room.space, "series", {"allowed": True, "on_conflict": "skip_conflicts"})
    people = tuple([await cast.user(name) for name in ("ada", "ben")])
    who = People(
        Organizer(people, room.calendar, keeps_when_cut=exchange.range_change_keeps_exceptions),
        Meetings(people, room.calendar),
        Office(cast.administrator, room.space),
        Rules(cast.administrator, room.space),
        Meddler(room.calendar),
    )
    return WholeStory(cast, room, who, walk.tally, walk.outcomes)
