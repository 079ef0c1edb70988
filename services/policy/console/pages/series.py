"""A series: its rule in words, its dates by start, and the ways to move or cancel them."""

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from services.policy.commands.callers import BOOKERS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.shown_groups import show_group
from services.policy.commands.unknown import UnknownReservationGroup
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.planned_dates import planned_elsewhen
from services.policy.console.sections import RESERVATIONS
from services.policy.console.visitor import visitor_of
from services.policy.core.ledger import LIVE
from services.policy.core.policies.parameters import Moment
from services.policy.core.recurrence.telling import say_series
from services.policy.store import group_states, reading
from services.policy.store.reading import Wanted

router = APIRouter(prefix="/series", include_in_schema=False)


@router.get("/{group_id}", dependencies=serves(READERS))
async def show_series(
    group_id: UUID, request: Request, context: Context, cursor: Annotated[Cursor | None, Query()] = None
) -> Response:
    """Show a series with its dates, each by its start; who may change them is led to the form of the next one."""
    after = read_cursor(cursor, TypeAdapter(Moment).validate_python) if cursor else None
    now = context.clock()
    async with context.reading() as conn:
        found = await group_states.read(conn, group_id)
        if found is None:
            raise UnknownReservationGroup(group_id)
        dates = await reading.reservations(conn, Wanted(group_id=group_id), after, PAGE + 1)
        to_come = Wanted(group_id=group_id, ends_after=now, statuses=list(LIVE))
        coming = await reading.reservations(conn, to_come, None, 1)
    page, has_more = split_page(dates)
    address = f"{ROOT}/series/{group_id}"
    more = cursor_at(page[-1].starts_at.isoformat(), page[-1].id) if has_more else None
    facts = {
        "found": found,
        "group": show_group(found),
        "rule": say_series(found.rules, found.recurrence, found.window, found.time_zone),
        "dates": page,
        "planned": {each.id: planned_elsewhen(each, found, now) for each in page},
        "now": now,
        "zone_info": ZoneInfo(found.time_zone),
        "coming": coming[0] if coming else None,
        "may_change": visitor_of(request).caller.is_any_of(BOOKERS),
        "first": address,
        "next": address_of_list(address, {}, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "series", facts, section=RESERVATIONS)
