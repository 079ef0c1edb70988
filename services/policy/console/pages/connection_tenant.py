"""Which tenant a connection reaches, and as which application; what it means to change that is said beforehand."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from services.policy.commands.callers import ADMINS
from services.policy.commands.connection_fields import read_tenant
from services.policy.commands.connections import ConnectionFields
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.connection_forms import (
    RefusedForm,
    change_by_form,
    read_connection,
    show_part,
    tenant_in,
)
from services.policy.console.connection_words import CLOUD_NAMES
from services.policy.console.forms import Form, read_form
from services.policy.console.sections import CONNECTIONS
from services.policy.core import connection_changes
from services.policy.store import connections
from services.policy.store.connections import ConnectionRow

router = APIRouter(prefix="/connections/{connection_id}/tenant", include_in_schema=False)


@router.get("", dependencies=serves(ADMINS))
async def show_tenant(connection_id: UUID, request: Request, context: Context) -> Response:
    """Show the form in which the tenant and the application stand as they are."""
    return await _show(request, context, connection_id)


@router.post("", dependencies=serves(ADMINS))
async def change_tenant(connection_id: UUID, request: Request, context: Context) -> Response:
    """Change the tenant or the application, and show the connection."""
    refused = await change_by_form(context, connection_id, await read_form(request), _read)
    if refused is not None:
        return await _show(request, context, connection_id, refused)
    return RedirectResponse(f"{CONNECTIONS.address}/{connection_id}?named=now", 303)


def _read(form: Form) -> ConnectionFields:
    return read_tenant(tenant_in(form))


def _write(connection: ConnectionRow) -> Mapping[str, Sequence[str]]:
    return {
        "cloud": [connection.cloud],
        "tenant_id": [connection.tenant_id],
        "client_id": [connection.client_id],
    }


async def _show(
    request: Request, context: RequestContext, connection_id: UUID, refused: RefusedForm | None = None
) -> Response:
    connection = await read_connection(context, connection_id)
    async with context.reading() as conn:
        rooms = (await connections.rooms_of(conn, [connection_id]))[connection_id]
    facts = {"rooms": rooms, "clouds": CLOUD_NAMES, "changes": connection_changes}
    return show_part(request, "connection_tenant", connection, _write(connection), refused, facts)
