"""Change a series that the back office made: how it recurs, when, how it is called and for whom it is.

First what that will do is said of its dates and of Outlook, then it is done. How a series from Outlook recurs is its
organizer's, so there is a sentence in place of the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.wanted_reservations import WantedGroupChange
from services.policy.commands.callers import BOOKERS
from services.policy.commands.errors import StaleVersion
from services.policy.commands.foreseeing import Foresight, foresee_change_of_group
from services.policy.commands.group_changes import Expected, change_dates
from services.policy.commands.groups import GroupRefused, GroupResult
from services.policy.commands.refusals import CHANGED, RESERVATION_REFUSED, STALE
from services.policy.commands.unknown import UnknownReservationGroup
from services.policy.commands.wanted_reservations import group_change_of
from services.policy.console import recurring_forms
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.changed_fields import NOTHING_DIFFERS, as_written, read_people_and_title, read_times
from services.policy.console.commanding import actor_of, give, way_in_of
from services.policy.console.deciding import read_version
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.problems import show_problem
from services.policy.console.reservation_forms import FIELDS, UNUSABLE, NotUsable, build, say_unusable, written_in
from services.policy.console.sections import RESERVATIONS
from services.policy.core.actors import may_override
from services.policy.core.change_words import say_not_changeable
from services.policy.core.explanations import TimeNotChangeable
from services.policy.core.recurrence.stored import read_text
from services.policy.core.recurrence.telling import say_series
from services.policy.store import group_states
from services.policy.store.group_states import ShownGroup

router = APIRouter(prefix="/series", include_in_schema=False)

_RULE = ("repeats", "interval", "times", "until", "rrule")


@dataclass(frozen=True, slots=True)
class ToldOfSeries:
    """What is told with a form that comes back: what the change would do, or why it cannot be done."""

    foresight: Foresight | None = None
    refused: GroupRefused | None = None
    sentences: Mapping[str, str] | None = None
    is_stale: bool = False
    status: int = 200


@router.get("/{group_id}/change", dependencies=serves(BOOKERS))
async def show_form(group_id: UUID, request: Request, context: Context) -> Response:
    """Show the form in which a series stands as it is."""
    found = await _read(context, group_id)
    if found.rules is None:
        return _not_here(request)
    return _show(request, found, _as_written(found), ToldOfSeries())


@router.post("/{group_id}/change", dependencies=serves(BOOKERS))
async def change_series(group_id: UUID, request: Request, context: Context) -> Response:
    """Say what a change will do, or make it; whatever keeps it from that comes back with the form as it was written."""
    form = await read_form(request)
    found = await _read(context, group_id)
    if found.rules is None:
        return _not_here(request)
    written = written_in(form, (*FIELDS, *recurring_forms.FIELDS))
    expected, by = Expected(version=read_version(form.text("version"))), actor_of(request)
    try:
        change = group_change_of(_read_change(found, written), way_in_of(request))

        async def command(conn: Connection) -> GroupResult:
            return await change_dates(
                conn, group_id, change=change, expected=expected, patience=context.patience, by=by
            )

        if form.text("action") == "save":
            result = await give(context, command)
            if isinstance(result, GroupRefused):
                return _show(request, found, written, ToldOfSeries(refused=result, status=RESERVATION_REFUSED.status))
            return RedirectResponse(f"{ROOT}/series/{group_id}", 303)
        seen = await foresee_change_of_group(context, group_id, command)
    except UNUSABLE as error:
        return _show(request, found, written, ToldOfSeries(sentences=say_unusable(error), status=422))
    except StaleVersion:
        now = await _read(context, group_id)
        return _show(request, now, written, ToldOfSeries(is_stale=True, status=STALE.status))
    refused = seen.refused if isinstance(seen.refused, GroupRefused) else None
    status = 200 if refused is None else RESERVATION_REFUSED.status
    return _show(request, found, written, ToldOfSeries(seen, refused, status=status))


async def _read(context: Context, group_id: UUID) -> ShownGroup:
    async with context.reading() as conn:
        found = await group_states.read(conn, group_id)
    if found is None:
        raise UnknownReservationGroup(group_id)
    return found


def _as_written(found: ShownGroup) -> dict[str, str]:
    """Return a series as the fields of the form have it."""
    recurrence = read_text(found.rules or "")
    rule = recurring_forms.write_rule(recurrence, found.window, found.time_zone)
    return {**as_written(found), **rule, "on_conflict": found.on_conflict or ""}


def _read_change(found: ShownGroup, written: Mapping[str, str]) -> WantedGroupChange:
    """Read what is to be different; what was left as it is, is not named. Raises `NotUsable`."""
    before = _as_written(found)
    body: dict[str, Any] = {**read_times(found, written), **read_people_and_title(found, written)}
    if any(written[name] != before[name] for name in _RULE):
        body["rrule"] = recurring_forms.read_rule(written)
    if written["on_conflict"] != before["on_conflict"]:
        body["on_conflict"] = written["on_conflict"]
    if not body:
        raise NotUsable(NOTHING_DIFFERS)
    if written["override_reason"]:
        body["override_reason"] = written["override_reason"]
    return build(WantedGroupChange, body)


def _not_here(request: Request) -> Response:
    why = say_not_changeable(TimeNotChangeable(why="whole_series"))
    return show_problem(request, RESERVATION_REFUSED.status, "This series cannot be changed here as a whole.", why)


def _show(request: Request, found: ShownGroup, written: Mapping[str, str], told: ToldOfSeries) -> Response:
    refused, seen = told.refused, told.foresight
    facts = {
        "found": found,
        "written": written,
        "told": told,
        "rule": say_series(found.rules, found.recurrence, found.window, found.time_zone),
        "wrong": told.sentences or {},
        "changed": CHANGED if told.is_stale else None,
        "dates": refused.occurrences if refused is not None else seen.dates if seen is not None else (),
        "repeats": recurring_forms.REPEATS,
        "may_override": may_override(actor_of(request)),
    }
    return show(request, "series_change", facts, section=RESERVATIONS, status=told.status)
