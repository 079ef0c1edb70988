"""Brakes: rooms whose cancellations wait until an administrator has looked, and the confirmation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.common.db import Connection as Db
from services.policy.api.access import actor_of, serves
from services.policy.api.fields import Body, MomentIn, MomentOut
from services.policy.api.openapi import refuses
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.brakes import confirm_brake
from services.policy.commands.callers import ADMINS, READERS
from services.policy.core.braking import SeenBrake
from services.policy.core.policies.parameters import Moment
from services.policy.store import brakes
from services.policy.store.brakes import WaitingBrake

router = APIRouter(prefix="/v1", tags=["brakes"], route_class=JsonRoute)

MOST_CANCELLATIONS = 1_000_000


class BrakeOut(BaseModel):
    """A room that lost so many meetings at once that nothing was cancelled; its next comparison decides nothing either.

    Meetings are counted, not dates: a series is one.
    """

    space_id: UUID
    room_mailbox: str
    since: MomentOut
    cancellations: int = Field(description="How many meetings that are booked are gone from the calendar.")
    detail: str = Field(description="What happened and what to do, in sentences.")


class BrakeList(BaseModel):
    """Brakes, the oldest first; `next` is the cursor of the next page, null on the last."""

    items: list[BrakeOut]
    next: str | None


class BrakePage(BaseModel):
    """Which brakes to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor | None = None


class BrakeSeen(Body):
    """The brake that is confirmed, as it was read."""

    since: Annotated[MomentIn, Field(description="Since when it stops the cancellations, as the list says.")]
    cancellations: Annotated[
        int,
        Field(
            ge=1, le=MOST_CANCELLATIONS, description="How many cancellations were seen. If more wait now, none is done."
        ),
    ]


@router.get("/brakes", dependencies=serves(READERS))
async def list_brakes(wanted: Annotated[BrakePage, Query()], context: Context) -> BrakeList:
    """List the rooms whose cancellations wait to be confirmed."""
    after = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    async with context.reading() as conn:
        found = await brakes.page(conn, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].since.isoformat(), shown[-1].space_id) if len(found) > wanted.limit else None
    return BrakeList(items=[_show_brake(each) for each in shown], next=more)


@router.post(
    "/spaces/{space_id}/brake/confirm",
    status_code=202,
    response_model=BrakeOut,
    dependencies=serves(ADMINS),
    responses=refuses(409),
)
async def confirm(request: Request, space_id: UUID, body: BrakeSeen, context: Context, claim: Claimed) -> Response:
    """Let the cancellations go on that wait; the answer is the brake as it was. The room is compared once more first.

    What is still gone then is cancelled in the ledger. If more is gone by then, nothing is, and the brake stays.
    """
    seen, by = SeenBrake(body.since, body.cancellations), actor_of(request)

    async def work(conn: Db) -> Done:
        confirmed = await confirm_brake(conn, space_id, seen, by)
        shown = _show_brake(confirmed.waiting)
        return Done(202, shown.model_dump(mode="json"), {}, tuple(confirmed.messages))

    return await perform(request, context, work, claim)


def _show_brake(found: WaitingBrake) -> BrakeOut:
    return BrakeOut(
        space_id=found.space_id,
        room_mailbox=found.room_mailbox,
        since=found.since,
        cancellations=found.cancellations,
        detail=found.detail or "",
    )
