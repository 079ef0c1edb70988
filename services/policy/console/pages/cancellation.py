"""Cancel a reservation, or dates of its series: what that will do is said of each, then it is done."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.contracts.wanted_reservations import Scope, WantedCancellation
from services.policy.commands.callers import BOOKERS
from services.policy.commands.errors import StaleVersion
from services.policy.commands.foreseeing import Command, Foresight, Refused, foresee_cancellation
from services.policy.commands.groups import GroupRefused
from services.policy.commands.refusals import CHANGED, STALE
from services.policy.commands.reservations import ReservationRefused
from services.policy.commands.scopes import cancel_meant
from services.policy.commands.wanted_reservations import cancellation_of
from services.policy.console.access import Context, serves
from services.policy.console.commanding import actor_of, give, way_in_of
from services.policy.console.deciding import read_version
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.pages.change import SCOPES, read_one
from services.policy.console.reservation_forms import NotUsable, build, written_in
from services.policy.console.sections import RESERVATIONS
from services.policy.core.actors import may_override
from services.policy.core.meeting_change import is_held_by_invitation
from services.policy.store.reading import ShownReservation

router = APIRouter(prefix="/reservations", include_in_schema=False)

_FIELDS = ("comment", "override_reason", "scope")
_CALLED: Mapping[Scope, str] = {
    "this": "This date alone",
    "following": "This date and all after it",
    "all": "All dates that are to come",
}


@router.get("/{reservation_id}/cancel", dependencies=serves(BOOKERS))
async def show_cancellation(reservation_id: UUID, request: Request, context: Context) -> Response:
    """Show what cancelling will do, of a series for each choice of dates. Nothing is changed by that."""
    scope = request.query_params.get("scope", "this")
    written = {"comment": "", "override_reason": "", "scope": scope}
    return await _show(request, context, await read_one(context, reservation_id), written)


@router.post("/{reservation_id}/cancel", dependencies=serves(BOOKERS))
async def cancel(reservation_id: UUID, request: Request, context: Context) -> Response:
    """Cancel what was chosen, and show the reservation as it is then; a refusal comes back with what was written."""
    form = await read_form(request)
    found = await read_one(context, reservation_id)
    written = written_in(form, _FIELDS)
    version = read_version(form.text("version"))
    try:
        result = await give(context, _command(request, context, found, written, version))
    except NotUsable as error:
        return await _show(request, context, found, written, sentences=error.sentences, status=422)
    except StaleVersion:
        now = await read_one(context, reservation_id)
        return await _show(request, context, now, written, changed=CHANGED, status=STALE.status)
    if isinstance(result, ReservationRefused | GroupRefused):
        return await _show(request, context, found, written, refused=result, status=409)
    return RedirectResponse(f"{RESERVATIONS.address}/{reservation_id}", 303)


def _command(
    request: Request, context: Context, found: ShownReservation, written: Mapping[str, str], version: int | None
) -> Command:
    """Build the command of what is written. Raises `NotUsable`."""
    body = {name: text for name in _FIELDS if (text := written[name])}
    wanted = cancellation_of(build(WantedCancellation, body), way_in_of(request))
    by = actor_of(request)
    return lambda conn: cancel_meant(
        conn, found.id, wanted=wanted, expected_version=version, patience=context.patience, by=by
    )


async def _foresee(request: Request, context: Context, found: ShownReservation) -> Mapping[Scope, Foresight]:
    scopes: tuple[Scope, ...] = SCOPES if found.group_id is not None else ("this",)
    return {
        scope: await foresee_cancellation(
            context,
            found.id,
            _command(request, context, found, {"comment": "", "override_reason": "", "scope": scope}, None),
        )
        for scope in scopes
    }


async def _show(
    request: Request,
    context: Context,
    found: ShownReservation,
    written: Mapping[str, str],
    *,
    refused: Refused | None = None,
    sentences: Mapping[str, str] | None = None,
    changed: str | None = None,
    status: int = 200,
) -> Response:
    facts = {
        "found": found,
        "written": written,
        "choices": await _foresee(request, context, found),
        "called": _CALLED,
        "refused": refused,
        "wrong": sentences or {},
        "changed": changed,
        "is_meeting": is_held_by_invitation(found),
        "may_override": may_override(actor_of(request)),
    }
    return show(request, "cancel", facts, section=RESERVATIONS, status=status)
