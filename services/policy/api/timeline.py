"""The timeline of a reservation as JSON: each step, when, by whom, and under which correlation id."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.contracts.reservations import JudgedByOut
from libs.contracts.values import Actor, Outcome, Reason
from services.policy.api.access import serves
from services.policy.api.fields import MomentIn, MomentOut
from services.policy.api.openapi import refuses
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Context
from services.policy.commands.callers import READERS
from services.policy.commands.timeline import entries_after, read_timeline
from services.policy.core.place import Place
from services.policy.core.timeline.entries import TimelineEntry, TimelineStep
from services.policy.core.timeline.record import RecordedDecision
from services.policy.core.wording import state_reason

router = APIRouter(prefix="/v1/reservations", tags=["reservations"], route_class=JsonRoute)


class TimelineFilter(BaseModel):
    """Which part of a timeline to return."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor | None = None


class TimelineDecisionOut(BaseModel):
    """What was decided, every reason and warning, and every policy that judged it, in the version of then."""

    outcome: Outcome | Literal["cancelled"]
    reasons: list[Reason]
    warnings: list[Reason]
    policies: list[JudgedByOut]


class TimelineStepOut(BaseModel):
    """One step. `correlation_id` is null where nobody had written it down yet."""

    at: MomentOut
    step: TimelineStep
    correlation_id: Annotated[str | None, Field(description="The id by which the logs of all services have it.")]
    actor: Actor
    message: Annotated[str, Field(description="What happened, in a sentence.")]
    concerns_series: Annotated[bool, Field(description="Whether it concerned the whole series, not this date alone.")]
    decision: TimelineDecisionOut | None
    approval_id: UUID | None


class TimelineOut(BaseModel):
    """The steps of a reservation, oldest first; `next` is the cursor of the next page, null on the last."""

    items: list[TimelineStepOut]
    next: str | None


@router.get("/{reservation_id}/timeline", dependencies=serves(READERS), responses=refuses(404))
async def read_reservation_timeline(
    reservation_id: UUID, wanted: Annotated[TimelineFilter, Query()], context: Context
) -> TimelineOut:
    """Tell what happened to a reservation in both systems: notified or requested, read, decided, asked, written.

    An occurrence's timeline has what concerned its series as a whole, and its own date.
    """
    after = place_of(wanted.cursor, TypeAdapter(MomentIn).validate_python)
    async with context.reading() as conn:
        place, entries = await read_timeline(conn, reservation_id)
    left = entries if after is None else entries_after(entries, after)
    shown = left[: wanted.limit]
    more = cursor_at(shown[-1].sorted_at.isoformat(), shown[-1].id) if len(left) > wanted.limit else None
    return TimelineOut(items=[_show(each, place) for each in shown], next=more)


def _show(entry: TimelineEntry, place: Place) -> TimelineStepOut:
    return TimelineStepOut(
        at=entry.at,
        step=entry.step,
        correlation_id=entry.correlation_id,
        actor=entry.actor,
        message=entry.message,
        concerns_series=entry.is_of_series,
        decision=_show_decision(entry.decision, place) if entry.decision is not None else None,
        approval_id=entry.approval_id,
    )


def _show_decision(decision: RecordedDecision, place: Place) -> TimelineDecisionOut:
    return TimelineDecisionOut(
        outcome=decision.outcome,
        reasons=[state_reason(each, place) for each in decision.reasons],
        warnings=[state_reason(each, place) for each in decision.warnings],
        policies=[
            JudgedByOut(
                policy_id=each.policy_id, version=each.version, kind=each.kind, effect=each.effect, held=each.held
            )
            for each in decision.policies
        ],
    )
