"""Reckon what a sweep means for the drifts of a room: new, still there, or gone; and which to ask policy about.

A drift is one row from the sweep that finds it until the first complete sweep that does not. A sweep proves nothing
about an intent in flight, so a drift under its key is neither new nor gone. Policy is asked at once about a drift that
is new or has changed, and again, less and less often, about one that has not changed. It is not asked about a
conflict, of which it has told itself that a person has to decide, unless something else is in the way than was before.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from libs.contracts.keys import Key
from libs.contracts.values import Meeting, Occurrence
from services.reconciler.core.brake import would_cancel
from services.reconciler.core.drift import Correctable, Drift, FoundKind, KnownConflict, kind_of
from services.reconciler.core.pace import Pace

Name = tuple[FoundKind, Key]


@dataclass(frozen=True, slots=True)
class KnownDrift:
    """A drift that was not gone when its room was last compared."""

    kind: FoundKind
    key: Key
    seen_as: str
    asks: int
    ask_again_at: datetime | None
    found_at: datetime

    @property
    def name(self) -> Name:
        """Return what identifies the drift among those of its room."""
        return self.kind, self.key


@dataclass(frozen=True, slots=True)
class CurrentDrift:
    """A drift that this sweep found, as it is to be stored."""

    kind: FoundKind
    key: Key
    seen_as: str
    asks: int
    ask_again_at: datetime | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Reckoning:
    """All drifts that this sweep found, those of them to ask policy about, and the known ones that are gone."""

    current: tuple[CurrentDrift, ...]
    to_ask: tuple[Correctable, ...]
    gone: tuple[KnownDrift, ...]


def reckon(
    known: Sequence[KnownDrift],
    drifts: Sequence[Drift],
    undecided: Collection[Key],
    now: datetime,
    rules: "AskingRules",
) -> Reckoning:
    """Return what a sweep means for the known drifts. `undecided` are the keys about which it proves nothing."""
    before = {each.name: each for each in known}
    now_there = {name_of(drift): drift for drift in reversed(drifts)}
    current: list[CurrentDrift] = []
    to_ask: list[Correctable] = []
    for (kind, key), drift in now_there.items():
        old = before.get((kind, key))
        seen_as = seen_as_of(drift)
        asks, again_at = (old.asks, old.ask_again_at) if old is not None and not rules.starts_over else (0, None)
        is_news = old is None or old.seen_as != seen_as or again_at is None or again_at <= now
        if isinstance(drift, KnownConflict):
            asks, again_at = 0, None
            if old is not None and old.seen_as != seen_as:
                to_ask.append(drift.to_correct)
        elif is_news and not (rules.withholds_cancels and would_cancel(drift)):
            asks = asks + 1 if old is not None and old.seen_as == seen_as else 1
            again_at = now + rules.pace.of_asking(asks)
            to_ask.append(drift)
        current.append(CurrentDrift(kind, key, seen_as, asks, again_at, old is None))
    gone = tuple(each for each in known if each.name not in now_there and each.key not in undecided)
    return Reckoning(tuple(current), tuple(to_ask), gone)


@dataclass(frozen=True, slots=True)
class AskingRules:
    """The rules for asking policy: how often to ask again, and whether cancellations wait for an administrator.

    After an outage asking starts over: that earlier requests were in vain says nothing about the next one.
    """

    pace: Pace
    withholds_cancels: bool = False
    starts_over: bool = False


def name_of(drift: Drift) -> Name:
    """Return what identifies a drift among those of its room."""
    return kind_of(drift), drift.key


def seen_as_of(drift: Drift) -> str:
    """Describe the event that was seen, so that a change is noticed; ids, times and states only.

    The dates of a series come as their number and a digest: in full they would take more room than the drift.
    """
    seen = drift.seen
    if seen is None:
        return "absent"
    described = f"{seen.event_id} {_describe(seen)}"
    if isinstance(drift, KnownConflict):
        return f"{described} against {drift.against}"
    if seen.series is None:
        return described
    dates = [f"{each.original_date} {_describe(each)}" for each in seen.series.occurrences]
    return f"{described} {len(dates)} dates {sha256('; '.join(dates).encode()).hexdigest()[:16]}"


def _describe(seen: Meeting | Occurrence) -> str:
    state = "cancelled" if seen.is_cancelled else f"{seen.answer} {seen.shows_as}"
    return f"{seen.start.isoformat()}/{seen.end.isoformat()} {state}"
