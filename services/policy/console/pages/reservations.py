"""The list of reservations, by start: those to come, unless an address says otherwise."""

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter

from libs.contracts.fields import printable
from services.policy.commands.callers import BOOKERS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.console.access import Context, serves
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import RESERVATIONS
from services.policy.console.shown_timeline import FIRST_DAY, LAST_DAY, NO_SPACE_ZONE
from services.policy.console.visitor import visitor_of
from services.policy.core.ledger import LIVE, Status
from services.policy.core.policies.parameters import Moment
from services.policy.core.times import days_window
from services.policy.core.zones import is_zone
from services.policy.store import reading, spaces
from services.policy.store.reading import Wanted

router = APIRouter(prefix="/reservations", include_in_schema=False)

WantedStatus = Literal["live", Status, "any"]
Part = Annotated[str, Field(max_length=254), AfterValidator(printable)]
Day = Annotated[
    Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)] | Literal[""] | None, Field(union_mode="left_to_right")
]

_STATUSES: tuple[tuple[WantedStatus, str], ...] = (
    ("live", "Booked or waiting"),
    ("confirmed", "Confirmed"),
    ("pending", "Waiting"),
    ("declined", "Declined"),
    ("cancelled", "Cancelled"),
    ("any", "Any"),
)


class ShownReservations(BaseModel):
    """Which reservations an address shows: live ones from today on, unless it says otherwise.

    `space` is a part of a name, `organizer` a mail address. The dates are days in the `zone`, which is that of the most
    spaces unless it is given; a first day that is left empty by the form stands for all.
    """

    status: WantedStatus = "live"
    space: Part | None = None
    organizer: Part | None = None
    first: Annotated[Day, Field(alias="from")] = None
    last: Annotated[Day, Field(alias="to")] = None
    zone: Annotated[str, Field(max_length=64)] = ""
    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def list_reservations(
    shown: Annotated[ShownReservations, Query()], request: Request, context: Context
) -> Response:
    """List reservations by start."""
    async with context.reading() as conn:
        zones = await spaces.time_zones(conn) or [NO_SPACE_ZONE]
    zone = shown.zone if is_zone(shown.zone) else zones[0]
    today = context.clock().astimezone(ZoneInfo(zone)).date()
    first = today if shown.first is None else shown.first or None
    last = shown.last or None
    space, organizer = shown.space or None, (shown.organizer or "").lower() or None
    after = read_cursor(shown.cursor, TypeAdapter(Moment).validate_python) if shown.cursor else None
    wanted = Wanted(
        space_name=space,
        organizer=organizer,
        statuses=_statuses(shown.status),
        ends_after=days_window(first, first, zone).start if first is not None else None,
        starts_before=days_window(last, last, zone).end if last is not None else None,
    )
    async with context.reading() as conn:
        found = await reading.reservations(conn, wanted, after, PAGE + 1)
    page, has_more = split_page(found)
    filters = {
        "status": shown.status if shown.status != "live" else None,
        "space": space,
        "organizer": organizer,
        "from": first.isoformat() if first is not None else None,
        "to": last.isoformat() if last is not None else None,
        "zone": zone,
    }
    more = cursor_at(page[-1].starts_at.isoformat(), page[-1].id) if has_more else None
    facts = {
        "reservations": page,
        "wanted": shown.status,
        "filters": {name: value or "" for name, value in filters.items()},
        "statuses": _STATUSES,
        "zones": sorted({*zones, NO_SPACE_ZONE, zone}),
        "is_default": not any(filters[name] for name in ("status", "space", "organizer", "to")) and first == today,
        "may_book": visitor_of(request).caller.is_any_of(BOOKERS),
        "first": address_of_list(RESERVATIONS.address, filters),
        "next": address_of_list(RESERVATIONS.address, filters, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "reservations", facts, section=RESERVATIONS)


def _statuses(wanted: WantedStatus) -> list[str] | None:
    match wanted:
        case "any":
            return None
        case "live":
            return list(LIVE)
        case _:
            return [wanted]
