"""Book a space, once or again and again: choose it, see what would be decided, then book it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from services.policy.commands.callers import BOOKERS
from services.policy.commands.foreseeing import Foresight, Refused, foresee_booking
from services.policy.commands.groups import GroupForecast, GroupRefused, GroupReserved, GroupResult
from services.policy.commands.reservations import Forecast, ReservationRefused, Reserved, Result
from services.policy.console import recurring_forms
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.alternatives import links_to_alternatives
from services.policy.console.commanding import actor_of, give, way_in_of
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.reservation_forms import (
    FIELDS,
    UNUSABLE,
    NotUsable,
    read_instants,
    say_clock,
    say_unusable,
    written_in,
)
from services.policy.console.sections import RESERVATIONS
from services.policy.console.space_choice import Beginning, read_space, show_choice
from services.policy.console.wanted_bookings import check, command_of, read_booking
from services.policy.core.actors import may_override
from services.policy.store.space_search import FoundSpace

router = APIRouter(prefix="/reservations/new", include_in_schema=False)

_ALL_FIELDS = (*FIELDS, *recurring_forms.FIELDS)
_NONE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ToldOfBooking:
    """What is told with a form that comes back: what would be decided, or why it cannot be booked."""

    forecast: Forecast | GroupForecast | None = None
    foresight: Foresight | None = None
    refused: Refused | None = None
    sentences: Mapping[str, str] | None = None
    status: int = 200


@router.get("", dependencies=serves(BOOKERS))
async def begin(wanted: Annotated[Beginning, Query()], request: Request, context: Context) -> Response:
    """Show the form for a space; without one, spaces to choose from by a part of their names."""
    if wanted.space is None:
        return await show_choice(wanted, request, context)
    space = await read_space(context, wanted.space)
    return _show(request, space, _by_the_clock(wanted.written, space.time_zone), ToldOfBooking())


@router.post("", dependencies=serves(BOOKERS))
async def book(request: Request, context: Context) -> Response:
    """Say what would be decided, or book it; whatever keeps it from that comes back with the form as it was written."""
    form = await read_form(request)
    written = written_in(form, _ALL_FIELDS)
    space = await read_space(context, _read_id(form.text("space")))
    try:
        booking = read_booking(space, written, way_in_of(request))
        command = command_of(booking, context.patience, actor_of(request))
        if form.text("action") == "book":
            return _answer(request, space, written, await give(context, command))
        async with context.reading() as conn:
            forecast = await check(conn, booking, context.patience, actor_of(request))
        seen = await foresee_booking(context, command)
    except UNUSABLE as error:
        return _show(request, space, written, ToldOfBooking(sentences=say_unusable(error), status=422))
    status = 409 if seen.refused is not None else 200
    return _show(request, space, written, ToldOfBooking(forecast, seen, seen.refused, status=status))


def _answer(request: Request, space: FoundSpace, written: Mapping[str, str], result: Result | GroupResult) -> Response:
    match result:
        case Reserved(reservation):
            return RedirectResponse(f"{RESERVATIONS.address}/{reservation.id}", 303)
        case GroupReserved(group):
            return RedirectResponse(f"{ROOT}/series/{group.id}", 303)
        case ReservationRefused() | GroupRefused():
            return _show(request, space, written, ToldOfBooking(refused=result, status=409))
        case _:
            assert_never(result)


def _read_id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return _NONE


def _by_the_clock(written: Mapping[str, str], zone: str) -> dict[str, str]:
    """Return what was written with its times by the clock of the room; what is no time is left out."""
    found = dict(written)
    for name in ("start", "end"):
        try:
            instant = read_instants({name: written[name]}, zone).get(name)
        except NotUsable:
            instant = None
        found[name] = say_clock(datetime.fromisoformat(instant), zone) if instant is not None else ""
    return found


def _show(request: Request, space: FoundSpace, written: Mapping[str, str], told: ToldOfBooking) -> Response:
    refused, forecast = told.refused, told.forecast
    alternatives = refused.alternatives if isinstance(refused, ReservationRefused) else None
    dates = forecast.occurrences if isinstance(forecast, GroupForecast) else ()
    facts = {
        "space": space,
        "written": {**dict.fromkeys(_ALL_FIELDS, ""), **written},
        "told": told,
        "wrong": told.sentences or {},
        "dates": dates or (refused.occurrences if isinstance(refused, GroupRefused) else ()),
        "repeats": recurring_forms.REPEATS,
        "links": links_to_alternatives(alternatives, written, space.time_zone, space.id),
        "may_override": may_override(actor_of(request)),
    }
    return show(request, "book", facts, section=RESERVATIONS, status=told.status)
