"""The list of connections, with the worst that is known of each."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, TypeAdapter

from libs.contracts.fields import Line
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.listed_connections import list_connections
from services.policy.console.access import Context, serves
from services.policy.console.connection_words import CREDENTIAL_NAMES, STATE_NAMES
from services.policy.console.listing import PAGE, Cursor, Part, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import CONNECTIONS
from services.policy.console.visitor import visitor_of
from services.policy.core.findings.credentials import say_countdown

router = APIRouter(prefix="/connections", include_in_schema=False)


class ShownConnections(BaseModel):
    """Which connections an address shows: those with this part in their name, or all."""

    name: Part = ""
    cursor: Cursor | None = None


@router.get("", dependencies=serves(READERS))
async def list_them(shown: Annotated[ShownConnections, Query()], request: Request, context: Context) -> Response:
    """List connections by name."""
    after = read_cursor(shown.cursor, TypeAdapter(Line).validate_python) if shown.cursor else None
    async with context.reading() as conn:
        found = await list_connections(conn, shown.name or None, after, PAGE + 1)
    page, has_more = split_page(found)
    filters = {"name": shown.name}
    more = cursor_at(page[-1].connection.name, page[-1].connection.id) if has_more else None
    facts = {
        "connections": page,
        "wanted": shown.name,
        "may_connect": visitor_of(request).caller.is_any_of(ADMINS),
        "states": STATE_NAMES,
        "kinds": CREDENTIAL_NAMES,
        "say_countdown": say_countdown,
        "now": context.clock(),
        "first": address_of_list(CONNECTIONS.address, filters),
        "next": address_of_list(CONNECTIONS.address, filters, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "connections", facts, section=CONNECTIONS)
