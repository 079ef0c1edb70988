"""The steps among which hypothesis chooses, how notifications fare meanwhile, and when both sides are looked at.

A machine runs in a thread of its own and acts on the loop of the test. What was done is kept in words with the error,
because the same steps need not fail again: what else happens at the time is not for us to say.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json, RequestRefused
from tests.system.series_walk.agreement import check_agreement
from tests.system.series_walk.fairness import REFUSALS, check_keeping, check_last_mails, check_mails, check_refusals
from tests.system.series_walk.organizer import PATTERNS, NothingToDo, Organizer
from tests.system.series_walk.quiet import settled
from tests.system.series_walk.sides import DateKey, Sides, read_sides, series_of

T = TypeVar("T")

STEP_WITHIN_S = 180
CALM = {"delay_ms": [0, 20], "extra_updates": [0, 1], "duplicate": 0, "drop": 0, "reorder": 0}

WHICH = st.integers(0, 2)
NTH = st.integers(0, 4)
TIMES = st.integers(2, 4)
PATTERN = st.sampled_from(PATTERNS)
MINUTES = st.sampled_from([60, -60, 30, -30, 120])
LOOKS = st.booleans()
NewSeries = tuple[int, int, str, int]
# Few days and hours, so that series are often in each other's way, and often side by side.
SERIES = st.tuples(st.integers(0, 1), st.sampled_from([0, 2]), PATTERN, TIMES)
WEATHER = st.fixed_dictionaries(
    {
        "delay_ms": st.sampled_from([[0, 20], [20, 80], [0, 800]]),
        "extra_updates": st.sampled_from([[0, 0], [1, 2], [2, 3]]),
        "duplicate": st.sampled_from([0, 0.5]),
        "drop": st.sampled_from([0, 1, 0.5]),
        "reorder": st.sampled_from([0, 0.5]),
        "seed": st.integers(0, 2**16),
    }
)


class TimeIsUp(KeyboardInterrupt):
    """The time that there is for walking is over. Hypothesis ends at once, as when somebody interrupts it."""


@dataclass
class Walk:
    """All machines of one test: the system they act on, for how long, and how far they came."""

    cast: Cast
    loop: asyncio.AbstractEventLoop
    until: float
    seed: int = 0
    machines: int = 0
    deeds: int = 0
    looks: int = 0
    refusals: int = 0
    has_failed: bool = False

    def __str__(self) -> str:
        return (
            f"{self.machines} machines did {self.deeds} deeds; of {self.looks} looks {self.refusals} found refusals; "
            f"the last seed was {self.seed}"
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the loop of the test, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(STEP_WITHIN_S)

    @property
    def is_over(self) -> bool:
        """Whether to begin no other machine. One that failed may be repeated, so that its steps become fewer."""
        return monotonic() > self.until and not self.has_failed


@dataclass
class Story:
    """One room, its organizer, and what was done since both sides were last quiet."""

    room: BookableRoom
    organizer: Organizer
    sides: Sides
    mailed: int = 0
    told: list[str] = field(default_factory=list)
    changes: int = 0


class SeriesMachine(RuleBasedStateMachine):
    """An organizer with two series of one room."""

    walk: Walk

    def __init__(self) -> None:
        super().__init__()
        if self.walk.is_over:
            raise TimeIsUp
        self.walk.machines += 1
        self.weather: Json = CALM
        self.story: Story | None = None

    @initialize(two=st.booleans(), skips=st.booleans(), weather=WEATHER, first=SERIES, second=SERIES)
    def open(self, two: bool, skips: bool, weather: Json, first: NewSeries, second: NewSeries) -> None:
        self.story = self.walk.run(_open(self.walk.cast, two=two, skips=skips))
        self.weather = weather
        self._do(lambda who: who.create(*first), looks=False)
        self._do(lambda who: who.create(*second), looks=True)

    @rule(weather=WEATHER)
    def notifications_fare_otherwise(self, weather: Json) -> None:
        self.weather = weather

    @rule(series=SERIES, looks=LOOKS)
    def create(self, series: NewSeries, looks: bool) -> None:
        self._do(lambda who: who.create(*series), looks)

    @rule(which=WHICH, nth=NTH, minutes=MINUTES, days=st.integers(-1, 1), looks=LOOKS)
    def move_one_date(self, which: int, nth: int, minutes: int, days: int, looks: bool) -> None:
        self._do(lambda who: who.move_date(which, nth, minutes, days), looks)

    @rule(which=WHICH, nth=NTH, with_a_word=st.booleans(), looks=LOOKS)
    def delete_one_date(self, which: int, nth: int, with_a_word: bool, looks: bool) -> None:
        self._do(lambda who: who.delete_date(which, nth, with_a_word=with_a_word), looks)

    @rule(which=WHICH, nth=NTH, looks=LOOKS)
    def retitle_one_date(self, which: int, nth: int, looks: bool) -> None:
        self._do(lambda who: who.retitle_date(which, nth), looks)

    @rule(which=WHICH, nth=NTH, looks=LOOKS)
    def remove_or_re_add_the_room_on_one_date(self, which: int, nth: int, looks: bool) -> None:
        self._do(lambda who: who.turn_date(which, nth), looks)

    @rule(which=WHICH, minutes=MINUTES, looks=LOOKS)
    def move_all(self, which: int, minutes: int, looks: bool) -> None:
        self._do(lambda who: who.move_all(which, minutes), looks)

    @rule(which=WHICH, days=st.integers(0, 30), looks=LOOKS)
    def extend_or_cut(self, which: int, days: int, looks: bool) -> None:
        self._do(lambda who: who.end(which, days), looks)

    @rule(which=WHICH, pattern=PATTERN, days=st.integers(0, 1), times=TIMES, looks=LOOKS)
    def repeat_otherwise(self, which: int, pattern: str, days: int, times: int, looks: bool) -> None:
        self._do(lambda who: who.repeat_otherwise(which, pattern, days, times), looks)

    @rule(which=WHICH, nth=NTH, minutes=st.sampled_from([0, 30, -30, 60]), new_first=st.booleans(), looks=LOOKS)
    def this_and_following(self, which: int, nth: int, minutes: int, new_first: bool, looks: bool) -> None:
        self._do(lambda who: who.split(which, nth, minutes, new_first=new_first), looks)

    @rule(which=WHICH, with_a_word=st.booleans(), looks=LOOKS)
    def call_off(self, which: int, with_a_word: bool, looks: bool) -> None:
        self._do(lambda who: who.call_off(which, with_a_word=with_a_word), looks)

    @rule(which=WHICH, looks=LOOKS)
    def remove_or_re_add_the_room(self, which: int, looks: bool) -> None:
        self._do(lambda who: who.turn(which), looks)

    @rule(which=WHICH, looks=LOOKS)
    def retitle(self, which: int, looks: bool) -> None:
        self._do(lambda who: who.retitle(which), looks)

    def teardown(self) -> None:
        if self.story is None:
            return
        try:
            if self.story.changes:
                self._told(self._look)
        finally:
            self.walk.run(_close(self.walk.cast, self.story))

    def _do(self, deed: Callable[[Organizer], Coroutine[Any, Any, str]], looks: bool) -> None:
        assert self.story is not None
        if self.walk.is_over:
            self.story.changes = 0
            raise TimeIsUp
        self._told(lambda story: self._step(story, deed, looks=looks))

    def _told(self, work: Callable[[Story], Coroutine[Any, Any, None]]) -> None:
        """Do something; if it fails, say all that was done before."""
        assert self.story is not None
        try:
            self.walk.run(work(self.story))
        except Exception as error:
            self.walk.has_failed = True
            error.add_note("\n".join([f"What was done, with seed {self.walk.seed}:", *self.story.told]))
            # Nothing is looked at again at the end.
            self.story.changes = 0
            raise

    async def _step(self, story: Story, deed: Callable[[Organizer], Coroutine[Any, Any, str]], *, looks: bool) -> None:
        await self.walk.cast.tenant.control.send("PUT", "/delivery", body=self.weather)
        try:
            story.told.append(await deed(story.organizer))
        except NothingToDo:
            return
        except RequestRefused as refusal:
            story.told.append(f"refused: {refusal}")
            return
        self.walk.deeds += 1
        story.changes += 1
        if looks:
            await self._look(story)

    async def _look(self, story: Story) -> None:
        """Wait until both sides are quiet, and check what came of the changes since they last were."""
        cast, made = self.walk.cast, story.organizer.made
        await cast.tenant.control.send("PUT", "/delivery", body=CALM)

        async def look() -> Sides:
            sides = await read_sides(cast, story.room, made)
            check_agreement(sides, _taken_out(story.organizer))
            return sides

        story.told.append(f"... is looked at, after {self.weather}")
        self.walk.looks += 1
        after = await settled(cast, story.room, look)
        mails = await _answers(cast, story)
        if story.changes == 1:
            check_refusals(story.sides, after)
            check_keeping(story.sides, after)
            check_mails(mails[story.mailed :])
        check_last_mails(mails, after)
        self.walk.refusals += any(each.answer in REFUSALS for each in after.asked.values())
        story.sides, story.mailed, story.changes = after, len(mails), 0


def _taken_out(organizer: Organizer) -> set[DateKey]:
    return {DateKey(series_of(each.event["iCalUId"]), day) for each in organizer.made for day in each.taken_out}


async def _answers(cast: Cast, story: Story) -> list[Json]:
    """Return the answers that the room mailed to anybody, oldest first."""
    found = [
        each for who in story.organizer.people for each in await cast.tenant.answer_mails(who, story.room.calendar)
    ]
    return sorted(found, key=lambda each: str(each["at"]))


async def _open(cast: Cast, *, two: bool, skips: bool) -> Story:
    room = await cast.room()
    if skips:
        await cast.administrator.set_policy(room.space, "series", {"allowed": True, "on_conflict": "skip_conflicts"})
    people = [await cast.user(name) for name in (("ada", "ben") if two else ("ada",))]
    return Story(room, Organizer(tuple(people), room.calendar), Sides({}, {}, {}, (), {}))


async def _close(cast: Cast, story: Story) -> None:
    """Have nobody compare this room any more."""
    await cast.administrator.delete(story.room.space, confirm=True)
