"""The credentials of a connection: named, exchanged and taken away, while the system runs.

Only their names pass here. What is in their files never does.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from services.policy.commands.callers import ADMINS
from services.policy.commands.connection_fields import read_credentials
from services.policy.commands.connections import ConnectionFields
from services.policy.commands.listed_connections import read_listed_connection
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.connection_forms import RefusedForm, change_by_form, credentials_in, show_part
from services.policy.console.connection_words import CREDENTIAL_NAMES
from services.policy.console.forms import Form, read_form
from services.policy.console.sections import CONNECTIONS
from services.policy.core import credential_changes
from services.policy.core.findings.credentials import say_countdown
from services.policy.store.connections import ConnectionRow

router = APIRouter(prefix="/connections/{connection_id}/credentials", include_in_schema=False)


@router.get("", dependencies=serves(ADMINS))
async def show_credentials(connection_id: UUID, request: Request, context: Context) -> Response:
    """Show how the credentials are doing, and the forms by which they are named and taken away."""
    return await _show(request, context, connection_id)


@router.post("", dependencies=serves(ADMINS))
async def name_credentials(connection_id: UUID, request: Request, context: Context) -> Response:
    """Have the connection name these credentials, and show it, with how each of them is doing."""
    refused = await change_by_form(context, connection_id, await read_form(request), _read)
    if refused is not None:
        return await _show(request, context, connection_id, refused)
    return RedirectResponse(f"{CONNECTIONS.address}/{connection_id}?named=now", 303)


def _read(form: Form) -> ConnectionFields:
    return read_credentials(credentials_in(form))


def _write(connection: ConnectionRow) -> Mapping[str, Sequence[str]]:
    return {
        "credential": [connection.credential],
        "second_credential": [connection.second_credential or ""],
    }


async def _show(
    request: Request, context: RequestContext, connection_id: UUID, refused: RefusedForm | None = None
) -> Response:
    async with context.reading() as conn:
        found = await read_listed_connection(conn, connection_id)
    facts = {
        "it": found,
        "kinds": CREDENTIAL_NAMES,
        "say_countdown": say_countdown,
        "now": context.clock(),
        "changes": credential_changes,
    }
    return show_part(request, "connection_credentials", found.connection, _write(found.connection), refused, facts)
