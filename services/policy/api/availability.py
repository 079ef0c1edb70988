"""When spaces are taken, and when a meeting can still be put into them."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.policy.api.access import READERS, serves
from services.policy.api.fields import Line, MomentIn, MomentOut
from services.policy.api.route import JsonRoute
from services.policy.api.window import query_window
from services.policy.api.work import Context
from services.policy.core.availability import clip, find_free_stretches
from services.policy.store import reading
from services.policy.store.reading import Among

router = APIRouter(prefix="/v1/availability", tags=["availability"], route_class=JsonRoute)

_MINUTE = timedelta(minutes=1)


class AvailabilityQuery(BaseModel):
    """When to look, and at which spaces."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[MomentIn, Field(alias="from")]
    end: Annotated[MomentIn, Field(alias="to", description="At most 62 days after `from`.")]
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    building: Annotated[Line | None, Field(description="In upper or lower case.")] = None
    space_id: UUID | None = None


class SpaceAvailability(BaseModel):
    """One space. All stretches are half-open and cut to the window asked for.

    `busy` is when the space is taken, buffers included; `buffers` is when it is only set up or cleaned, for the
    bookings as they were made. `free` is when a meeting can start and end, so that what the space needs around it by
    now, `setup_minutes` before and `cleanup_minutes` after, fits too. With buffers there is time that is neither.
    """

    space_id: UUID
    setup_minutes: int
    cleanup_minutes: int
    free: list[tuple[MomentOut, MomentOut]]
    busy: list[tuple[MomentOut, MomentOut]]
    buffers: list[tuple[MomentOut, MomentOut]]


class Availability(BaseModel):
    """All spaces asked for, by name."""

    items: list[SpaceAvailability]


@router.get("", dependencies=serves(READERS))
async def read_availability(query: Annotated[AvailabilityQuery, Query()], context: Context) -> Availability:
    """Show when spaces are free and busy."""
    window = query_window(query.start, query.end)
    async with context.reading() as conn:
        found = await reading.occupied(conn, window, Among(query.capacity, query.building, query.space_id))
    return Availability(
        items=[
            SpaceAvailability(
                space_id=each.space_id,
                setup_minutes=each.buffers.setup // _MINUTE,
                cleanup_minutes=each.buffers.cleanup // _MINUTE,
                free=find_free_stretches(window, each.buffers, each.taken),
                busy=clip(each.taken, window),
                buffers=clip(each.only_buffers, window),
            )
            for each in found
        ]
    )
