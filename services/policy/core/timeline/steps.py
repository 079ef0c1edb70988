"""The facts of each step that is kept beside the decisions: a closed union, told apart by `kind`.

An observation makes a step if something followed from it. One that showed what was decided makes another, of which only
the last is kept for each key: echoes of our own writes are many, and only the newest says anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from libs.contracts.approvals import QuestionState
from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.messages import DriftKind, IntentProblem, Settlement
from libs.contracts.values import Actor, Instant, NotificationTaken, Observation, Value
from services.policy.core.actors import SYSTEM
from services.policy.core.changes import Decision, NoteMeeting, Save, SaveQuestion
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.timeline.sighting import Prompt, Sighting

AGREED = "agreed"
"""The note of a decision that found the calendar to show what was decided."""


class Observed(Value):
    """A calendar was read because of notifications, a drift or a look, and something followed from what it held."""

    kind: Literal["observed"] = "observed"
    is_present: bool
    notified: tuple[NotificationTaken, ...] = ()
    notifications: int = 0
    drift: DriftKind | None = None


class Agreed(Value):
    """A calendar was read, and showed what was decided."""

    kind: Literal["agreed"] = "agreed"


class AskedAdministrators(Value):
    """Administrators were asked."""

    kind: Literal["asked"] = "asked"
    approval_id: UUID
    deadline_at: Instant | None = None


class AnsweredQuestion(Value):
    """A question to administrators was closed."""

    kind: Literal["answered"] = "answered"
    approval_id: UUID
    state: QuestionState


class SettledIntent(Value):
    """An intent ended. `want` and `answer` are of what was wanted, unless something newer was by then."""

    kind: Literal["settled"] = "settled"
    generation: int
    settlement: Settlement
    has_written: bool
    settled_at: Instant
    want: Literal["answer", "move_back", "hold", "no_hold"] | None = None
    answer: str | None = None
    problem: IntentProblem | None = None


StepFacts = Annotated[
    Observed | Agreed | AskedAdministrators | AnsweredQuestion | SettledIntent, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be kept. Without a time of its own it is of the time at which it is written."""

    key: Key
    reservation_id: UUID | None
    actor: Actor
    facts: StepFacts
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """How a decision came about, as it is written down with it: by whom, under what correlation id, in what steps."""

    by: Actor
    correlation_id: str | None = None
    steps: tuple[Step, ...] = ()


def sighting_of(
    observation: Observation, prompt: Prompt, ledger: Slice, decision: Decision, hold_of: UUID | None
) -> Sighting:
    """Return the sighting that led to a decision, under the key that it is about.

    `hold_of` is the reservation whose hold the observed event is, or would be, if it is one of ours.
    """
    saved = [each.reservation for each in decision.changes if isinstance(each, Save)]
    is_present, at = observation.meeting is not None, observation.observed_at
    if hold_of is not None and not saved:
        return Sighting(ReservationKey(observation.space_id, hold_of), hold_of, at, is_present, prompt)
    own = [each.id for each in saved if each.key == observation.key]
    is_series = observation.meeting is not None and observation.meeting.is_series
    known = ledger.reservation if not is_series else None
    about = own[-1] if own else known.id if known is not None else None
    return Sighting(observation.key, about, at, is_present, prompt)


def steps_of(decision: Decision, ledger: Slice, by: Actor) -> tuple[Step, ...]:
    """Return the steps that are kept of a decision that this actor brought about."""
    return (*_steps_of_sighting(decision, by), *_steps_of_questions(decision, ledger, by))


def _steps_of_sighting(decision: Decision, by: Actor) -> Iterable[Step]:
    seen = decision.seen
    if seen is None:
        return
    if any(not isinstance(each, NoteMeeting) for each in decision.changes):
        why = seen.prompt
        observed = Observed(
            is_present=seen.is_present, notified=why.notified, notifications=why.notifications, drift=why.drift
        )
        yield Step(seen.key, seen.reservation_id, by, observed, seen.observed_at)
    if decision.note == AGREED:
        yield Step(seen.key, seen.reservation_id, SYSTEM, Agreed(), seen.observed_at)


def _steps_of_questions(decision: Decision, ledger: Slice, by: Actor) -> Iterable[Step]:
    for change in decision.changes:
        if not isinstance(change, SaveQuestion):
            continue
        question, about = change.question, find_asked_about(decision, ledger, change)
        key = about.key
        if question.group_id is not None:
            whole = ReservationKey(question.space_id, question.group_id)
            key = replace(key, original_date=None) if isinstance(key, MeetingKey) else whole
        if change.before is None:
            asked = AskedAdministrators(approval_id=question.id, deadline_at=question.deadline_at)
            yield Step(key, question.reservation_id, SYSTEM, asked)
        elif question.state != change.before.state:
            answered = AnsweredQuestion(approval_id=question.id, state=question.state)
            yield Step(key, question.reservation_id, question.decided_by or by, answered)


def find_asked_about(decision: Decision, ledger: Slice, change: SaveQuestion) -> Reservation:
    """Return the reservation that a question is about, or any date of the series, as it is after the decision."""
    question = change.question
    saved = [each.reservation for each in decision.changes if isinstance(each, Save)]
    for each in (*reversed(saved), *ledger.reservations):
        is_date = question.group_id is not None and each.group_id == question.group_id
        if is_date or each.id == question.reservation_id:
            return each
    raise LookupError(f"the question {question.id} is about a reservation that is not at hand")
