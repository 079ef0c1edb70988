"""What happens to one room: deeds of its organizer, and looks that judge what came of them."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually
from deploy.driver.http import Json, RequestRefused
from tests.system.series_walk.agreement import check_agreement, check_taken_away, find_unanswered
from tests.system.series_walk.fairness import (
    REFUSALS,
    check_keeping,
    check_last_mails,
    check_mails,
    check_mails_on_dates,
    check_refusals,
)
from tests.system.series_walk.organizer import NothingToDo, OrganizedSeries, Organizer
from tests.system.series_walk.quiet import AGREES_WITHIN_S, delivered, settled
from tests.system.series_walk.sides import DateKey, Sides, read_outlook, read_sides, series_of

CALM = {"delay_ms": [0, 20], "extra_updates": [0, 1], "duplicate": 0, "drop": 0, "reorder": 0}
NOTHING_YET = Sides({}, {}, {}, (), {})


@dataclass
class Tally:
    """How much was done and looked at, and how many looks found something refused."""

    machines: int = 0
    deeds: int = 0
    looks: int = 0
    refusals: int = 0


@dataclass
class Story:
    """One room and its organizer. `sides` and `mailed` are of the last look, `changes` counts deeds since then.

    `overtaken` are dates that may have been changed just when their series was declined: by one of several changes.
    """

    cast: Cast
    room: BookableRoom
    organizer: Organizer
    tally: Tally
    sides: Sides = NOTHING_YET
    mailed: int = 0
    changes: int = 0
    overtaken: set[DateKey] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        """Whether anything was done since the last look."""
        return self.changes > 0

    def forget_changes(self) -> None:
        """Have nothing to look at, until something is done."""
        self.changes = 0

    async def do(self, deed: Callable[[Organizer], Coroutine[Any, Any, str]], weather: Json) -> None:
        """Have the organizer do something, while notifications fare as `weather` says."""
        await self._set(weather)
        try:
            self.told.append(await deed(self.organizer))
        except NothingToDo:
            return
        except RequestRefused as refusal:
            self.told.append(f"refused: {refusal}")
            return
        self.tally.deeds += 1
        self.changes += 1

    async def look(self, weather: Json) -> None:
        """Wait until both sides are quiet, and check what came of the changes since they last were."""
        # What was done reaches the room by mail first, and notifications of that fare as before.
        await delivered(self.cast)
        await self._set(CALM)
        self.told.append(f"... is looked at, after {weather}")
        if self.changes > 1:
            self.overtaken |= self._dates(lambda each: each.touched)
        after = await settled(self.cast, self.room, self._agreeing)
        mails = await self._answers()
        if self.changes == 1:
            check_refusals(self.sides, after)
            check_keeping(self.sides, after)
            check_mails(mails[self.mailed :])
            check_mails_on_dates(mails[self.mailed :], self.sides, after)
        check_last_mails(mails, after)
        self.sides, self.mailed, self.changes = after, len(mails), 0
        self.overtaken = find_unanswered(after, self.overtaken)
        for each in self.organizer.made:
            each.touched.clear()
        self.tally.looks += 1
        self.tally.refusals += any(each.answer in REFUSALS for each in after.asked.values())

    async def close(self) -> None:
        """Take the room away from everybody."""
        await self.cast.administrator.delete(self.room.space, confirm=True)

    async def look_at_the_end(self) -> None:
        """Wait until everybody who asks for the room that was taken away sees it declined, on every date."""
        self.told.append("the room is taken away")

        async def look() -> None:
            sides = await read_outlook(self.room, self.organizer.made)
            check_taken_away(sides, self.overtaken)

        await eventually(look, within_s=AGREES_WITHIN_S)

    async def _agreeing(self) -> Sides:
        sides = await read_sides(self.cast, self.room, self.organizer.made)
        check_agreement(sides, self._dates(lambda each: each.taken_out), self.overtaken)
        return sides

    def _dates(self, which: Callable[[OrganizedSeries], set[date]]) -> set[DateKey]:
        made = self.organizer.made
        return {DateKey(series_of(each.event["iCalUId"]), day) for each in made for day in which(each)}

    async def _answers(self) -> list[Json]:
        """Return the answers that the room mailed to anybody, oldest first."""
        people, calendar = self.organizer.people, self.room.calendar
        found = [each for who in people for each in await self.cast.tenant.answer_mails(who, calendar)]
        return sorted(found, key=lambda each: str(each["at"]))

    async def _set(self, weather: Json) -> None:
        await self.cast.tenant.control.send("PUT", "/delivery", body=weather)


@dataclass(frozen=True, slots=True)
class Exchange:
    """How Exchange is: how many seconds until an answer that it acknowledged is on the room's calendar.

    `range_change_keeps_exceptions`: what single dates have of their own survives if a series is only cut or extended.
    """

    answers_take: tuple[float, float]
    range_change_keeps_exceptions: bool

    @property
    def options(self) -> Json:
        """Return what the simulator is told."""
        return {
            "response_delay": self.answers_take,
            "range_change_keeps_exceptions": self.range_change_keeps_exceptions,
        }


async def open_story(cast: Cast, tally: Tally, *, people: int, skips: bool, exchange: Exchange) -> Story:
    """Make a room, and one organizer or two; by policy, the room may decline single dates of a series."""
    room = await cast.room()
    await cast.tenant.control.send("PUT", "/options", body=exchange.options)
    if skips:
        await cast.administrator.set_policy(room.space, "series", {"allowed": True, "on_conflict": "skip_conflicts"})
    organizers = [await cast.user(name) for name in ("ada", "ben")[:people]]
    keeps = exchange.range_change_keeps_exceptions
    return Story(cast, room, Organizer(tuple(organizers), room.calendar, keeps_when_cut=keeps), tally)
