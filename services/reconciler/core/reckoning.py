"""What a comparison means for the drifts that are known: found, still standing, or gone; and what to ask policy about.

A drift is one thing from the pass that finds it to the first complete pass that does not. What is on its way to the
calendar is neither there nor gone. Policy is asked at once about what is new or stands otherwise than before, and
again, less and less often, about what stands as it stood.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.contracts.keys import Key
from libs.contracts.messages import DriftKind
from services.reconciler.core.brake import would_cancel
from services.reconciler.core.drift import Drift, kind_of
from services.reconciler.core.pace import Pace

Name = tuple[DriftKind, Key]


@dataclass(frozen=True, slots=True)
class Known:
    """A drift that was not gone when its room was last compared."""

    kind: DriftKind
    key: Key
    seen_as: str
    asks: int
    ask_again_at: datetime | None
    found_at: datetime

    @property
    def name(self) -> Name:
        """Return what tells it from the other drifts of its room."""
        return self.kind, self.key


@dataclass(frozen=True, slots=True)
class StandingDrift:
    """A drift as it is to be remembered after this pass."""

    kind: DriftKind
    key: Key
    seen_as: str
    asks: int
    ask_again_at: datetime | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Reckoning:
    """All drifts that stand, those of them to ask policy about, and those that are gone."""

    standing: tuple[StandingDrift, ...]
    to_ask: tuple[Drift, ...]
    gone: tuple[Known, ...]


def reckon(
    known: Sequence[Known], drifts: Sequence[Drift], undecided: Collection[Key], now: datetime, rules: "Asking"
) -> Reckoning:
    """Return what a pass means. `undecided` are the keys about which it says nothing."""
    before = {each.name: each for each in known}
    now_there = {name_of(drift): drift for drift in reversed(drifts)}
    standing: list[StandingDrift] = []
    to_ask: list[Drift] = []
    for (kind, key), drift in now_there.items():
        old = before.get((kind, key))
        seen_as = seen_as_of(drift)
        asks, again_at = (old.asks, old.ask_again_at) if old is not None else (0, None)
        is_news = old is None or old.seen_as != seen_as or again_at is None or again_at <= now
        if is_news and not (rules.withholds_cancels and would_cancel(drift)):
            asks = asks + 1 if old is not None and old.seen_as == seen_as else 1
            again_at = now + rules.pace.of_asking(asks)
            to_ask.append(drift)
        standing.append(StandingDrift(kind, key, seen_as, asks, again_at, old is None))
    gone = tuple(each for each in known if each.name not in now_there and each.key not in undecided)
    return Reckoning(tuple(standing), tuple(to_ask), gone)


@dataclass(frozen=True, slots=True)
class Asking:
    """By what rules policy is asked: how often again, and whether cancellations wait for an administrator."""

    pace: Pace
    withholds_cancels: bool = False


def name_of(drift: Drift) -> Name:
    """Return what tells a drift from the others of its room."""
    return kind_of(drift), drift.key


def seen_as_of(drift: Drift) -> str:
    """Describe how an event stood, so that a change is noticed; ids, times and states only."""
    seen = drift.seen
    if seen is None:
        return "absent"
    state = "cancelled" if seen.is_cancelled else f"{seen.answer} {seen.shows_as}"
    return f"{seen.event_id} {seen.start.isoformat()}/{seen.end.isoformat()} {state}"
