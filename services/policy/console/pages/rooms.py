"""The list of spaces, with the worst that is known of each."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, TypeAdapter

from libs.contracts.fields import Line
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.listed_spaces import SpaceFilter, list_spaces
from services.policy.console.access import Context, serves
from services.policy.console.listing import PAGE, Cursor, Part, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import ROOMS
from services.policy.console.visitor import visitor_of
from services.policy.store import connections, space_groups

router = APIRouter(prefix="/rooms", include_in_schema=False)


class ShownRooms(BaseModel):
    """Which spaces an address shows; a field that is left empty by the form stands for all."""

    name: Part = ""
    mapped: Literal["", "yes", "no"] = ""
    problem: Literal["", "yes"] = ""
    connection: UUID | Literal[""] = ""
    cursor: Cursor | None = None

    @property
    def filter(self) -> SpaceFilter:
        """Return which spaces are wanted."""
        is_mapped = {"": None, "yes": True, "no": False}[self.mapped]
        has_problem = self.problem == "yes"
        return SpaceFilter(self.name or None, is_mapped, has_problem=has_problem, connection_id=self.connection or None)


@router.get("", dependencies=serves(READERS))
async def list_rooms(shown: Annotated[ShownRooms, Query()], request: Request, context: Context) -> Response:
    """List spaces by name."""
    after = read_cursor(shown.cursor, TypeAdapter(Line).validate_python) if shown.cursor else None
    async with context.reading() as conn:
        found = await list_spaces(conn, shown.filter, after, PAGE + 1)
        names = {each.id: each.name for each in await space_groups.every(conn)}
        called = {each.id: each.name for each in await connections.every(conn)}
    page, has_more = split_page(found)
    filters = {"name": shown.name, "mapped": shown.mapped, "problem": shown.problem}
    filters["connection"] = str(shown.connection)
    more = cursor_at(page[-1].space.name, page[-1].space.id) if has_more else None
    facts = {
        "rooms": page,
        "groups": names,
        "connections": called,
        "wanted": shown,
        "is_filtered": any(filters.values()),
        "may_map": visitor_of(request).caller.is_any_of(ADMINS),
        "first": address_of_list(ROOMS.address, filters),
        "next": address_of_list(ROOMS.address, filters, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "rooms", facts, section=ROOMS)
