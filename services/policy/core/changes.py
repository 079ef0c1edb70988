"""The changes that a decision can make: a closed union. The store writes them; messages follow from them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.contracts.keys import Key, MeetingKey
from libs.contracts.values import Outcome
from services.policy.core.approvals.question import Question
from services.policy.core.explanations import Explanation
from services.policy.core.goals import Goal
from services.policy.core.ledger import Judged, KnownMeeting, Reservation, ReservationGroup, Slice
from services.policy.core.policies.policy import JudgedBy
from services.policy.core.request import Request
from services.policy.core.timeline.sighting import Sighting
from services.policy.core.verdict import Accept, Verdict


@dataclass(frozen=True, slots=True)
class NoteMeeting:
    """Store what is known of the meeting after this observation."""

    key: MeetingKey
    meeting: KnownMeeting


@dataclass(frozen=True, slots=True)
class Save:
    """Insert or overwrite a reservation; it occupies its space exactly while it is live."""

    reservation: Reservation
    before: Reservation | None


@dataclass(frozen=True, slots=True)
class SaveGroup:
    """Insert or overwrite a group; it is saved before any reservation that is of it."""

    group: ReservationGroup


@dataclass(frozen=True, slots=True)
class SaveQuestion:
    """Insert or overwrite a question, after the reservation that it is about; others are told of a change of state."""

    question: Question
    before: Question | None


@dataclass(frozen=True, slots=True)
class Want:
    """Want Outlook to show this from now on, instead of what was wanted under the key before.

    If it `is_shown` already, and nobody has to be told, nothing is sent to outbound. `put_back` counts how often the
    same was wanted again since `put_back_since`, because somebody undid it.
    """

    key: Key
    goal: Goal
    reservation_id: UUID | None
    put_back: int = 0
    put_back_since: datetime | None = None
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Note that Outlook shows what is wanted under a key: it is in flight no longer, and nothing about it failed."""

    key: Key


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Leave what Outlook shows under a key as it is; `detail` tells a person why, and what to do."""

    key: Key
    detail: str


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Have a meeting looked at again, after the meetings in its way. Nothing is stored; ingest is asked."""

    look_id: UUID
    about: str
    in_the_way: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Add an entry to the audit: a decision, or why a reservation ended, with the facts it was based on.

    `asked` is the request that was judged; None if something else decided, as the end of a meeting does. `judged_on` is
    the slice that it was judged on, if that was not the decision's own: a date of a series has what others leave.
    """

    key: Key
    reservation_id: UUID | None
    outcome: Outcome | Literal["cancelled"]
    reasons: tuple[Explanation, ...]
    judged: Judged
    policies: tuple[JudgedBy, ...] = ()
    warnings: tuple[Explanation, ...] = ()
    asked: Request | None = None
    judged_on: Slice | None = None


Change = NoteMeeting | SaveGroup | Save | SaveQuestion | Want | Seen | GiveUp | LookAgain | Record


@dataclass(frozen=True, slots=True)
class Decision:
    """The changes that follow from one observation, command or settlement, in the order to apply them.

    A reservation is saved before any change that refers to it. `note` names what was found, for the log. `seen` is the
    observation that led to it; None for a command or a settlement.
    """

    changes: tuple[Change, ...] = ()
    note: str = "nothing"
    seen: Sighting | None = None


NOTHING = Decision()
"""The decision that changes nothing."""


def record_verdict(
    key: Key,
    about: UUID | None,
    outcome: Outcome | Literal["cancelled"],
    reasons: tuple[Explanation, ...],
    asked: Request,
    verdict: Verdict,
) -> Record:
    """Record what was decided about a request, with everything that judged it."""
    warnings = verdict.told if isinstance(verdict, Accept) else verdict.warnings
    return Record(key, about, outcome, reasons, asked.judged, verdict.judged_by, warnings, asked)


def record_of(reservation: Reservation) -> Record:
    """Record what stands about a reservation, where something else than a verdict on a request decided it."""
    about, outcome = reservation.id, reservation.outcome
    reasons, judged_by, warnings = reservation.reasons, reservation.policies, reservation.warnings
    return Record(reservation.key, about, outcome, reasons, reservation.judged, judged_by, warnings)


def judged_on(ledger: Slice, changes: Iterable[Change]) -> list[Change]:
    """Return the changes with the slice that led to them in the entries for the audit."""
    return [replace(each, judged_on=ledger) if isinstance(each, Record) else each for each in changes]


def succeed_past(past: Reservation | None) -> list[Change]:
    """Leave a reservation that is over as it was, and let its meeting have another one."""
    return [] if past is None else [Save(replace(past, has_successor=True), past)]


def save_if_changed(wanted: Reservation, before: Reservation | None, now: datetime) -> list[Change]:
    """Save a reservation as its next version, unless nothing about it has changed."""
    if before is None:
        return [Save(wanted, None)]
    same = replace(wanted, version=before.version, created_at=before.created_at, updated_at=before.updated_at)
    if same == before:
        return []
    return [Save(replace(same, version=before.version + 1, updated_at=now), before)]
