"""The waiting list of a space: wait for a time that is taken, see who waits, take what is offered, and give up."""

from typing import Annotated, assert_never
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from libs.contracts.reservations import ReservationOut
from services.policy.api.access import actor_of, serves
from services.policy.api.openapi import refuses
from services.policy.api.paging import cursor_at, place_of
from services.policy.api.problems import Problem, document
from services.policy.api.reservation_answers import answer_reserved
from services.policy.api.route import JsonRoute
from services.policy.api.waiting_list_bodies import (
    NewWaitingRequest,
    WaitingFilter,
    WaitingList,
    WaitingRequestOut,
    show_waiting,
)
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import waiting_list as commands
from services.policy.commands.callers import BOOKERS, READERS
from services.policy.commands.refusals import CONFLICT, RESERVATION_REFUSED
from services.policy.commands.unknown import UnknownSpace, UnknownWaitingRequest
from services.policy.commands.waiting_list import Joined, NotJoined, OfferNotTaken, OfferTaken
from services.policy.core.policies.parameters import Moment
from services.policy.core.waiting.request import WaitingState
from services.policy.store import spaces, waiting_requests
from services.policy.store.waiting_requests import WantedWaiting

router = APIRouter(prefix="/v1/spaces/{space_id}/waiting-list", tags=["waiting lists"], route_class=JsonRoute)

_WHY_NOT_TAKEN: dict[WaitingState, str] = {
    "waiting": "Nothing is offered to this request yet. Its organizer gets a mail when the time is free.",
    "offered": "The offer cannot be taken.",
    "taken": "Its meeting was booked without an offer.",
    "lapsed": "The time to take this offer is over, and the space may be offered to somebody else. Ask for it anew.",
    "withdrawn": "This request was withdrawn, so nothing is held for it any more. Ask for the time anew.",
}


@router.post(
    "", status_code=201, response_model=WaitingRequestOut, dependencies=serves(BOOKERS), responses=refuses(404, 409)
)
async def join_waiting_list(
    request: Request, space_id: UUID, body: NewWaitingRequest, context: Context, claim: Claimed
) -> Response:
    """Wait for a time of a space that is taken; the organizer gets a mail when it is free.

    Whoever waits for the same time already keeps that place. What is free cannot be waited for, nor what the policies
    would refuse then.
    """

    async def work(conn: Db) -> Done:
        joined = await commands.join(conn, body.wish(space_id))
        match joined:
            case Joined(waiting):
                return Done(201, show_waiting(waiting).model_dump(mode="json"))
            case NotJoined(why, reasons):
                refusal = document(request, Problem(CONFLICT, " ".join([why, *(each.message for each in reasons)])))
                refusal.reasons = list(reasons)
                return Done(CONFLICT.status, refusal.model_dump(mode="json"))
            case _:
                assert_never(joined)

    return await perform(request, context, work, claim)


@router.get("", dependencies=serves(READERS), responses=refuses(404))
async def list_waiting(space_id: UUID, wanted: Annotated[WaitingFilter, Query()], context: Context) -> WaitingList:
    """List the requests on the waiting list of a space, ended ones too, in the order in which they were made."""
    after = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    async with context.reading() as conn:
        if await spaces.time_zone_of(conn, space_id) is None:
            raise UnknownSpace(space_id)
        found = await waiting_requests.page(conn, WantedWaiting(space_id, wanted.state), after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].asked_at.isoformat(), shown[-1].id) if len(found) > wanted.limit else None
    return WaitingList(items=[show_waiting(each) for each in shown], next=more)


@router.post(
    "/{request_id}/take", response_model=ReservationOut, dependencies=serves(BOOKERS), responses=refuses(404, 409)
)
async def take_offer(request: Request, space_id: UUID, request_id: UUID, context: Context, claim: Claimed) -> Response:
    """Take what is offered, and return the reservation; taken twice, it is booked once."""
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        await _check_space(conn, space_id, request_id)
        taken = await commands.take_offer(conn, request_id, context.patience, by=by)
        match taken:
            case OfferTaken(reservation_id, messages):
                return await answer_reserved(conn, reservation_id, messages, 200)
            case OfferNotTaken(waiting, reasons, messages):
                said = [each.message for each in reasons] or [_WHY_NOT_TAKEN[waiting.state]]
                refusal = document(request, Problem(RESERVATION_REFUSED, " ".join(said)))
                refusal.reasons = list(reasons)
                return Done(RESERVATION_REFUSED.status, refusal.model_dump(mode="json"), {}, tuple(messages))
            case _:
                assert_never(taken)

    return await perform(request, context, work, claim)


@router.delete("/{request_id}", response_model=WaitingRequestOut, dependencies=serves(BOOKERS), responses=refuses(404))
async def leave_waiting_list(
    request: Request, space_id: UUID, request_id: UUID, context: Context, claim: Claimed
) -> Response:
    """Wait no longer, and give back what is offered. A request that has ended stays as it is."""
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        await _check_space(conn, space_id, request_id)
        left, messages = await commands.withdraw(conn, request_id, context.patience, by=by)
        return Done(200, show_waiting(left).model_dump(mode="json"), {}, tuple(messages))

    return await perform(request, context, work, claim)


async def _check_space(conn: Db, space_id: UUID, request_id: UUID) -> None:
    """Raise `UnknownWaitingRequest` unless the request is for that space."""
    found = await waiting_requests.read(conn, request_id)
    if found is None or found.space_id != space_id:
        raise UnknownWaitingRequest(request_id)
