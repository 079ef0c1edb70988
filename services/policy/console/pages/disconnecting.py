"""The end of a connection: what becomes of its rooms and of Outlook is said before it is deleted."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS
from services.policy.commands.connections import delete_connection
from services.policy.commands.listed_connections import read_listed_connection
from services.policy.console.access import Context, serves
from services.policy.console.deciding import read_version
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import CONNECTIONS
from services.policy.core import connection_changes

router = APIRouter(prefix="/connections/{connection_id}/delete", include_in_schema=False)


@router.get("", dependencies=serves(ADMINS))
async def ask_to_delete(connection_id: UUID, request: Request, context: Context) -> Response:
    """Say what it means to delete a connection, or that its rooms have to be unmapped first."""
    async with context.reading() as conn:
        found = await read_listed_connection(conn, connection_id)
    facts = {"it": found, "connection": found.connection, "changes": connection_changes}
    return show(request, "connection_delete", facts, section=CONNECTIONS)


@router.post("", dependencies=serves(ADMINS))
async def delete(connection_id: UUID, request: Request, context: Context) -> Response:
    """Delete a connection as it was shown, and go back to the list."""
    form = await read_form(request)

    async def work(conn: Connection) -> tuple[None, list[Message]]:
        await delete_connection(conn, connection_id, read_version(form.text("version")))
        return None, []

    await perform(context, work)
    return RedirectResponse(CONNECTIONS.address, 303)
