"""Which mailbox each space seems to be: the proposals, and to take one or several of them."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, TypeAdapter

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.mapping_proposals import (
    ChosenProposal,
    TakenProposals,
    propose_mappings,
    take_proposals,
)
from services.policy.commands.refusals import REFUSED, refuse
from services.policy.console.access import Context, serves
from services.policy.console.forms import Form, read_form
from services.policy.console.listing import Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import ROOMS
from services.policy.core.mapping import consequences
from services.policy.store import connections, discovered_rooms, spaces

router = APIRouter(prefix="/rooms/proposals", include_in_schema=False)

ADDRESS = f"{ROOMS.address}/proposals"
MOST_AT_ONCE = 50

_NOTHING_CHOSEN = "Select what is to be mapped on the page that lists the proposals. Nothing was changed."
_NO_LONGER = "This is no longer proposed, so nothing was changed. Look at the proposals again."


class ShownProposals(BaseModel):
    """Which proposals an address shows."""

    cursor: Cursor | None = None


@router.get("", dependencies=serves(ADMINS))
async def list_proposals(shown: Annotated[ShownProposals, Query()], request: Request, context: Context) -> Response:
    """List proposals, those for lost mailboxes first, with what taking them does."""
    at = read_cursor(shown.cursor, TypeAdapter(tuple[bool, str]).validate_json) if shown.cursor else None
    async with context.reading() as conn:
        found = sorted(await propose_mappings(conn), key=lambda each: each.place)
        called = {each.id: each.name for each in await connections.every(conn)}
        discoveries = await discovered_rooms.discoveries(conn)
    page, has_more = split_page([each for each in found if at is None or each.place > (*at[0], at[1])])
    more = None
    if has_more:
        is_new, name, space_id = page[-1].place
        more = cursor_at(orjson.dumps([is_new, name]).decode(), space_id)
    facts = {
        "proposals": page,
        "connections": called,
        "discoveries": [each for each in discoveries if each.problem is not None or each.listed_at is None],
        "consequences": consequences,
        "first": ADDRESS,
        "next": address_of_list(ADDRESS, {}, more) if more else None,
        "is_first": at is None,
    }
    return show(request, "proposals", facts, section=ROOMS)


@router.post("", dependencies=serves(ADMINS))
async def take(request: Request, context: Context) -> Response:
    """Map the spaces as is proposed, and say what became of each; one that cannot be mapped keeps no other from it."""
    chosen = _read_chosen(await read_form(request))

    async def work(conn: Connection) -> tuple[TakenProposals, tuple[Message, ...]]:
        taken = await take_proposals(conn, chosen, context.clock())
        return taken, tuple(taken.messages)

    taken = (await perform(context, work)).taken
    async with context.reading() as conn:
        places = await spaces.places(conn, {each.space_id for each in chosen})
    results = [(each, places.get(each.space_id), _say_why_not(each, taken)) for each in chosen]
    facts = {"results": results, "done": sum(problem is None for *_, problem in results)}
    return show(request, "proposals_taken", facts, section=ROOMS)


def _say_why_not(chosen: ChosenProposal, taken: Mapping[ChosenProposal, AnyCommandError | None]) -> str | None:
    """Say why a proposal was not taken; None if it was."""
    if chosen not in taken:
        return _NO_LONGER
    error = taken[chosen]
    if error is not None and not isinstance(error, REFUSED):
        raise error
    return refuse(error).detail if error is not None else None


def _read_chosen(form: Form) -> list[ChosenProposal]:
    """Return the proposal whose own button was pressed, or else all that are selected, each once."""
    found: list[ChosenProposal] = []
    for each in (form.all("only") or form.all("chosen"))[:MOST_AT_ONCE]:
        space_id, _, rest = each.partition(" ")
        connection_id, _, room_mailbox = rest.partition(" ")
        try:
            found.append(ChosenProposal(UUID(space_id), UUID(connection_id), room_mailbox))
        except ValueError as error:
            raise HTTPException(422, _NOTHING_CHOSEN) from error
    if not found:
        raise HTTPException(422, _NOTHING_CHOSEN)
    return list(dict.fromkeys(found))
