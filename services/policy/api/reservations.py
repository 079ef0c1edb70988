"""Reservations: make, read, list, change and cancel them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from services.policy.api.access import BOOKERS, READERS, serves
from services.policy.api.commands import cancel, change, create
from services.policy.api.etag import ExpectedVersion, etag
from services.policy.api.fields import MomentIn
from services.policy.api.paging import cursor_at, place_of
from services.policy.api.problems import not_found
from services.policy.api.reservation_bodies import (
    Cancellation,
    NewReservation,
    ReservationChange,
    ReservationFilter,
    ReservationList,
    ReservationOut,
    reservation_out,
)
from services.policy.api.route import JsonRoute
from services.policy.api.window import check_order
from services.policy.api.work import AtDesk, Claimed, Done, perform
from services.policy.store import reading
from services.policy.store.reading import Wanted

router = APIRouter(prefix="/v1/reservations", tags=["reservations"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=ReservationOut, dependencies=serves(BOOKERS))
async def create_reservation(request: Request, body: NewReservation, desk: AtDesk, claim: Claimed) -> Response:
    """Reserve a space, or learn every reason why not and what could be reserved instead.

    A space that is mapped to no mailbox can be reserved too; then nothing is shown in Outlook.
    """

    async def work(conn: Db) -> Done:
        return await create(request, conn, body)

    return await perform(request, desk, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_reservations(wanted: Annotated[ReservationFilter, Query()], desk: AtDesk) -> ReservationList:
    """List reservations by start."""
    if wanted.start is not None and wanted.end is not None:
        check_order(wanted.start, wanted.end)
    after = place_of(wanted.cursor, TypeAdapter(MomentIn).validate_python)
    filters = Wanted(
        space_id=wanted.space_id,
        ends_after=wanted.start,
        starts_before=wanted.end,
        statuses=wanted.status.split(",") if wanted.status else None,
    )
    async with desk.reading() as conn:
        found = await reading.reservations(conn, filters, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].starts_at.isoformat(), shown[-1].id) if len(found) > wanted.limit else None
    return ReservationList(items=[reservation_out(each) for each in shown], next=more)


@router.get("/{reservation_id}", dependencies=serves(READERS))
async def read_reservation(reservation_id: UUID, desk: AtDesk, response: Response) -> ReservationOut:
    """Read one reservation, and how it stands in Outlook."""
    async with desk.reading() as conn:
        found = await reading.reservation(conn, reservation_id)
    if found is None:
        raise not_found("reservation", "path.reservation_id")
    response.headers["ETag"] = etag(found.version)
    return reservation_out(found)


@router.patch("/{reservation_id}", response_model=ReservationOut, dependencies=serves(BOOKERS))
async def change_reservation(
    request: Request,
    reservation_id: UUID,
    body: ReservationChange,
    desk: AtDesk,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Change a reservation; Outlook follows. What cannot be granted leaves it as it was."""

    async def work(conn: Db) -> Done:
        return await change(request, conn, reservation_id, body, expected)

    return await perform(request, desk, work, claim)


@router.post("/{reservation_id}/cancel", response_model=ReservationOut, dependencies=serves(BOOKERS))
async def cancel_reservation(
    request: Request,
    reservation_id: UUID,
    desk: AtDesk,
    expected: ExpectedVersion,
    *,
    claim: Claimed,
    body: Cancellation | None = None,
) -> Response:
    """Cancel a reservation; Outlook follows. One that is cancelled already stays so."""

    async def work(conn: Db) -> Done:
        return await cancel(request, conn, reservation_id, body.comment if body else None, expected)

    return await perform(request, desk, work, claim)
