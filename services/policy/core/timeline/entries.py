"""Put what is on record about a reservation in order, as the entries of its timeline.

Times of one database are compared. When a notification was taken is another clock's time, so a notification stands
before the read that answers it, whatever the clocks say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import NAMESPACE_OID, UUID, uuid5

from libs.contracts.values import Actor, ActorKind
from services.policy.core.actors import SYSTEM
from services.policy.core.timeline import telling
from services.policy.core.timeline.record import RecordedDecision, RecordedStep, Subject, TimelineRecord
from services.policy.core.timeline.steps import (
    Agreed,
    AnsweredQuestion,
    AskedAdministrators,
    Observed,
    SettledIntent,
)

_IN_THE_BACK_OFFICE = frozenset({ActorKind.ADMINISTRATOR, ActorKind.APPROVER, ActorKind.SERVICE})


class TimelineStep(StrEnum):
    """What an entry tells of; those of one time are in this order."""

    NOTIFIED = "notified"
    READ = "read"
    REQUESTED = "requested"
    ANSWERED = "answered"
    DECIDED = "decided"
    ASKED = "asked"
    WRITTEN = "written"
    SETTLED = "settled"
    COMPARED = "compared"
    HEALED = "healed"


_RANKS = {step: rank for rank, step in enumerate(TimelineStep)}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One step of a timeline: when, what, by whom, under what correlation id, and in a sentence.

    `source` names what it is told from. It `is_of_series` if it concerned the whole series; `decision` and
    `approval_id` are set where it was one. `sorted_at` puts it in order.
    """

    source: str
    at: datetime
    sorted_at: datetime
    step: TimelineStep
    actor: Actor
    correlation_id: str | None
    message: str
    is_of_series: bool = False
    decision: RecordedDecision | None = None
    approval_id: UUID | None = None

    @property
    def id(self) -> UUID:
        """Return what tells it from all other entries of its timeline, however often that is told."""
        return uuid5(NAMESPACE_OID, self.source)

    @property
    def position(self) -> tuple[datetime, int, str]:
        """Return what entries are put in order by."""
        return self.sorted_at, _RANKS[self.step], self.source


def tell_timeline(subject: Subject, record: TimelineRecord) -> list[TimelineEntry]:
    """Return the entries of a timeline, oldest first.

    That a series was read concerns an occurrence only if something was decided about it, or about the series, because
    of that. That a drift is gone concerns the reservation if its correction did.
    """
    decided = {each.correlation_id for each in record.decisions}
    shown = [each for each in record.steps if not _is_of_others(each) or each.correlation_id in decided]
    answered = {each.correlation_id for each in shown if isinstance(each.facts, AnsweredQuestion)}
    first = min((each.id for each in record.decisions if not each.is_of_series), default=None)
    entries: list[TimelineEntry] = []
    for decision in record.decisions:
        if decision.actor.kind in _IN_THE_BACK_OFFICE and decision.correlation_id not in answered:
            entries.append(_tell_request(decision, is_first=decision.id == first))
        entries.append(_tell_decision(subject, decision))
    for step in shown:
        entries += _tell_step(subject, step)
    return sorted([*entries, *_tell_sweeps(subject, record, entries)], key=lambda entry: entry.position)


def _is_of_others(step: RecordedStep) -> bool:
    """Whether a step may have been about other dates of the series only."""
    return step.is_of_series and isinstance(step.facts, Observed)


def _tell_request(decision: RecordedDecision, *, is_first: bool) -> TimelineEntry:
    return TimelineEntry(
        source=f"request {decision.id}",
        at=decision.at,
        sorted_at=decision.at,
        step=TimelineStep.REQUESTED,
        actor=decision.actor,
        correlation_id=decision.correlation_id,
        message=telling.say_requested(decision, is_first=is_first),
    )


def _tell_decision(subject: Subject, decision: RecordedDecision) -> TimelineEntry:
    return TimelineEntry(
        source=f"decision {decision.id}",
        at=decision.at,
        sorted_at=decision.at,
        step=TimelineStep.DECIDED,
        actor=decision.actor,
        correlation_id=decision.correlation_id,
        message=telling.say_decided(decision, subject.place),
        is_of_series=decision.is_of_series,
        decision=decision,
    )


def _tell_step(subject: Subject, step: RecordedStep) -> Iterable[TimelineEntry]:
    def entry(
        kind: TimelineStep, message: str, at: datetime | None = None, approval_id: UUID | None = None
    ) -> TimelineEntry:
        return TimelineEntry(
            source=f"{kind} {step.id}",
            at=at or step.at,
            sorted_at=at or step.at,
            step=kind,
            actor=step.actor if kind is TimelineStep.ANSWERED else SYSTEM,
            correlation_id=step.correlation_id,
            message=message,
            is_of_series=step.is_of_series,
            approval_id=approval_id,
        )

    match step.facts:
        case Observed() as seen:
            yield from _tell_notifications(step, seen)
            kind = TimelineStep.READ if seen.drift is None else TimelineStep.COMPARED
            yield entry(kind, telling.say_observed(seen))
        case Agreed():
            yield entry(TimelineStep.COMPARED, telling.AGREED_AT_A_LOOK)
        case AskedAdministrators(approval_id=about):
            yield entry(TimelineStep.ASKED, telling.say_asked(step.facts, subject.place), approval_id=about)
        case AnsweredQuestion(approval_id=about):
            yield entry(TimelineStep.ANSWERED, telling.say_answered(step.facts, step.actor), approval_id=about)
        case SettledIntent() as ended:
            if ended.has_written:
                yield entry(TimelineStep.WRITTEN, telling.say_written(ended), ended.settled_at)
            yield entry(TimelineStep.SETTLED, telling.say_settled(ended))
        case _:
            assert_never(step.facts)


def _tell_notifications(step: RecordedStep, seen: Observed) -> Iterable[TimelineEntry]:
    """Tell of each notification that one read answered, and of how many there were beside those that are known."""
    for number, each in enumerate(seen.notified):
        is_last = number == len(seen.notified) - 1
        others = seen.notifications - len(seen.notified) if is_last else 0
        yield TimelineEntry(
            source=f"notified {step.id} {number:03}",
            at=each.received_at,
            sorted_at=min(each.received_at, step.at),
            step=TimelineStep.NOTIFIED,
            actor=step.actor,
            correlation_id=each.correlation_id,
            message=telling.say_notified(others),
            is_of_series=step.is_of_series,
        )


def _tell_sweeps(subject: Subject, record: TimelineRecord, entries: Sequence[TimelineEntry]) -> Iterable[TimelineEntry]:
    """Tell which drifts are gone, and when the whole room agreed after all else that happened to the reservation."""
    corrected = {each.correlation_id for each in entries}
    for drift in record.healed:
        if drift.correlation_id in corrected:
            yield TimelineEntry(
                source=f"drift {drift.drift_id}",
                at=drift.healed_at,
                sorted_at=drift.healed_at,
                step=TimelineStep.HEALED,
                actor=SYSTEM,
                correlation_id=drift.correlation_id,
                message=telling.say_healed(drift),
            )
    agreed = record.agreement
    last = max((each.sorted_at for each in entries), default=None)
    if agreed is not None and subject.is_live and last is not None and last < agreed.agreed_at <= subject.ends_at:
        yield TimelineEntry(
            source="agreement",
            at=agreed.agreed_at,
            sorted_at=agreed.agreed_at,
            step=TimelineStep.COMPARED,
            actor=SYSTEM,
            correlation_id=agreed.correlation_id,
            message=telling.AGREED_AT_A_SWEEP,
        )
