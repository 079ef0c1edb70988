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
from services.policy.commands.refusals import CHANGED
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.connection_forms import RefusedForm, change_by_form, credentials_in
from services.policy.console.connection_words import CREDENTIAL_NAMES, FIELD_LABELS
from services.policy.console.forms import Form, read_form
from services.policy.console.page import show
from services.policy.console.sections import CONNECTIONS
from services.policy.console.written_form import WrittenForm
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
        "version": [str(connection.version)],
    }


async def _show(
    request: Request, context: RequestContext, connection_id: UUID, refused: RefusedForm | None = None
) -> Response:
    async with context.reading() as conn:
        found = await read_listed_connection(conn, connection_id)
    form = refused.form if refused is not None else WrittenForm(_write(found.connection))
    is_stale = refused is not None and refused.status == 412
    now = context.clock()
    facts = {
        "it": found,
        "connection": found.connection,
        "form": form,
        "version": found.connection.version if is_stale else form.value("version"),
        "changed": CHANGED if is_stale else None,
        "labels": FIELD_LABELS,
        "kinds": CREDENTIAL_NAMES,
        "say_countdown": say_countdown,
        "now": now,
        "changes": credential_changes,
    }
    status = refused.status if refused is not None else 200
    return show(request, "connection_credentials", facts, section=CONNECTIONS, status=status)
