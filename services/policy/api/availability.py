"""When spaces are taken, and when a meeting can still be put into them."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.policy.api.access import READERS, serves
from services.policy.api.fields import Line, MomentIn, MomentOut
from services.policy.api.route import JsonRoute
from services.policy.api.window import looked_at
from services.policy.api.work import AtDesk
from services.policy.store import reading
from services.policy.store.reading import Occupied

router = APIRouter(prefix="/v1/availability", tags=["availability"], route_class=JsonRoute)

Stretch = tuple[datetime, datetime]


class AvailabilityQuery(BaseModel):
    """When to look, and at which spaces."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[MomentIn, Field(alias="from")]
    end: Annotated[MomentIn, Field(alias="to", description="At most 62 days after `from`.")]
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    building: Line | None = None


class SpaceAvailability(BaseModel):
    """One space. All stretches are half-open and cut to the window asked for.

    `busy` is when the space is taken, buffers included; `free` is when a meeting can start and end, so that the space's
    own buffers fit around it too. With buffers there is time that is neither.
    """

    space_id: UUID
    free: list[tuple[MomentOut, MomentOut]]
    busy: list[tuple[MomentOut, MomentOut]]


class Availability(BaseModel):
    """All spaces asked for, by name."""

    items: list[SpaceAvailability]


@router.get("", dependencies=serves(READERS))
async def read_availability(query: Annotated[AvailabilityQuery, Query()], desk: AtDesk) -> Availability:
    """Show when spaces are free and busy."""
    window = looked_at(query.start, query.end)
    async with desk.reading() as conn:
        found = await reading.occupied(conn, window.start, window.end, query.capacity, query.building)
    return Availability(
        items=[
            SpaceAvailability(
                space_id=each.space_id,
                free=free_stretches(each, window.start, window.end),
                busy=_cut(each.taken, window.start, window.end),
            )
            for each in found
        ]
    )


def free_stretches(occupied: Occupied, start: datetime, end: datetime) -> list[Stretch]:
    """Find when a meeting fits: the gaps between what is taken, less the set-up before and the clean-down after."""
    setup, cleanup = timedelta(minutes=occupied.setup_minutes), timedelta(minutes=occupied.cleanup_minutes)
    edges = [start - setup, *(edge for stretch in occupied.taken for edge in stretch), end + cleanup]
    gaps = [
        (opens + setup, closes - cleanup)
        for opens, closes in zip(edges[::2], edges[1::2], strict=True)
        if closes - cleanup > opens + setup
    ]
    return _cut(gaps, start, end)


def _cut(stretches: list[Stretch], start: datetime, end: datetime) -> list[Stretch]:
    cut = [(max(opens, start), min(closes, end)) for opens, closes in stretches]
    return [(opens, closes) for opens, closes in cut if opens < closes]
