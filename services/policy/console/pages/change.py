"""Move or change a reservation: first what that will do, then it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.wanted_reservations import Scope, WantedChange
from services.policy.commands.callers import BOOKERS
from services.policy.commands.errors import StaleVersion
from services.policy.commands.foreseeing import Foresight, Refused, foresee_change
from services.policy.commands.groups import GroupRefused, GroupResult
from services.policy.commands.refusals import CHANGED, STALE
from services.policy.commands.reservations import ReservationRefused, Result
from services.policy.commands.scopes import change_meant
from services.policy.commands.unknown import UnknownReservation
from services.policy.commands.wanted_reservations import change_of
from services.policy.console.access import Context, serves
from services.policy.console.alternatives import links_to_alternatives
from services.policy.console.changed_fields import NOTHING_DIFFERS, as_written, read_people_and_title, read_times
from services.policy.console.commanding import actor_of, give, way_in_of
from services.policy.console.deciding import read_version
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.reservation_forms import (
    FIELDS,
    UNUSABLE,
    NotUsable,
    build,
    say_unusable,
    written_in,
)
from services.policy.console.sections import RESERVATIONS
from services.policy.core.actors import may_override
from services.policy.core.meeting_change import is_held_by_invitation
from services.policy.store import reading
from services.policy.store.reading import ShownReservation

router = APIRouter(prefix="/reservations", include_in_schema=False)

SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class ToldOfChange:
    """What is told above a form that comes back: what the change would do, or why it cannot be done."""

    foresight: Foresight | None = None
    refused: Refused | None = None
    sentences: Mapping[str, str] | None = None
    is_stale: bool = False
    status: int = 200


@router.get("/{reservation_id}/change", dependencies=serves(BOOKERS))
async def show_change(reservation_id: UUID, request: Request, context: Context) -> Response:
    """Show the form with what is booked, or with the times that an address asks for."""
    found = await read_one(context, reservation_id)
    asked = {name: request.query_params[name][:40] for name in ("start", "end") if name in request.query_params}
    scope = request.query_params.get("scope", "this")
    written = {**as_written(found), **asked, "scope": scope}
    return _show(request, found, written, ToldOfChange())


@router.post("/{reservation_id}/change", dependencies=serves(BOOKERS))
async def change(reservation_id: UUID, request: Request, context: Context) -> Response:
    """Say what a change will do, or make it; whatever keeps it from that comes back with the form as it was written."""
    form = await read_form(request)
    found = await read_one(context, reservation_id)
    scope = form.text("scope") or "this"
    written = {**as_written(found), **written_in(form, [*_fields_of(found), "override_reason"]), "scope": scope}
    version = read_version(form.text("version"))
    try:
        if scope not in SCOPES:
            raise NotUsable({"form": "Choose which dates of the series are meant. Nothing was changed."})
        meant = change_of(_read_change(found, written), way_in_of(request), scope)

        async def command(conn: Connection) -> Result | GroupResult:
            return await change_meant(
                conn,
                reservation_id,
                change=meant,
                expected_version=version,
                patience=context.patience,
                by=actor_of(request),
            )

        if form.text("action") != "save":
            seen = await foresee_change(context, reservation_id, command)
            told = ToldOfChange(seen, seen.refused, status=409 if seen.refused is not None else 200)
            return _show(request, found, written, told)
        result = await give(context, command)
    except UNUSABLE as error:
        return _show(request, found, written, ToldOfChange(sentences=say_unusable(error), status=422))
    except StaleVersion:
        now = await read_one(context, reservation_id)
        return _show(request, now, written, ToldOfChange(is_stale=True, status=STALE.status))
    if isinstance(result, ReservationRefused | GroupRefused):
        return _show(request, found, written, ToldOfChange(refused=result, status=409))
    return RedirectResponse(f"{RESERVATIONS.address}/{reservation_id}", 303)


async def read_one(context: Context, reservation_id: UUID) -> ShownReservation:
    """Read a reservation to be changed. Raises `UnknownReservation`."""
    async with context.reading() as conn:
        found = await reading.reservation(conn, reservation_id)
    if found is None:
        raise UnknownReservation(reservation_id)
    return found


def _fields_of(found: ShownReservation) -> tuple[str, ...]:
    """Return the fields that may be changed here: of a meeting in Outlook all but its time are the organizer's."""
    return ("start", "end") if is_held_by_invitation(found) else FIELDS


def _read_change(found: ShownReservation, written: Mapping[str, str]) -> WantedChange:
    """Read what is to be different; what was left as it is, is not named. Raises `NotUsable`."""
    body = read_times(found, written)
    if not is_held_by_invitation(found):
        body |= read_people_and_title(found, written)
    if not body:
        raise NotUsable(NOTHING_DIFFERS)
    if written["override_reason"]:
        body["override_reason"] = written["override_reason"]
    return build(WantedChange, body)


def _show(request: Request, found: ShownReservation, written: Mapping[str, str], told: ToldOfChange) -> Response:
    refused = told.refused
    alternatives = refused.alternatives if isinstance(refused, ReservationRefused) else None
    facts = {
        "found": found,
        "written": written,
        "told": told,
        "wrong": told.sentences or {},
        "changed": CHANGED if told.is_stale else None,
        "links": links_to_alternatives(alternatives, written, found.time_zone, found.space_id, moves=found.id),
        "is_meeting": is_held_by_invitation(found),
        "may_override": may_override(actor_of(request)),
    }
    return show(request, "change", facts, section=RESERVATIONS, status=told.status)
