"""What a policy on trial, one of effect `shadow`, would have done since its last change."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.contracts.fields import MomentOut
from libs.contracts.values import Reason
from services.policy.api.access import serves
from services.policy.api.openapi import refuses
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Context
from services.policy.commands.callers import READERS
from services.policy.commands.trials import ShownOnTrial, list_trial, read_policy_on_trial, sum_up_trial
from services.policy.core.policies.parameters import Moment
from services.policy.core.trials import WouldHave

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=JsonRoute)


class TrialOrganizer(BaseModel):
    """Of how many requests of somebody something else would have become."""

    organizer: str
    requests: int


class RequestOnTrialOut(BaseModel):
    """A request that broke the policy, and what would have become of it."""

    at: MomentOut
    space_id: UUID
    start: MomentOut
    end: MomentOut
    organizer: str | None
    reservation_id: UUID | None
    outcome: Annotated[str, Field(description="What was decided.")]
    would_have: Annotated[
        WouldHave | None, Field(description="What would have become of it: declined, or asked about; null: the same.")
    ]
    reason: Reason


class TrialOut(BaseModel):
    """What a policy on trial would have done, had its effect been deny: each request by itself, nothing judged again.

    The `items` are the requests that broke it, the latest first; `next` is the cursor of the next page, null on the
    last. The figures count all of them, whatever page is read, as long as their decisions are kept.
    """

    policy_id: UUID
    version: int
    since: Annotated[MomentOut, Field(description="When the policy was last changed, which began the trial.")]
    broken: Annotated[int, Field(description="How many requests broke it.")]
    declined: Annotated[int, Field(description="How many of them would have been declined.")]
    asked: Annotated[int, Field(description="How many of them would have waited for approval.")]
    organizers: Annotated[list[TrialOrganizer], Field(description="Whose those were, who has most of them first.")]
    items: list[RequestOnTrialOut]
    next: str | None


class TrialPage(BaseModel):
    """Which of the requests to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor | None = None


@router.get("/{policy_id}/trial", dependencies=serves(READERS), responses=refuses(409))
async def read_trial(policy_id: UUID, wanted: Annotated[TrialPage, Query()], context: Context) -> TrialOut:
    """Say what a policy on trial would have done: how often it was broken, by whom, and by which requests.

    A policy of another effect than shadow has no trial, and is refused.
    """
    before = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    async with context.reading() as conn:
        row = await read_policy_on_trial(conn, policy_id)
        found = await list_trial(conn, row.policy, before, wanted.limit + 1)
        total = await sum_up_trial(conn, row.policy)
    shown = found[: wanted.limit]
    return TrialOut(
        policy_id=policy_id,
        version=row.policy.version,
        since=row.updated_at,
        broken=total.broken,
        declined=total.declined,
        asked=total.asked,
        organizers=[TrialOrganizer(organizer=person, requests=count) for person, count in total.people],
        items=[_show(each) for each in shown],
        next=cursor_at(*shown[-1].place) if len(found) > wanted.limit else None,
    )


def _show(found: ShownOnTrial) -> RequestOnTrialOut:
    return RequestOnTrialOut(
        at=found.at,
        space_id=found.space_id,
        start=found.window.start,
        end=found.window.end,
        organizer=found.organizer,
        reservation_id=found.reservation_id,
        outcome=found.was,
        would_have=found.would_have,
        reason=found.reason,
    )
