"""The drift ledger: every difference that a comparison found, why, and how long it was there."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from services.policy.api.access import serves
from services.policy.api.fields import Line, MomentOut, among
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Context
from services.policy.commands.callers import READERS
from services.policy.commands.cursors import read_number
from services.policy.core.drifts import KINDS, say_cause, say_kind
from services.policy.store import drifts
from services.policy.store.drifts import ListedDrift, WantedDrifts

router = APIRouter(prefix="/v1/drifts", tags=["drifts"], route_class=JsonRoute)


Kind = Annotated[str, Field(max_length=64), among(KINDS), WithJsonSchema({"type": "string", "enum": list(KINDS)})]


class DriftOut(BaseModel):
    """A difference between what is booked and what a room's calendar showed, found by a comparison.

    Each is put right by itself, unless it is a conflict, which a person resolves, or a brake stops it.
    """

    id: int
    space_id: UUID
    kind: str = Field(description="What differed, in a word; a later version may find other kinds.")
    original_date: Annotated[str | None, Field(description="The date of a series that differed; null otherwise.")]
    reservation_id: Annotated[UUID | None, Field(description="What it is about, if that is known.")]
    group_id: Annotated[UUID | None, Field(description="The series that it is about, if it is about all of it.")]
    cause: Annotated[str | None, Field(description="Why no notification had told of it; null if one should have.")]
    detail: Annotated[str, Field(description="What differed and why nobody had told of it, in sentences.")]
    found_at: MomentOut
    asks: Annotated[int, Field(description="How often it was asked for to be put right.")]
    healed_at: Annotated[MomentOut | None, Field(description="When a comparison found it gone; null while it is open.")]
    seconds_to_heal: float | None


class DriftList(BaseModel):
    """Drifts, those found last before the others; `next` is the cursor of the next page, null on the last."""

    items: list[DriftOut]
    next: str | None


class DriftFilter(BaseModel):
    """Which drifts to list."""

    model_config = ConfigDict(extra="forbid")

    space_id: UUID | None = None
    room: Annotated[Line | None, Field(description="A part of the name of their space.")] = None
    kind: Kind | None = None
    state: Annotated[
        Literal["open", "healed"] | None, Field(description="open: still there. healed: found gone since.")
    ] = None
    limit: Limit = 100
    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def list_drifts(wanted: Annotated[DriftFilter, Query()], context: Context) -> DriftList:
    """List drifts, open ones and those that are gone, for more than a year."""
    before = place_of(wanted.cursor, read_number)
    is_open = None if wanted.state is None else wanted.state == "open"
    chosen = WantedDrifts(wanted.room, wanted.kind, is_open, wanted.space_id)
    async with context.reading() as conn:
        found = await drifts.page(conn, chosen, before[0] if before is not None else None, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(str(shown[-1].drift_id), shown[-1].space_id) if len(found) > wanted.limit else None
    return DriftList(items=[_show(each) for each in shown], next=more)


def _show(found: ListedDrift) -> DriftOut:
    return DriftOut(
        id=found.drift_id,
        space_id=found.space_id,
        kind=found.kind,
        original_date=found.key_original_date.isoformat() if found.key_original_date is not None else None,
        reservation_id=found.reservation_id,
        group_id=found.group_id,
        cause=found.cause,
        detail=f"{say_kind(found.kind)}. {say_cause(found.cause)}",
        found_at=found.found_at,
        asks=found.asks,
        healed_at=found.healed_at,
        seconds_to_heal=found.seconds_to_heal,
    )
