"""What is on record about a reservation, from which its timeline is told."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from libs.contracts.messages import DriftKind
from libs.contracts.values import Actor, Outcome
from services.policy.core.explanations import Explanation
from services.policy.core.place import Place
from services.policy.core.policies.policy import JudgedBy
from services.policy.core.timeline.steps import StepFacts


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose timeline it is: a reservation, until when it lasts, and the meeting or group that it is of, if any."""

    reservation_id: UUID
    space_id: UUID
    ical_uid: str | None
    group_id: UUID | None
    original_date: date | None
    ends_at: datetime
    is_live: bool
    place: Place


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """One entry of the audit. It `is_of_series` if it is about the series as a whole that the reservation is of."""

    id: int
    at: datetime
    outcome: Outcome | Literal["cancelled"]
    reasons: tuple[Explanation, ...]
    warnings: tuple[Explanation, ...]
    policies: tuple[JudgedBy, ...]
    correlation_id: str | None
    actor: Actor
    is_of_series: bool


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One step that was kept. It `is_of_series` as a decision is."""

    id: int
    at: datetime
    facts: StepFacts
    correlation_id: str | None
    actor: Actor
    is_of_series: bool


@dataclass(frozen=True, slots=True)
class HealedDrift:
    """A drift that is gone, and the sweep that asked for its correction."""

    drift_id: int
    kind: DriftKind
    found_at: datetime
    healed_at: datetime
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class RoomAgreement:
    """When the room's whole calendar was last compared and agreed with the ledger, and by which sweep."""

    agreed_at: datetime
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class TimelineRecord:
    """All that is on record about one reservation, in no order."""

    decisions: tuple[RecordedDecision, ...] = ()
    steps: tuple[RecordedStep, ...] = ()
    healed: tuple[HealedDrift, ...] = ()
    agreement: RoomAgreement | None = None
