"""Groups of reservations: series, whose occurrences are listed by `GET /v1/reservations?group_id=`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from libs.contracts.groups import ReservationGroupOut
from services.policy.api.access import actor_of, serves, way_in_of
from services.policy.api.etag import ExpectedVersion, Known, answer_reader
from services.policy.api.group_answers import answer_group, answer_new_group
from services.policy.api.group_bodies import (
    GroupCancellation,
    NewReservationGroup,
    ReservationGroupFilter,
    ReservationGroupList,
    ReservationGroupPatch,
)
from services.policy.api.openapi import refuses
from services.policy.api.paging import cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.window import check_order
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.callers import BOOKERS, READERS
from services.policy.commands.group_changes import Expected, cancel_dates, change_dates
from services.policy.commands.groups import create_group
from services.policy.commands.shown_groups import read_group, show_group
from services.policy.commands.wanted_reservations import cancellation_of, group_change_of, group_request_of
from services.policy.core.policies.parameters import Moment
from services.policy.store import group_states
from services.policy.store.group_states import WantedGroups

router = APIRouter(prefix="/v1/reservation-groups", tags=["reservations"], route_class=JsonRoute)


@router.post(
    "", status_code=201, response_model=ReservationGroupOut, dependencies=serves(BOOKERS), responses=refuses(404, 409)
)
async def create_reservation_group(
    request: Request, body: NewReservationGroup, context: Context, claim: Claimed
) -> Response:
    """Reserve a space for every date of a recurrence, or learn every reason why not, with the dates that fail.

    Dates are booked up to the limits of the installation; later ones follow as time passes, and `materialised_until`
    says until when there are some by now. A date that is left out by `skip_conflicts` is a declined reservation of the
    group, with its reasons.
    """
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        result = await create_group(conn, group_request_of(body, way_in_of(request)), context.patience, by=by)
        return await answer_new_group(request, conn, result)

    return await perform(request, context, work, claim)


@router.patch("/{group_id}", response_model=ReservationGroupOut, dependencies=serves(BOOKERS), responses=refuses(409))
async def change_reservation_group(
    request: Request,
    group_id: UUID,
    body: ReservationGroupPatch,
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Change every date of a group that is not over, or none if one of them cannot be; Outlook follows.

    A new `start` is that of the first date, and shifts every date by the same wall-clock time. With `skip_conflicts`,
    said now or before, a date that cannot be booked as it is asked for stays as it is, with that as its
    `refused_request`; one that would be new is a declined reservation.

    What an administrator has to approve waits as the `requested_change` of the group and of its dates, one question for
    all of them. Everything stays as it is until that is decided, titles too, and the times that are asked for are held.
    A later change takes its place; asking for what is booked, or cancelling more than one date, takes it back.
    """
    change, by = group_change_of(body, way_in_of(request)), actor_of(request)

    async def work(conn: Db) -> Done:
        result = await change_dates(
            conn, group_id, change=change, expected=Expected(version=expected), patience=context.patience, by=by
        )
        return await answer_group(request, conn, result)

    return await perform(request, context, work, claim)


@router.post(
    "/{group_id}/cancel", response_model=ReservationGroupOut, dependencies=serves(BOOKERS), responses=refuses(409)
)
async def cancel_reservation_group(
    request: Request,
    group_id: UUID,
    context: Context,
    expected: ExpectedVersion,
    *,
    claim: Claimed,
    body: GroupCancellation | None = None,
) -> Response:
    """Cancel every date of a group that is not over, unless it is too late for any of them; Outlook follows."""
    wanted, by = cancellation_of(body or GroupCancellation(), way_in_of(request)), actor_of(request)

    async def work(conn: Db) -> Done:
        result = await cancel_dates(
            conn, group_id, wanted=wanted, expected=Expected(version=expected), patience=context.patience, by=by
        )
        return await answer_group(request, conn, result)

    return await perform(request, context, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_reservation_groups(
    wanted: Annotated[ReservationGroupFilter, Query()], context: Context
) -> ReservationGroupList:
    """List the groups."""
    if wanted.start is not None and wanted.end is not None:
        check_order(wanted.start, wanted.end)
    after = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    statuses = wanted.status.split(",") if wanted.status else None
    filters = WantedGroups(wanted.space_id, wanted.start, wanted.end, statuses)
    async with context.reading() as conn:
        found = await group_states.page(conn, filters, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].created_at.isoformat(), shown[-1].id) if len(found) > wanted.limit else None
    return ReservationGroupList(items=[show_group(each) for each in shown], next=more)


@router.get("/{group_id}", response_model=ReservationGroupOut, dependencies=serves(READERS))
async def read_reservation_group(group_id: UUID, context: Context, known: Known) -> Response:
    """Read one group, and how it stands in Outlook."""
    async with context.reading() as conn:
        return answer_reader(await read_group(conn, group_id), known)
