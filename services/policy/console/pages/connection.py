"""One connection: its facts, credentials and findings, and a check of it, whose outcome shows by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.checks import ALL_TRIED_NOW, check_connection
from services.policy.commands.listed_connections import read_listed_connection
from services.policy.console.access import Context, serves
from services.policy.console.connection_words import (
    CLOUD_NAMES,
    CONFLICT_DETAIL_NAMES,
    CREDENTIAL_NAMES,
    REFUSED_EDIT_NAMES,
    STATE_NAMES,
)
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import CONNECTIONS
from services.policy.console.visitor import visitor_of
from services.policy.core import connection_changes
from services.policy.core.findings.credentials import say_countdown
from services.policy.core.mapping import consequences
from services.policy.store import connections

router = APIRouter(prefix="/connections", include_in_schema=False)


class ShownOutcome(BaseModel):
    """Whether an address shows a check that was begun, and when listing the rooms had last been tried before it.

    `named` says that it shows credentials that were just named, or are just used for something else.
    """

    checked: Literal["now"] | None = None
    named: Literal["now"] | None = None
    before: AwareDatetime | None = None

    def has_ended(self, tried_at: datetime | None) -> bool:
        """Whether listing the rooms was tried since the check was asked for, with whatever result."""
        return tried_at is not None and (self.before is None or tried_at > self.before)


@router.get("/{connection_id}", dependencies=serves(READERS))
async def show_connection(
    connection_id: UUID, outcome: Annotated[ShownOutcome, Query()], request: Request, context: Context
) -> Response:
    """Show a connection, and what came so far of its check, or of naming its credentials."""
    async with context.reading() as conn:
        found = await read_listed_connection(conn, connection_id)
        same_tenant = await connections.of_same_tenant(conn, found.connection)
    facts = {
        "it": found,
        "address": f"{CONNECTIONS.address}/{connection_id}",
        "states": STATE_NAMES,
        "clouds": CLOUD_NAMES,
        "kinds": CREDENTIAL_NAMES,
        "refused_edits": REFUSED_EDIT_NAMES,
        "conflict_details": CONFLICT_DETAIL_NAMES,
        "changes": connection_changes,
        "consequences": consequences,
        "say_countdown": say_countdown,
        "now": context.clock(),
        "checked": ALL_TRIED_NOW if outcome.checked is not None else None,
        "has_ended": outcome.has_ended(found.discovery.tried_at),
        "is_named": outcome.named is not None,
        "are_credentials_known": all(each.kind or each.problem for each in found.credentials),
        "same_tenant": same_tenant,
        "next_step": connection_changes.say_next_step(
            is_listed=found.discovery.listed_at is not None,
            has_trouble=found.discovery.problem is not None or found.state not in {"untried", "works"},
            rooms=found.rooms,
        ),
        "check": _address_of_check(connection_id, outcome.before),
        "may_change": visitor_of(request).caller.is_any_of(ADMINS),
    }
    return show(request, "connection", facts, section=CONNECTIONS)


@router.post("/{connection_id}/check", dependencies=serves(ADMINS))
async def check_now(connection_id: UUID, context: Context) -> Response:
    """Have all of a connection tried now, and show it, with what comes of that."""

    async def work(conn: Connection) -> tuple[datetime | None, Sequence[Message]]:
        check = await check_connection(conn, connection_id)
        return check.tried_at, [check.asked]

    return RedirectResponse(_address_of_check(connection_id, await perform(context, work)), 303)


def _address_of_check(connection_id: UUID, before: datetime | None) -> str:
    query = {"checked": "now"} | ({"before": before.isoformat()} if before is not None else {})
    return f"{CONNECTIONS.address}/{connection_id}?{urlencode(query)}"
