"""Reservations: make, read, list, change and cancel them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from services.policy.api.access import BOOKERS, READERS, actor_of, roles_of, serves
from services.policy.api.etag import ExpectedVersion, Known, answer_reader
from services.policy.api.fields import MomentIn
from services.policy.api.openapi import refuses
from services.policy.api.paging import cursor_at, place_of
from services.policy.api.reservation_answers import answer_change, answer_creation
from services.policy.api.reservation_bodies import (
    Cancellation,
    ForecastOut,
    NewReservation,
    ReservationFilter,
    ReservationList,
    ReservationOut,
    ReservationPatch,
    show_forecast,
    show_reservation,
)
from services.policy.api.route import JsonRoute
from services.policy.api.window import check_order
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import reservations as commands
from services.policy.commands.errors import UnknownReservation
from services.policy.store import reading
from services.policy.store.reading import Wanted

router = APIRouter(prefix="/v1/reservations", tags=["reservations"], route_class=JsonRoute)


@router.post(
    "", status_code=201, response_model=ReservationOut, dependencies=serves(BOOKERS), responses=refuses(404, 409)
)
async def create_reservation(request: Request, body: NewReservation, context: Context, claim: Claimed) -> Response:
    """Reserve a space, or learn every reason why not and what could be reserved instead.

    A space that is mapped to no mailbox can be reserved too; then nothing is shown in Outlook.
    """
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        result = await commands.create_reservation(conn, body.request(roles_of(request)), context.patience, by=by)
        return await answer_creation(request, conn, result)

    return await perform(request, context, work, claim)


@router.post(":check", dependencies=serves(READERS), responses=refuses(404))
async def check_new_reservation(request: Request, body: NewReservation, context: Context) -> ForecastOut:
    """Say what would be decided about a reservation if it were asked for now, and why. Nothing is changed."""
    async with context.reading() as conn:
        return show_forecast(
            await commands.check_reservation(conn, body.request(roles_of(request)), by=actor_of(request))
        )


@router.get("", dependencies=serves(READERS))
async def list_reservations(wanted: Annotated[ReservationFilter, Query()], context: Context) -> ReservationList:
    """List reservations by start."""
    if wanted.start is not None and wanted.end is not None:
        check_order(wanted.start, wanted.end)
    after = place_of(wanted.cursor, TypeAdapter(MomentIn).validate_python)
    filters = Wanted(
        space_id=wanted.space_id,
        ends_after=wanted.start,
        starts_before=wanted.end,
        statuses=wanted.status.split(",") if wanted.status else None,
        organizer=wanted.organizer,
        title=wanted.title,
        origin=wanted.origin,
        updated_since=wanted.updated_since,
        group_id=wanted.group_id,
    )
    async with context.reading() as conn:
        found = await reading.reservations(conn, filters, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].starts_at.isoformat(), shown[-1].id) if len(found) > wanted.limit else None
    return ReservationList(items=[show_reservation(each) for each in shown], next=more)


@router.get("/{reservation_id}", response_model=ReservationOut, dependencies=serves(READERS))
async def read_reservation(reservation_id: UUID, context: Context, known: Known) -> Response:
    """Read one reservation, and how it stands in Outlook."""
    async with context.reading() as conn:
        found = await reading.reservation(conn, reservation_id)
    if found is None:
        raise UnknownReservation(reservation_id)
    return answer_reader(show_reservation(found), known)


@router.patch("/{reservation_id}", response_model=ReservationOut, dependencies=serves(BOOKERS), responses=refuses(409))
async def change_reservation(
    request: Request,
    reservation_id: UUID,
    body: ReservationPatch,
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Change a reservation; Outlook follows. What cannot be granted leaves it as it was."""
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        result = await commands.change_reservation(
            conn,
            reservation_id,
            body.change(roles_of(request)),
            expected_version=expected,
            patience=context.patience,
            by=by,
        )
        return await answer_change(request, conn, result)

    return await perform(request, context, work, claim)


@router.post(
    "/{reservation_id}/cancel", response_model=ReservationOut, dependencies=serves(BOOKERS), responses=refuses(409)
)
async def cancel_reservation(
    request: Request,
    reservation_id: UUID,
    context: Context,
    expected: ExpectedVersion,
    *,
    claim: Claimed,
    body: Cancellation | None = None,
) -> Response:
    """Cancel a reservation, unless it is too late by the policies; Outlook follows. One that is cancelled stays so."""
    wanted, by = (body or Cancellation()).wanted(roles_of(request)), actor_of(request)

    async def work(conn: Db) -> Done:
        result = await commands.cancel_reservation(
            conn, reservation_id, wanted=wanted, expected_version=expected, patience=context.patience, by=by
        )
        return await answer_change(request, conn, result)

    return await perform(request, context, work, claim)
