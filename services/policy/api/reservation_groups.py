"""Groups of reservations: series, whose occurrences are listed by `GET /v1/reservations?group_id=`."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.policy.api.access import READERS, serves
from services.policy.api.etag import Known, answer_reader
from services.policy.api.fields import MomentOut
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Context
from services.policy.commands.errors import UnknownReservationGroup
from services.policy.core.ledger import ReservationGroup
from services.policy.core.policies.parameters import Moment
from services.policy.store import groups

router = APIRouter(prefix="/v1/reservation-groups", tags=["reservations"], route_class=JsonRoute)


class ReservationGroupOut(BaseModel):
    """A series that is booked, or was."""

    id: UUID
    space_id: UUID
    status: Literal["confirmed", "cancelled"]
    recurrence: Annotated[dict[str, Any], Field(description="Pattern and range, as Microsoft Graph has them.")]
    time_zone: Annotated[str, Field(description="Of the dates of the series.")]
    start: Annotated[MomentOut, Field(description="Of the first occurrence that the pattern has.")]
    end: MomentOut
    is_complete: Annotated[bool, Field(description="Whether all of its dates are booked.")]
    materialised_until: Annotated[
        MomentOut | None,
        Field(description="Until when its dates are booked; later ones follow as time passes. Null if it is complete."),
    ]
    origin: Literal["outlook", "api", "command"]
    ical_uid: str | None
    version: int
    created_at: MomentOut
    updated_at: MomentOut


class ReservationGroupFilter(BaseModel):
    """Which groups to list, in the order in which they were made."""

    model_config = ConfigDict(extra="forbid")

    space_id: UUID | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class ReservationGroupList(BaseModel):
    """Groups in the order in which they were made; `next` is the cursor of the next page, null on the last."""

    items: list[ReservationGroupOut]
    next: str | None


@router.get("", dependencies=serves(READERS))
async def list_reservation_groups(
    wanted: Annotated[ReservationGroupFilter, Query()], context: Context
) -> ReservationGroupList:
    """List the groups."""
    after = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    async with context.reading() as conn:
        found = await groups.page(conn, wanted.space_id, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].created_at.isoformat(), shown[-1].id) if len(found) > wanted.limit else None
    return ReservationGroupList(items=[_show(each) for each in shown], next=more)


@router.get("/{group_id}", response_model=ReservationGroupOut, dependencies=serves(READERS))
async def read_reservation_group(group_id: UUID, context: Context, known: Known) -> Response:
    """Read one group."""
    async with context.reading() as conn:
        found = await groups.read(conn, group_id)
    if found is None:
        raise UnknownReservationGroup(group_id)
    return answer_reader(_show(found), known)


def _show(found: ReservationGroup) -> ReservationGroupOut:
    return ReservationGroupOut(
        id=found.id,
        space_id=found.space_id,
        status=found.status,
        recurrence=dict(found.recurrence),
        time_zone=found.time_zone,
        start=found.starts_at,
        end=found.ends_at,
        is_complete=found.materialised_until is None,
        materialised_until=found.materialised_until,
        origin=found.origin,
        ical_uid=found.ical_uid,
        version=found.version,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )
