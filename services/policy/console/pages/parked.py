"""Parked messages: by reason, what is in them, and what replaying or dropping them will do before that is done."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from libs.common.bus.port import Parked
from services.parked.messages import (
    MOST_LISTED,
    ParkedAction,
    ParkedKey,
    ShownBody,
    key_of,
    list_parked,
    place_of,
    see_to,
    shown_body,
)
from services.parked.words import DROPPED, REPLAYED, say_what_replaying_does
from services.policy.commands.callers import ADMINS
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.console.access import OpenBus, serves
from services.policy.console.forms import Form, read_form
from services.policy.console.listing import PAGE, Cursor, address_of_list, split_page
from services.policy.console.page import show
from services.policy.console.sections import OPERATIONS
from services.policy.core.policies.parameters import Moment

router = APIRouter(prefix="/operations/parked", include_in_schema=False)

ADDRESS = f"{OPERATIONS.address}/parked"

LONGEST_KEY = 300
MOST_AT_ONCE = 500
"""How many are seen to at once: what names them fits into a form."""

_NOTHING_CHOSEN = "Choose Replay or Drop on the page that shows what you selected. Nothing was changed."

Reason = Annotated[str, Field(max_length=1000)]
KeyText = Annotated[str, Field(max_length=LONGEST_KEY)]


class ShownParked(BaseModel):
    """Which parked messages an address shows: those with a reason, or all."""

    reason: Reason | None = None
    cursor: Cursor | None = None


class ChosenParked(BaseModel):
    """The parked messages that somebody selected: by their keys, or all that have a reason."""

    key: list[KeyText] = Field([], max_length=PAGE)
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A parked message as it is shown. `key` stands for it in forms."""

    key: str
    found: Parked
    body: ShownBody
    does: str


@router.get("", dependencies=serves(ADMINS))
async def list_them(shown: Annotated[ShownParked, Query()], request: Request, bus: OpenBus) -> Response:
    """List parked messages, those that were parked first before the others, and how many there are of each reason."""
    after = read_cursor(shown.cursor, TypeAdapter(Moment).validate_python) if shown.cursor else None
    every = await list_parked(bus)
    wanted = [each for each in every if shown.reason in {None, "", each.reason}]
    left = [each for each in wanted if after is None or place_of(each)[:2] > after]
    page, has_more = split_page(left)
    filters = {"reason": shown.reason}
    more = cursor_at(page[-1].parked_at.isoformat(), page[-1].envelope.message_id) if has_more else None
    facts = {
        "rows": [_row(each) for each in page],
        "reasons": Counter(each.reason for each in every).most_common(),
        "total": len(every),
        "is_cut": len(every) >= MOST_LISTED,
        "wanted": shown.reason or "",
        "first": address_of_list(ADDRESS, filters),
        "next": address_of_list(ADDRESS, filters, more) if more else None,
        "is_first": after is None,
    }
    return show(request, "parked", facts, section=OPERATIONS)


@router.get("/several", dependencies=serves(ADMINS))
async def show_several(chosen: Annotated[ChosenParked, Query()], request: Request, bus: OpenBus) -> Response:
    """Show what is in the selected messages, and what replaying or dropping them will do. It changes nothing."""
    keys = frozenset(_read_keys(chosen.key))
    found = [each for each in await list_parked(bus) if key_of(each) in keys or chosen.reason == each.reason]
    rows = [_row(each) for each in found[:MOST_AT_ONCE]]
    facts = {
        "rows": rows[:PAGE],
        "keys": "\n".join(each.key for each in rows),
        "count": len(rows),
        "later": len(found) - len(rows),
        "does": sorted({(each.found.envelope.type, each.does) for each in rows}),
        "gone": len(keys - {key_of(each) for each in found}),
        "replayed": REPLAYED,
        "dropped": DROPPED,
    }
    return show(request, "parked_several", facts, section=OPERATIONS)


@router.post("/several", dependencies=serves(ADMINS))
async def see_to_several(request: Request, bus: OpenBus) -> Response:
    """Replay or drop what was shown, and nothing that was parked since; then tell what became of each."""
    form = await read_form(request)
    action, keys = _read_action(form), _read_keys((form.text("keys") or "").split("\n"))
    done = await see_to(bus, action, keys)
    facts = {"action": action, "done": done, "left_out": len(set(keys) - {key_of(each) for each in done})}
    return show(request, "parked_done", facts, section=OPERATIONS)


def _row(found: Parked) -> ParkedRow:
    key = f"{found.envelope.message_id} {found.queue}"
    return ParkedRow(key, found, shown_body(found), say_what_replaying_does(found.envelope.type))


def _read_action(form: Form) -> ParkedAction:
    try:
        return ParkedAction(form.text("action") or "")
    except ValueError as error:
        raise HTTPException(422, _NOTHING_CHOSEN) from error


def _read_keys(written: Sequence[str]) -> Sequence[ParkedKey]:
    """Return the keys of messages as forms bring them, each once."""
    parts = [each.partition(" ") for each in written]
    try:
        return list(dict.fromkeys((UUID(message_id), queue) for message_id, _, queue in parts))
    except ValueError as error:
        raise HTTPException(422, _NOTHING_CHOSEN) from error
