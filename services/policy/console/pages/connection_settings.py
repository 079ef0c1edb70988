"""The settings of a connection: what each means for Outlook is said beside it, before it is changed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from services.policy.commands.callers import ADMINS
from services.policy.commands.connection_fields import read_settings
from services.policy.commands.connections import ConnectionFields
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.connection_forms import (
    RefusedForm,
    change_by_form,
    read_connection,
    settings_in,
    show_part,
)
from services.policy.console.connection_words import CONFLICT_DETAIL_NAMES, REFUSED_EDIT_NAMES
from services.policy.console.forms import Form, read_form
from services.policy.console.sections import CONNECTIONS
from services.policy.core import connection_changes
from services.policy.store.connections import ConnectionRow

router = APIRouter(prefix="/connections/{connection_id}/change", include_in_schema=False)


@router.get("", dependencies=serves(ADMINS))
async def show_settings(connection_id: UUID, request: Request, context: Context) -> Response:
    """Show the form in which the settings stand as they are."""
    return await _show(request, context, connection_id)


@router.post("", dependencies=serves(ADMINS))
async def change_settings(connection_id: UUID, request: Request, context: Context) -> Response:
    """Change the settings, and show the connection. Whoever is second is told what the first left."""
    refused = await change_by_form(context, connection_id, await read_form(request), _read)
    if refused is not None:
        return await _show(request, context, connection_id, refused)
    return RedirectResponse(f"{CONNECTIONS.address}/{connection_id}", 303)


def _read(form: Form) -> ConnectionFields:
    return read_settings(settings_in(form))


def _write(connection: ConnectionRow) -> Mapping[str, Sequence[str]]:
    return {
        "name": [connection.name],
        "own_domains": ["\n".join(connection.own_domains)],
        "conflict_detail": [connection.conflict_detail],
        "edits_organizer_events": ["on"] if connection.edits_organizer_events else [],
        "refused_edit": [connection.refused_edit],
    }


async def _show(
    request: Request, context: RequestContext, connection_id: UUID, refused: RefusedForm | None = None
) -> Response:
    connection = await read_connection(context, connection_id)
    facts = {
        "refused_edits": REFUSED_EDIT_NAMES,
        "conflict_details": CONFLICT_DETAIL_NAMES,
        "changes": connection_changes,
    }
    return show_part(request, "connection_form", connection, _write(connection), refused, facts)
