"""Judge what was asked for in the past again by a draft of a policy, which is not set by that."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from libs.contracts.fields import MomentIn, MomentOut
from libs.contracts.values import Reason
from services.policy.api.access import serves
from services.policy.api.policy_bodies import NewPolicy
from services.policy.api.route import JsonRoute
from services.policy.api.work import Context
from services.policy.commands.callers import ADMINS
from services.policy.commands.replaying import Replayed, ReplayedRequest, ReplayRequest, replay_policy
from services.policy.core.replaying import Became

router = APIRouter(prefix="/v1", tags=["policies"], route_class=JsonRoute)

USUAL = timedelta(days=90)


class DraftPolicy(NewPolicy):
    """A draft, judged as if it denied, or, with the effect `approve`, as if it asked for approval."""

    since: Annotated[MomentIn | None, Field(description="From when on; 90 days before `until`, if left out.")] = None
    until: Annotated[MomentIn | None, Field(description="Until when; until now, if left out.")] = None
    replaces: Annotated[UUID | None, Field(description="The policy that the draft would stand in for.")] = None


class ReplayCounts(BaseModel):
    """Of how many requests something else would have become."""

    declined: int
    asked: Annotated[int, Field(description="They would have waited for approval.")]
    accepted: Annotated[int, Field(description="They were declined, and would have been booked.")]


class ReplayedOrganizer(BaseModel):
    """Whose requests would have been declined, and how many."""

    organizer: str
    declined: int


class ReplayedOut(BaseModel):
    """A request of which something else would have become."""

    at: MomentOut
    space_id: UUID
    start: MomentOut
    end: MomentOut
    organizer: str | None
    reservation_id: UUID | None
    outcome: Annotated[str, Field(description="What was decided.")]
    became: Annotated[Became, Field(description="What would have been decided.")]
    by_draft: Annotated[bool, Field(description="Whether the draft says so itself; else it follows from the others.")]
    reasons: list[Reason]


class ReplayOut(BaseModel):
    """What a draft would have come to. The `items` are the first of the requests, the oldest before the others."""

    since: MomentOut
    until: Annotated[MomentOut, Field(description="Until when it was judged.")]
    is_cut_short: Annotated[bool, Field(description="Whether there was more than can be judged at once.")]
    judged: int
    counts: ReplayCounts
    organizers: list[ReplayedOrganizer]
    items: list[ReplayedOut]


@router.post("/policies:replay", dependencies=serves(ADMINS))
async def replay_draft(body: DraftPolicy, context: Context) -> ReplayOut:
    """Say what a draft would have come to: whose requests it would have declined, and which. Nothing is set.

    What was asked for is judged in order of time: what the draft refuses counts for nobody later, and takes no time.
    At most 50,000 decisions are judged, for at most 15 seconds, and the answer says if that was not all.
    """
    now: datetime = context.clock()
    until = body.until or now
    wanted = ReplayRequest(body.request(), body.since or until - USUAL, until, body.replaces)
    async with context.reading() as conn:
        return _show(await replay_policy(conn, wanted))


def _show(found: Replayed) -> ReplayOut:
    return ReplayOut(
        since=found.since,
        until=found.reached,
        is_cut_short=found.is_cut_short,
        judged=found.judged,
        counts=ReplayCounts(**found.counts),
        organizers=[ReplayedOrganizer(organizer=organizer, declined=count) for organizer, count in found.people],
        items=[_show_one(each) for each in found.listed],
    )


def _show_one(found: ReplayedRequest) -> ReplayedOut:
    return ReplayedOut(
        at=found.at,
        space_id=found.space_id,
        start=found.window.start,
        end=found.window.end,
        organizer=found.organizer,
        reservation_id=found.reservation_id,
        outcome=found.was,
        became=found.became,
        by_draft=found.by_draft,
        reasons=list(found.reasons),
    )
