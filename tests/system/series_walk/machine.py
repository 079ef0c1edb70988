"""The steps among which hypothesis chooses: what the organizer does, how notifications fare, and when to look."""

from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from deploy.driver.http import Json
from tests.system.series_walk.organizer import Organizer
from tests.system.series_walk.patterns import PATTERNS
from tests.system.series_walk.steps import EXCHANGE, LOOKS, WEATHER, StoryMachine
from tests.system.series_walk.story import Exchange, Story, open_story

WHICH = st.integers(0, 2)
NTH = st.integers(0, 4)
TIMES = st.integers(2, 4)
PATTERN = st.sampled_from(PATTERNS)
MINUTES = st.sampled_from([60, -60, 30, -30, 120])
NewSeries = tuple[int, int, str, int]
# Few days and hours, so that series are often in each other's way, and often side by side.
SERIES = st.tuples(st.integers(0, 1), st.sampled_from([0, 2]), PATTERN, TIMES)


class SeriesMachine(StoryMachine[Story]):
    """An organizer with two series of one room."""

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
        self.opened = self.walk.run(opened)
        self.weather = weather
        self._do(lambda who: who.create(*first), looks=False)
        self._do(lambda who: who.create(*second), looks=True)

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

    def _do(self, deed: Callable[[Organizer], Coroutine[Any, Any, str]], looks: bool) -> None:
        self.step(self.story.do(deed, self.weather), looks=looks)
