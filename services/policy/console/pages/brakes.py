"""Brakes: rooms that lost so much at once that somebody has to confirm it, and the confirmation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.brakes import confirm_brake
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.refusals import refuse
from services.policy.commands.unconfirmable import BrakeChanged, NothingBraked
from services.policy.commands.unknown import UnknownSpace
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.forms import Form, read_form
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import OPERATIONS
from services.policy.console.visitor import visitor_of
from services.policy.core import braking
from services.policy.core.braking import SeenBrake
from services.policy.core.policies.parameters import Moment
from services.policy.store import brakes, spaces

router = APIRouter(prefix="/operations/brakes", include_in_schema=False)

ADDRESS = f"{OPERATIONS.address}/brakes"

_NOT_SEEN = "Confirm the cancellations on the page that shows them. Nothing was cancelled."

_SINCE: TypeAdapter[datetime] = TypeAdapter(Moment)
_CANCELLATIONS: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1)])


class ShownBrakes(BaseModel):
    """Which part of the list an address shows."""

    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def list_brakes(shown: Annotated[ShownBrakes, Query()], request: Request, context: Context) -> Response:
    """List the rooms whose cancellations wait, the oldest first."""
    after = read_cursor(shown.cursor, _SINCE.validate_python) if shown.cursor else None
    async with context.reading() as conn:
        found = await brakes.page(conn, after, PAGE + 1)
        page, has_more = split_page(found)
        confirmed = await brakes.last_confirmations(conn, [each.space_id for each in page])
    more = cursor_at(page[-1].since.isoformat(), page[-1].space_id) if has_more else None
    facts = {
        "brakes": page,
        "confirmed": confirmed,
        "may_see_parked": visitor_of(request).caller.is_any_of(ADMINS),
        "first": ADDRESS,
        "next": address_of_list(ADDRESS, {}, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "brakes", facts, section=OPERATIONS)


@router.get("/{space_id}", dependencies=serves(READERS))
async def show_brake(space_id: UUID, request: Request, context: Context) -> Response:
    """Show what waits in a room, and what confirming it does; or that nothing waits, and who confirmed last."""
    return await _show(space_id, request, context)


@router.post("/{space_id}/confirm", dependencies=serves(ADMINS))
async def confirm(space_id: UUID, request: Request, context: Context) -> Response:
    """Let the cancellations go on that the page had shown; if others wait by now, show those instead."""
    seen, by = _read_seen(await read_form(request)), visitor_of(request).caller.actor

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        return None, (await confirm_brake(conn, space_id, seen, by)).messages

    try:
        await perform(context, work)
    except (NothingBraked, BrakeChanged) as error:
        return await _show(space_id, request, context, refuse(error).detail, 409)
    return RedirectResponse(f"{ADDRESS}/{space_id}", 303)


async def _show(
    space_id: UUID, request: Request, context: RequestContext, refused: str | None = None, status: int = 200
) -> Response:
    async with context.reading() as conn:
        place = (await spaces.places(conn, [space_id])).get(space_id)
        if place is None:
            raise UnknownSpace(space_id)
        waiting = await brakes.read(conn, space_id)
        found = await brakes.in_doubt(conn, space_id, PAGE + 1) if waiting is not None else ()
        confirmed = (await brakes.last_confirmations(conn, [space_id])).get(space_id)
    reservations, has_more = split_page(found)
    facts = {
        "place": place,
        "waiting": waiting,
        "reservations": reservations,
        "has_more": has_more,
        "confirmed": confirmed,
        "refused": refused,
        "braking": braking,
        "may_confirm": visitor_of(request).caller.is_any_of(ADMINS),
    }
    return show(request, "brake", facts, section=OPERATIONS, status=status)


def _read_seen(form: Form) -> SeenBrake:
    try:
        since = _SINCE.validate_python(form.text("since"))
        return SeenBrake(since, _CANCELLATIONS.validate_python(form.text("cancellations")))
    except ValidationError as error:
        raise HTTPException(422, _NOT_SEEN) from error
