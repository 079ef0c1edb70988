"""What administrators can do to one room through the API: to their own bookings, to others', and to questions.

Which booking is meant is a number, counted round those that are live at that moment. A refusal with 409 is an answer
like any other; its reasons are returned as part of what was done.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from deploy.driver.administrator import Administrator, window_of
from deploy.driver.http import Json, RequestRefused
from deploy.driver.slots import Slot
from tests.system.series_walk.organizer import NothingToDo
from tests.system.series_walk.patterns import recurrence_of, slot_of

Scope = Literal["this", "following", "all"]
LIVE = ("pending", "confirmed")
MOST_DATES = 24


class WasRefused(Exception):
    """The API refused something with 409: what was done, in words, the times that were asked for, and the answer."""

    def __init__(self, what: str, asked: list[Slot], body: Json) -> None:
        super().__init__(f"{what}: refused, {reasons_in_words(body)}")
        self.asked = asked
        self.body = body


@dataclass
class Office:
    """Administrators of one space."""

    administrator: Administrator
    space: Json
    made: int = 0

    async def reserve(self, day: int, at: int, minutes: int) -> str:
        """Reserve the room once."""
        await self._has_room()
        title, when = self._title("Reservation"), slot_of(day, at)
        when = when.longer(minutes=minutes - 60)
        return await self._asking(
            f"{title} is made for {_in_words(when)}",
            [when],
            lambda: self.administrator.reserve(self.space, when, title),
        )

    async def reserve_group(self, day: int, at: int, pattern: str, times: int, *, without: int, skips: bool) -> str:
        """Reserve the room for every date of a recurrence, but for the date of this number after the first."""
        await self._has_room()
        title, when = self._title("Group"), slot_of(day, at)
        out = when.later(days=without)
        how: Json = {"on_conflict": "skip_conflicts"} if skips else {}
        if without and pattern in {"daily", "every other day"}:
            how |= {"rrule": f"FREQ=DAILY;COUNT={times}\nEXDATE:{out.start:%Y%m%dT%H%M%SZ}"}
        elif pattern == "daily":
            how |= {"rrule": f"FREQ=DAILY;COUNT={times}"}
        else:
            how |= {"recurrence": recurrence_of(pattern, when).times(times).body}
        told = f"{title} is made {how} from {_in_words(when)}"
        return await self._asking(told, [], lambda: self.administrator.reserve_group(self.space, when, title, **how))

    async def move(self, which: int, minutes: int, days: int, scope: Scope) -> str:
        """Give a booking another time; of a series one date, this and those after it, or all."""
        found, name = await self._booking(which)
        when = window_of(found).later(minutes=minutes, days=days)
        if when.start <= datetime.now(UTC):
            raise NothingToDo
        if found["group_id"] is None or scope == "this":
            told = f"{name} is to be at {_in_words(when)}"
            return await self._asking(told, [when], lambda: self.administrator.move(found, when))
        told = f"{name}, {scope}, is to be at {_in_words(when)}"
        return await self._asking(told, [], lambda: self.administrator.move_dates(found, scope, when))

    async def stretch(self, which: int, minutes: int, scope: Scope) -> str:
        """Let a booking end later or earlier."""
        found, name = await self._booking(which)
        when = window_of(found).longer(minutes=minutes)
        if when.end <= when.start:
            raise NothingToDo
        asked = [when] if scope == "this" or found["group_id"] is None else []
        fields = {"start": when.start.isoformat(), "end": when.end.isoformat()}
        told = f"{name}, {scope}, is to end at {when.end:%H:%M}"
        return await self._asking(
            told, asked, lambda: self.administrator.change(found, _scope_of(found, scope), **fields)
        )

    async def retitle(self, which: int, scope: Scope) -> str:
        """Give a booking another title."""
        found, name = await self._booking(which)
        title = f"{found['title']}, renamed"
        told = f"{name}, {scope}, is to have another title"
        return await self._asking(
            told, [], lambda: self.administrator.change(found, _scope_of(found, scope), title=title)
        )

    async def cancel(self, which: int, scope: Scope) -> str:
        """Cancel a booking; of a series one date, this and those after it, or all."""
        found, name = await self._booking(which)
        scope_of = _scope_of(found, scope)
        told = f"{name}{f', {scope}' if scope_of else ''}, is cancelled by an administrator"
        return await self._asking(told, [], lambda: self.administrator.cancel(found, "The room is needed.", scope_of))

    async def decide(self, which: int, *, approves: bool) -> str:
        """Approve or reject one of the questions that are open."""
        questions = await self.administrator.questions(self.space, "pending")
        if not questions:
            raise NothingToDo
        question = questions[which % len(questions)]
        told = f"the question about {question['asked']['title']} at {_in_words(window_of(question['asked']))} is "
        act = self.administrator.approve if approves else self.administrator.reject
        return await self._asking(told + ("approved" if approves else "rejected"), [], lambda: act(question))

    async def _asking(self, told: str, asked: list[Slot], act: Callable[[], Coroutine[Any, Any, Json]]) -> str:
        try:
            await act()
        except RequestRefused as refusal:
            if refusal.status != 409:
                raise
            raise WasRefused(told, asked, refusal.body) from refusal
        return told

    async def _has_room(self) -> None:
        if len(await self.administrator.reservations(self.space, *LIVE)) >= MOST_DATES:
            raise NothingToDo

    async def _booking(self, which: int) -> tuple[Json, str]:
        found = await self.administrator.reservations(self.space, *LIVE)
        if not found:
            raise NothingToDo
        chosen = found[which % len(found)]
        return chosen, f"{chosen['title']} at {_in_words(window_of(chosen))}"

    def _title(self, kind: str) -> str:
        self.made += 1
        return f"{kind} {self.made}"


def reasons_in_words(body: Json) -> str:
    """Return the reasons of a refusal, or what it says."""
    reasons = [f"{each['rule']} {each['actual']}" for each in body.get("reasons") or ()]
    return ", ".join(reasons) or str(body.get("detail"))


def _scope_of(reservation: Json, scope: Scope) -> Scope | None:
    return None if reservation["group_id"] is None else scope


def _in_words(when: Slot) -> str:
    return f"{when.start:%a %d %b %H:%M}"
