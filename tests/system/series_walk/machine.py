"""The steps among which hypothesis chooses: what the organizer does, how notifications fare, and when to look.

A machine runs in a thread of its own and acts on the loop of the test. What was done is kept in words with the error,
because the same steps need not fail again: what else happens at the time is not for us to say.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from deploy.driver.http import Json
from tests.system.series_walk.organizer import Organizer
from tests.system.series_walk.patterns import PATTERNS
from tests.system.series_walk.story import CALM, Exchange, Story, open_story
from tests.system.series_walk.walk import TimeIsUp, Walk

WHICH = st.integers(0, 2)
NTH = st.integers(0, 4)
TIMES = st.integers(2, 4)
PATTERN = st.sampled_from(PATTERNS)
MINUTES = st.sampled_from([60, -60, 30, -30, 120])
LOOKS = st.booleans()
NewSeries = tuple[int, int, str, int]
EXCHANGE = st.builds(Exchange, st.sampled_from([(0.01, 0.05), (0.3, 1.2)]), st.booleans())
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


class SeriesMachine(RuleBasedStateMachine):
    """An organizer with two series of one room."""

    walk: Walk

    def __init__(self) -> None:
        super().__init__()
        if self.walk.is_over:
            raise TimeIsUp
        self.walk.tally.machines += 1
        self.weather: Json = CALM
        self.story: Story | None = None

    @initialize(
        people=st.integers(1, 2), skips=st.booleans(), exchange=EXCHANGE, weather=WEATHER, first=SERIES, second=SERIES
    )
    def open(
        self,
        people: int,
        skips: bool,
        exchange: Exchange,
        weather: Json,
        first: NewSeries,
        second: NewSeries,
    ) -> None:
        opened = open_story(self.walk.cast, self.walk.tally, people=people, skips=skips, exchange=exchange)
        self.story = self.walk.run(opened)
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
                self._told(self.story.look(self.weather))
        finally:
            self.walk.run(self.story.close())
        if not self.walk.has_failed:
            self._told(self.story.look_at_the_end())

    def _do(self, deed: Callable[[Organizer], Coroutine[Any, Any, str]], looks: bool) -> None:
        assert self.story is not None
        if self.walk.is_over:
            self.story.changes = 0
            raise TimeIsUp
        self._told(self.story.do(deed, self.weather))
        if looks and self.story.changes:
            self._told(self.story.look(self.weather))

    def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something; if it fails, say all that was done before."""
        assert self.story is not None
        try:
            self.walk.run(work)
        except Exception as error:
            self.walk.has_failed = True
            error.add_note("\n".join([f"What was done, with seed {self.walk.seed}:", *self.story.told]))
            # Nothing is looked at again at the end.
            self.story.changes = 0
            raise
