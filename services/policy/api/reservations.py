"""Reservations: make, read, list, change and cancel them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from libs.contracts.groups import GroupForecastOut
from libs.contracts.reservations import ForecastOut, ReservationOut
from libs.contracts.wanted_reservations import Scope
from services.policy.api.access import actor_of, serves, way_in_of
from services.policy.api.etag import ExpectedVersion, Known, answer_reader
from services.policy.api.fields import MomentIn
from services.policy.api.group_answers import answer_date
from services.policy.api.group_bodies import CheckedReservation
from services.policy.api.openapi import refuses
from services.policy.api.paging import cursor_at, place_of
from services.policy.api.reservation_answers import answer_change, answer_creation
from services.policy.api.reservation_bodies import (
    Cancellation,
    NewReservation,
    ReservationFilter,
    ReservationList,
    ReservationPatch,
)
from services.policy.api.route import JsonRoute
from services.policy.api.window import check_order
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import reservations as commands
from services.policy.commands.callers import BOOKERS, READERS
from services.policy.commands.groups import GroupRefused, GroupReserved, check_group
from services.policy.commands.scopes import cancel_meant, change_meant
from services.policy.commands.shown_groups import show_group_forecast
from services.policy.commands.shown_reservations import read_reservation as read_one
from services.policy.commands.shown_reservations import show_forecast, show_reservation
from services.policy.commands.wanted_reservations import cancellation_of, change_of, group_request_of, request_of
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
        result = await commands.create_reservation(conn, request_of(body, way_in_of(request)), context.patience, by=by)
        return await answer_creation(request, conn, result)

    return await perform(request, context, work, claim)


@router.post(":check", dependencies=serves(READERS), responses=refuses(404))
async def check_new_reservation(
    request: Request, body: CheckedReservation, context: Context
) -> GroupForecastOut | ForecastOut:
    """Say what would be decided about a reservation if it were asked for now, and why. Nothing is changed.

    With the body of a group, the answer says it of the group and of each of its dates.
    """
    async with context.reading() as conn:
        if body.recurs:
            group, by = group_request_of(body, way_in_of(request)), actor_of(request)
            return show_group_forecast(await check_group(conn, group, context.patience, by=by))
        return show_forecast(
            await commands.check_reservation(conn, request_of(body, way_in_of(request)), by=actor_of(request))
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
        return answer_reader(await read_one(conn, reservation_id), known)


@router.patch("/{reservation_id}", response_model=ReservationOut, dependencies=serves(BOOKERS), responses=refuses(409))
async def change_reservation(
    request: Request,
    reservation_id: UUID,
    body: ReservationPatch,
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
    scope: Annotated[
        Scope, Query(description="Which dates of a series: this one, this and those after it, or all.")
    ] = "this",
) -> Response:
    """Change a reservation; Outlook follows. What cannot be granted leaves it as it was.

    What an administrator has to approve waits as its `requested_change`: it stays as it is until that is decided, and
    so it does for ever if the change is not approved. Asking for what is booked takes the request back.

    With a `scope`, several dates of a series that was made here are changed, or none if one of them cannot be: each
    by as much as this one. From a date on, they become a group of their own. By the `on_conflict` of their group, a
    date that cannot be booked as it is asked for may stay as it is, with that as its `refused_request`. What has to be
    approved waits as one question with its dates, and none of them is changed by itself meanwhile, but for its title.

    Of one that was made in Outlook only the time can be changed here. Its meeting is moved where the connection may
    edit organizers' events. Otherwise the reservation stays as it is, with the time that the room proposes as
    `proposed_change`, until the organizer accepts or the proposal lapses. Several dates of a series at once are
    changed by as much as this one, by the clock, all or none. Where organizers' events may not be edited, the organizer
    is asked once to move them, and each date has its `proposed_change`; a few dates are each proposed by themselves.
    What has to be approved waits as `requested_change`; nothing is written to Outlook before, and then it is done as it
    would be without approval. A change of the meeting there meanwhile takes the request back.
    """
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        change = change_of(body, way_in_of(request), scope)
        result = await change_meant(
            conn, reservation_id, change=change, expected_version=expected, patience=context.patience, by=by
        )
        if isinstance(result, GroupReserved | GroupRefused):
            return await answer_date(request, conn, result, reservation_id)
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
    """Cancel a reservation, unless it is too late by the policies; Outlook follows. One that is cancelled stays so.

    Of a series, `scope` says which dates are cancelled: all of them or none. What is over stays. The answer is the
    reservation that was named.
    """
    wanted, by = cancellation_of(body or Cancellation(), way_in_of(request)), actor_of(request)

    async def work(conn: Db) -> Done:
        result = await cancel_meant(
            conn, reservation_id, wanted=wanted, expected_version=expected, patience=context.patience, by=by
        )
        if isinstance(result, GroupReserved | GroupRefused):
            return await answer_date(request, conn, result, reservation_id)
        return await answer_change(request, conn, result)

    return await perform(request, context, work, claim)
