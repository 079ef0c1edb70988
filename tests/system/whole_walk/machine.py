"""The steps among which hypothesis chooses: who does what, alone or at the same moment, and when to look."""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from deploy.driver.http import Json
from tests.system.series_walk.steps import EXCHANGE, LOOKS, WEATHER, StoryMachine
from tests.system.series_walk.story import Exchange
from tests.system.whole_walk.deeds import (
    AT_ONCE,
    DAY,
    MEDDLING,
    MEETINGS,
    OFFICE,
    PATTERN,
    QUESTIONS,
    RULING,
    SERIES,
)
from tests.system.whole_walk.people import Deed
from tests.system.whole_walk.story import WholeStory, open_whole_story


class WholeMachine(StoryMachine[WholeStory]):
    """Everybody who may act on one room."""

    @initialize(skips=st.booleans(), exchange=EXCHANGE, weather=WEATHER, series=PATTERN, group=PATTERN, day=DAY)
    def open(self, skips: bool, exchange: Exchange, weather: Json, series: str, group: str, day: int) -> None:
        self.opened = self.walk.run(open_whole_story(self.walk, skips=skips, exchange=exchange))
        self.weather = weather
        first: Json = {"day": 0, "at": 0, "pattern": series, "times": 3}
        other: Json = {"day": day, "at": 2, "pattern": group, "times": 3, "without": 0, "skips": False}
        self._do([Deed("organizer", "create", first), Deed("office", "reserve_group", other)], looks=True)

    @rule(deed=SERIES, looks=LOOKS)
    def somebody_changes_a_series(self, deed: Deed, looks: bool) -> None:
        self._do([deed], looks=looks)

    @rule(deed=MEETINGS, looks=LOOKS)
    def somebody_changes_a_meeting(self, deed: Deed, looks: bool) -> None:
        self._do([deed], looks=looks)

    @rule(deed=OFFICE, looks=LOOKS)
    def an_administrator_changes_a_booking(self, deed: Deed, looks: bool) -> None:
        self._do([deed], looks=looks)

    @rule(deed=QUESTIONS, looks=LOOKS)
    def an_administrator_decides(self, deed: Deed, looks: bool) -> None:
        self._do([deed], looks=looks)

    @rule(deed=RULING)
    def a_rule_is_set_or_removed(self, deed: Deed) -> None:
        self._do([deed], looks=False)

    @rule(deed=MEDDLING, looks=LOOKS)
    def somebody_meddles(self, deed: Deed, looks: bool) -> None:
        self._do([deed], looks=looks)

    @rule(deeds=AT_ONCE, looks=LOOKS)
    def several_act_at_the_same_moment(self, deeds: Sequence[Deed], looks: bool) -> None:
        self._do(deeds, looks=looks)

    @rule(deeds=AT_ONCE)
    def several_act_at_the_same_moment_and_all_is_looked_at(self, deeds: Sequence[Deed]) -> None:
        self._do(deeds, looks=True)

    def _do(self, deeds: Sequence[Deed], *, looks: bool) -> None:
        self.step(self.story.do(deeds, self.weather), looks=looks)
