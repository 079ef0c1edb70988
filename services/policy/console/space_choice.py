"""Choose the space to be booked among all there are, by a part of its name."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import AfterValidator, BaseModel, Field

from libs.contracts.fields import printable
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.unknown import UnknownSpace
from services.policy.commands.work import RequestContext
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import RESERVATIONS
from services.policy.store import space_search
from services.policy.store.space_search import FoundSpace

Text = Annotated[str, Field(max_length=2000)]


class Beginning(BaseModel):
    """What an address says of a reservation to be made; times with an offset, or by the clock of the room."""

    space: UUID | None = None
    q: Annotated[str, Field(max_length=254), AfterValidator(printable)] = ""
    cursor: Cursor | None = None
    start: Text = ""
    end: Text = ""
    title: Text = ""
    organizer_name: Text = ""
    organizer_email: Text = ""
    people: Text = ""

    @property
    def written(self) -> dict[str, str]:
        """Return the fields of the form that it fills in."""
        return self.model_dump(exclude={"space", "q", "cursor"})


async def read_space(context: RequestContext, space_id: UUID) -> FoundSpace:
    """Read the space that is to be booked. Raises `UnknownSpace`."""
    async with context.reading() as conn:
        found = await space_search.one(conn, space_id)
    if found is None:
        raise UnknownSpace(space_id)
    return found


async def show_choice(wanted: Beginning, request: Request, context: RequestContext) -> Response:
    """Show a page of spaces; each leads to the form with what the address says."""
    part = wanted.q or None
    after = read_cursor(wanted.cursor, str) if wanted.cursor else None
    async with context.reading() as conn:
        found = await space_search.named(conn, part, after, PAGE + 1)
    page, has_more = split_page(found)
    kept = {name: text for name, text in wanted.written.items() if text}
    path = f"{RESERVATIONS.address}/new"
    filters = {**kept, "q": part}
    facts = {
        "spaces": [(each, address_of_list(path, {**kept, "space": str(each.id)})) for each in page],
        "kept": kept,
        "part": part or "",
        "first": address_of_list(path, filters),
        "next": address_of_list(path, filters, cursor_at(page[-1].name, page[-1].id)) if has_more else None,
        "is_first": after is None,
    }
    return show(request, "choose_space", facts, section=RESERVATIONS)
