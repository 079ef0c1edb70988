"""What every machine that walks does: it acts on one story, looks now and then, and says what was done if it fails.

A machine runs in a thread of its own and acts on the loop of the test. What was done is kept in words with the error,
because the same steps need not fail again: what else happens at the time is not for us to say.
"""

from collections.abc import Coroutine
from typing import Any, Generic, Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from deploy.driver.http import Json
from tests.system.series_walk.story import CALM, Exchange
from tests.system.series_walk.walk import TimeIsUp, Walk

LOOKS = st.booleans()
EXCHANGE = st.builds(Exchange, st.sampled_from([(0.01, 0.05), (0.3, 1.2)]), st.booleans())
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


class AnyStory(Protocol):
    """One room and whoever acts on it. `told` is what was done so far, in words."""

    told: list[str]

    @property
    def has_changed(self) -> bool:
        """Whether anything was done since the last look."""
        ...

    def forget_changes(self) -> None:
        """Have nothing to look at, until something is done."""

    async def look(self, weather: Json) -> None: ...

    async def close(self) -> None: ...

    async def look_at_the_end(self) -> None: ...


S = TypeVar("S", bound=AnyStory)


class StoryMachine(RuleBasedStateMachine, Generic[S]):
    """A machine whose steps are done in one story, which its first step opens."""

    walk: Walk

    def __init__(self) -> None:
        super().__init__()
        if self.walk.is_over:
            raise TimeIsUp
        self.walk.tally.machines += 1
        self.weather: Json = CALM
        self.opened: S | None = None

    @property
    def story(self) -> S:
        """Return the story; it is open in every step but the first."""
        assert self.opened is not None
        return self.opened

    @rule(weather=WEATHER)
    def notifications_fare_otherwise(self, weather: Json) -> None:
        self.weather = weather

    def teardown(self) -> None:
        if self.opened is None:
            return
        try:
            if self.story.has_changed:
                self._told(self.story.look(self.weather))
        finally:
            self.walk.run(self.story.close())
        if not self.walk.has_failed:
            self._told(self.story.look_at_the_end())

    def step(self, work: Coroutine[Any, Any, None], *, looks: bool) -> None:
        """Do something in the story, and look at what came of it, if wanted."""
        if self.walk.is_over:
            work.close()
            self.story.forget_changes()
            raise TimeIsUp
        self._told(work)
        if looks and self.story.has_changed:
            self._told(self.story.look(self.weather))

    def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something; if it fails, say all that was done before."""
        try:
            self.walk.run(work)
        except Exception as error:
            self.walk.has_failed = True
            error.add_note("\n".join([f"What was done, with seed {self.walk.seed}:", *self.story.told]))
            # Nothing is looked at again at the end.
            self.story.forget_changes()
            raise
