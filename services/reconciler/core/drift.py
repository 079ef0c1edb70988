"""The ways in which the ledger and a room calendar can differ: a closed union.

Each drift carries the event that was seen, because policy decides about that. Only a look-up of its own proves that an
event is absent; a listing without it proves nothing.
"""

from dataclasses import dataclass
from typing import assert_never

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


Drift = (
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


def kind_of(drift: Drift) -> DriftKind:  # noqa: PLR0911 - one line for each member of the union
    """Return the kind of a drift under its name on the bus and in the console."""
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
