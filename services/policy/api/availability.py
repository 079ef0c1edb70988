"""When spaces are taken, and when a meeting can still be put into them."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.values import Window
from services.policy.api.access import serves
from services.policy.api.fields import Line, MomentIn, MomentOut
from services.policy.api.route import JsonRoute
from services.policy.api.window import query_window
from services.policy.api.work import Context
from services.policy.commands.callers import READERS
from services.policy.core.availability import clip, find_free_stretches
from services.policy.store import reading
from services.policy.store.reading import Among, Occupied

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


@router.get("", response_model=Availability, dependencies=serves(READERS))
async def read_availability(query: Annotated[AvailabilityQuery, Query()], context: Context) -> Response:
    """Show when spaces are free and busy."""
    window = query_window(query.start, query.end)
    async with context.reading() as conn:
        found = await reading.occupied(conn, window, Among(query.capacity, query.building, query.space_id))
    shown = {"items": [_show(each, window) for each in found]}
    return Response(orjson.dumps(shown, option=orjson.OPT_UTC_Z), media_type="application/json")


def _show(found: Occupied, window: Window) -> dict[str, object]:
    """Return what is shown of one space, a `SpaceAvailability`.

    It is written as it is: many spaces have tens of thousands of instants, and to have each checked and written as
    `MomentOut` takes most of the time of an answer.
    """
    return {
        "space_id": str(found.space_id),
        "setup_minutes": found.buffers.setup // _MINUTE,
        "cleanup_minutes": found.buffers.cleanup // _MINUTE,
        "free": find_free_stretches(window, found.buffers, found.taken),
        "busy": clip(found.taken, window),
        "buffers": clip(found.only_buffers, window),
    }
