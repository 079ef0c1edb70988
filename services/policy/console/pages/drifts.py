"""The drift ledger: every difference that a sweep found, why, and how long it was there."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel

from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor, read_number
from services.policy.console.access import Context, serves
from services.policy.console.listing import PAGE, Cursor, Part, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import OPERATIONS
from services.policy.console.visitor import visitor_of
from services.policy.core.drifts import KINDS, say_cause, say_kind, say_time_to_heal
from services.policy.store import drifts
from services.policy.store.drifts import WantedDrifts

router = APIRouter(prefix="/operations/drifts", include_in_schema=False)

ADDRESS = f"{OPERATIONS.address}/drifts"


def _known_kind(kind: str) -> str:
    if kind and kind not in KINDS:
        raise ValueError("no kind of drift")
    return kind


class ShownDrifts(BaseModel):
    """Which drifts an address shows; a field that is left empty by the form stands for all."""

    room: Part = ""
    kind: Annotated[str, AfterValidator(_known_kind)] = ""
    state: Literal["", "open", "healed"] = ""
    cursor: Cursor | None = None

    @property
    def filter(self) -> WantedDrifts:
        """Return which drifts are wanted."""
        return WantedDrifts(self.room or None, self.kind or None, {"open": True, "healed": False}.get(self.state))


@router.get("", dependencies=serves(READERS))
async def list_drifts(shown: Annotated[ShownDrifts, Query()], request: Request, context: Context) -> Response:
    """List drifts, those found last before the others."""
    before = read_cursor(shown.cursor, read_number)[0] if shown.cursor else None
    async with context.reading() as conn:
        found = await drifts.page(conn, shown.filter, before, PAGE + 1)
    page, has_more = split_page(found)
    filters = {"room": shown.room, "kind": shown.kind, "state": shown.state}
    more = cursor_at(str(page[-1].drift_id), page[-1].space_id) if has_more else None
    facts = {
        "drifts": page,
        "wanted": shown,
        "is_filtered": any(filters.values()),
        "kinds": {kind: say_kind(kind) for kind in KINDS},
        "say_kind": say_kind,
        "say_cause": say_cause,
        "say_time": say_time_to_heal,
        "may_see_parked": visitor_of(request).caller.is_any_of(ADMINS),
        "first": address_of_list(ADDRESS, filters),
        "next": address_of_list(ADDRESS, filters, more) if more else None,
        "is_first": before is None,
    }
    return show(request, "drifts", facts, section=OPERATIONS)
