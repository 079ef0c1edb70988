"""The timeline: spaces by days, as a calendar or as a table, both of one address."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from services.policy.commands.callers import BOOKERS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import TIMELINE
from services.policy.console.shown_timeline import NO_SPACE_ZONE, ShownTimeline, TimelineAddress, read_shown
from services.policy.console.visitor import visitor_of
from services.policy.core.policies.parameters import Moment
from services.policy.core.schedule import MEANINGS
from services.policy.core.zones import is_zone
from services.policy.store import schedule, space_groups, spaces

router = APIRouter(prefix="/timeline", include_in_schema=False)


class TableAddress(TimelineAddress):
    """As `TimelineAddress`; `row` is where the rows of the table go on."""

    row: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def show_timeline(asked: Annotated[TableAddress, Query()], request: Request, context: Context) -> Response:
    """Show what some spaces have on some days. The calendar fetches its reservations; the table has them in it."""
    async with context.reading() as conn:
        shown = await read_shown(conn, asked, context.clock())
        facts: dict[str, object] = {
            "shown": shown,
            "buildings": await schedule.buildings(conn),
            "groups": await space_groups.every(conn),
            "meanings": MEANINGS,
            "may_book": visitor_of(request).caller.is_any_of(BOOKERS),
            "next": _next_spaces(shown),
        }
        if asked.view == "table":
            facts |= await _rows(conn, shown, asked.row)
    return show(request, "timeline", facts, section=TIMELINE)


def _next_spaces(shown: ShownTimeline) -> str | None:
    if not shown.has_more:
        return None
    last = shown.spaces[-1]
    return shown.address(cursor=cursor_at(last.name, last.id))


async def _rows(conn: Connection, shown: ShownTimeline, row: str | None) -> dict[str, object]:
    after = read_cursor(row, TypeAdapter(Moment).validate_python) if row else None
    names = {each.id: each for each in shown.spaces}
    found = await schedule.scheduled(conn, list(names), shown.window, after, PAGE + 1)
    page, has_more = split_page(found)
    more = cursor_at(page[-1].starts_at.isoformat(), page[-1].id) if has_more else None
    return {
        "rows": [(each, names[each.space_id]) for each in page],
        "first_rows": shown.address(),
        "next_rows": shown.address(row=more) if more else None,
        "are_first_rows": after is None,
    }


class ChosenTime(BaseModel):
    """What was dragged on a calendar whose clock is that of `zone`: a time of a space, or one for a reservation."""

    space: UUID
    start: datetime
    end: datetime
    zone: Annotated[str, Field(max_length=64)]
    reservation: UUID | None = None


@router.get("/choose", dependencies=serves(BOOKERS))
async def choose(chosen: Annotated[ChosenTime, Query()], context: Context) -> Response:
    """Lead to the form for what was dragged, which says what it will do before it is done."""
    async with context.reading() as conn:
        room_zone = await spaces.time_zone_of(conn, chosen.space)
    if room_zone is None:
        raise HTTPException(404)
    times = {name: _by_the_room(getattr(chosen, name), chosen.zone, room_zone) for name in ("start", "end")}
    if chosen.reservation is not None:
        address = address_of_list(f"{ROOT}/reservations/{chosen.reservation}/change", times)
    else:
        address = address_of_list(f"{ROOT}/reservations/new", {"space": str(chosen.space), **times})
    return RedirectResponse(address, 303)


def _by_the_room(clock: datetime, zone: str, room_zone: str) -> str:
    """Write a time of the calendar by the clock of the room; one that the calendar's zone skips is an hour later."""
    shown_in = ZoneInfo(zone if is_zone(zone) else NO_SPACE_ZONE)
    instant = clock.replace(tzinfo=shown_in).astimezone(UTC)
    return instant.astimezone(ZoneInfo(room_zone)).replace(tzinfo=None).isoformat(timespec="minutes")
