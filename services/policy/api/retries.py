"""Try again what could not be brought to Outlook."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.db import Connection as Db
from libs.contracts.reservations import ReservationOut
from services.policy.api.access import actor_of, serves
from services.policy.api.etag import etag
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.callers import ADMINS
from services.policy.commands.retry import retry_reservation
from services.policy.commands.shown_reservations import read_reservation

router = APIRouter(prefix="/v1/reservations", tags=["reservations"], route_class=JsonRoute)


@router.post("/{reservation_id}/check", response_model=ReservationOut, dependencies=serves(ADMINS))
async def check_reservation(request: Request, reservation_id: UUID, context: Context, claim: Claimed) -> Response:
    """Bring a reservation to Outlook again whose `outlook.state` is failed; one that has not failed stays as it is."""
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        messages = await retry_reservation(conn, reservation_id, context.patience, by=by)
        body = await read_reservation(conn, reservation_id)
        return Done(200, body.model_dump(mode="json"), {"ETag": etag(body)}, tuple(messages))

    return await perform(request, context, work, claim)
