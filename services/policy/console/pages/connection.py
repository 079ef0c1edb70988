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

router = APIRouter(prefix="/connections", include_in_schema=False)


class ShownCheck(BaseModel):
    """Whether an address shows a check that was begun, and when listing the rooms had last been tried before it."""

    checked: Literal["now"] | None = None
    before: AwareDatetime | None = None

    def has_ended(self, tried_at: datetime | None) -> bool:
        """Whether listing the rooms was tried since the check was asked for, with whatever result."""
        return tried_at is not None and (self.before is None or tried_at > self.before)


@router.get("/{connection_id}", dependencies=serves(READERS))
async def show_connection(
    connection_id: UUID, check: Annotated[ShownCheck, Query()], request: Request, context: Context
) -> Response:
    """Show a connection, and what came of its check so far, if one was begun."""
    async with context.reading() as conn:
        found = await read_listed_connection(conn, connection_id)
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
        "checked": ALL_TRIED_NOW if check.checked is not None else None,
        "has_ended": check.has_ended(found.discovery.tried_at),
        "check": _address_of_check(connection_id, check.before),
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
