"""The ways in which the ledger and a room calendar can differ: a closed union.

Each drift carries the event that was seen, because policy decides about that. Only a look-up of its own proves that an
event is absent; a listing without it proves nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from libs.contracts.keys import Key
from libs.contracts.messages import DriftKind
from libs.contracts.values import Meeting
from services.reconciler.core.expectation import Expectation


@dataclass(frozen=True, slots=True)
class MissingInLedger:
    """An invitation that the ledger does not know."""

    key: Key
    seen: Meeting


@dataclass(frozen=True, slots=True)
class MissingInOutlook:
    """An expected event that was looked up and is not there, or is cancelled."""

    key: Key
    seen: Meeting | None
    expected: Expectation


@dataclass(frozen=True, slots=True)
class DifferentTime:
    """An event at another time than was decided about."""

    key: Key
    seen: Meeting
    expected: Expectation


@dataclass(frozen=True, slots=True)
class DifferentAnswer:
    """An event that shows another answer of the room than was decided."""

    key: Key
    seen: Meeting
    expected: Expectation


@dataclass(frozen=True, slots=True)
class DifferentTitle:
    """An event of another title than its reservation has: a hold that was renamed, or a meeting."""

    key: Key
    seen: Meeting
    expected: Expectation


@dataclass(frozen=True, slots=True)
class ShownAfterAll:
    """A calendar that shows what is wanted, although policy counts that as failed; `seen` is None for a hold gone."""

    key: Key
    seen: Meeting | None
    expected: Expectation


@dataclass(frozen=True, slots=True)
class OrphanHold:
    """A hold of ours for a reservation that needs none."""

    key: Key
    seen: Meeting


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A second hold for one reservation."""

    key: Key
    seen: Meeting


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """An event that somebody put on the room's own calendar and that policy has not imported, or only in part."""

    key: Key
    seen: Meeting


@dataclass(frozen=True, slots=True)
class KnownConflict:
    """An invitation in conflict with something in the ledger, as policy knows: a person decides, it is not asked.

    `against` describes what has some of its time: if that changes, policy may be able to block more.
    """

    key: Key
    seen: Meeting
    against: str

    @property
    def to_correct(self) -> MissingInLedger:
        """Return what policy is asked to correct as far as it can."""
        return MissingInLedger(self.key, self.seen)


@dataclass(frozen=True, slots=True)
class ContestedEvent:
    """A single event that is in conflict, at the time at which policy knows it."""

    ical_uid: str
    start: datetime
    end: datetime


Correctable = (
    MissingInLedger
    | MissingInOutlook
    | DifferentTime
    | DifferentAnswer
    | DifferentTitle
    | ShownAfterAll
    | OrphanHold
    | Duplicate
    | Unmanaged
)
"""What policy is asked to correct."""

Drift = Correctable | KnownConflict

FoundKind = DriftKind | Literal["conflict"]
"""The kind of a drift in the console; what is no conflict has it on the bus too."""


def kind_of(drift: Drift) -> FoundKind:
    """Return the kind of a drift under its name in the console."""
    return "conflict" if isinstance(drift, KnownConflict) else kind_to_correct(drift)


def kind_to_correct(drift: Correctable) -> DriftKind:  # noqa: PLR0911 - one line for each member of the union
    """Return the kind of what policy is asked to correct, under its name on the bus."""
    match drift:
        case MissingInLedger():
            return DriftKind.MISSING_IN_LEDGER
        case MissingInOutlook():
            return DriftKind.MISSING_IN_OUTLOOK
        case DifferentTime():
            return DriftKind.DIFFERENT_TIME
        case DifferentAnswer():
            return DriftKind.DIFFERENT_ANSWER
        case DifferentTitle():
            return DriftKind.DIFFERENT_TITLE
        case ShownAfterAll():
            return DriftKind.SHOWN_AFTER_ALL
        case OrphanHold():
            return DriftKind.ORPHAN_HOLD
        case Duplicate():
            return DriftKind.DUPLICATE
        case Unmanaged():
            return DriftKind.UNMANAGED
        case _:
            assert_never(drift)


def ical_uid_of(drift: Drift) -> str | None:
    """Return the iCalUId that a drift is about; None for a hold that was never seen on the calendar."""
    if drift.seen is not None:
        return drift.seen.ical_uid
    return drift.expected.ical_uid if isinstance(drift, MissingInOutlook | ShownAfterAll) else None


def name_conflicts(drifts: Iterable[Drift], contested: Mapping[ContestedEvent, str]) -> tuple[Drift, ...]:
    """Return drifts with those named as conflicts that are about invitations which are contested as they stand.

    `contested` says of each event that is, against what.

    An event of the room's own that is in the way stays unmanaged: it is judged again, as nobody can be told about it.
    """
    return tuple(_name_conflict(each, contested) for each in drifts)


def _name_conflict(drift: Drift, contested: Mapping[ContestedEvent, str]) -> Drift:
    if not isinstance(drift, MissingInLedger):
        return drift
    seen = drift.seen
    against = contested.get(ContestedEvent(seen.ical_uid, seen.window.start, seen.window.end))
    return drift if against is None or seen.is_series else KnownConflict(drift.key, seen, against)
