"""The settings of a connection: what each means for Outlook is said beside it, before it is changed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS
from services.policy.commands.connection_fields import NAME_TAKEN, read_settings
from services.policy.commands.connections import ConnectionChange, change_connection
from services.policy.commands.errors import StaleVersion
from services.policy.commands.policy_fields import UnusableFields
from services.policy.commands.refusals import CHANGED
from services.policy.commands.space_errors import ConnectionNameTaken
from services.policy.commands.unknown import UnknownConnection
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.connection_words import CONFLICT_DETAIL_NAMES, REFUSED_EDIT_NAMES, SETTING_LABELS
from services.policy.console.deciding import read_version
from services.policy.console.forms import Form, read_form
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import CONNECTIONS
from services.policy.console.written_form import WrittenForm, say_at_fields
from services.policy.core import connection_changes
from services.policy.store import connections
from services.policy.store.connections import ConnectionRow

router = APIRouter(prefix="/connections/{connection_id}/change", include_in_schema=False)


@router.get("", dependencies=serves(ADMINS))
async def show_settings(connection_id: UUID, request: Request, context: Context) -> Response:
    """Show the form in which the settings stand as they are."""
    connection = await _read(context, connection_id)
    return _show(request, connection, WrittenForm(_write(connection)))


@router.post("", dependencies=serves(ADMINS))
async def change_settings(connection_id: UUID, request: Request, context: Context) -> Response:
    """Change the settings, and show the connection. Whoever is second is told what the first left."""
    form = await read_form(request)

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        change = ConnectionChange(connection_id, read_settings(_fields(form)), read_version(form.text("version")))
        return None, (await change_connection(conn, change, context.clock())).messages

    try:
        await perform(context, work)
    except UnusableFields as error:
        return await _show_again(request, context, connection_id, _refuse(form, error), 422)
    except ConnectionNameTaken:
        refused = _refuse(form, UnusableFields([NAME_TAKEN]))
        return await _show_again(request, context, connection_id, refused, 409)
    except StaleVersion:
        return await _show_again(request, context, connection_id, WrittenForm(form.fields), 412)
    return RedirectResponse(f"{CONNECTIONS.address}/{connection_id}", 303)


def _fields(form: Form) -> Mapping[str, object]:
    """Return the settings as the form brings them; what is left out is missing."""
    domains = (form.text("own_domains") or "").replace(",", "\n").split("\n")
    found = {
        "name": form.text("name"),
        "own_domains": [each.strip() for each in domains if each.strip()],
        "conflict_detail": form.text("conflict_detail"),
        "edits_organizer_events": form.text("edits_organizer_events") is not None,
        "refused_edit": form.text("refused_edit"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _write(connection: ConnectionRow) -> Mapping[str, Sequence[str]]:
    return {
        "name": [connection.name],
        "own_domains": ["\n".join(connection.own_domains)],
        "conflict_detail": [connection.conflict_detail],
        "edits_organizer_events": ["on"] if connection.edits_organizer_events else [],
        "refused_edit": [connection.refused_edit],
        "version": [str(connection.version)],
    }


def _refuse(form: Form, error: UnusableFields) -> WrittenForm:
    return WrittenForm(form.fields, say_at_fields(error.problems, SETTING_LABELS))


async def _read(context: RequestContext, connection_id: UUID) -> ConnectionRow:
    async with context.reading() as conn:
        found = await connections.read(conn, connection_id)
    if found is None:
        raise UnknownConnection(connection_id)
    return found


async def _show_again(
    request: Request, context: RequestContext, connection_id: UUID, form: WrittenForm, status: int
) -> Response:
    return _show(request, await _read(context, connection_id), form, status)


def _show(request: Request, connection: ConnectionRow, form: WrittenForm, status: int = 200) -> Response:
    is_stale = status == 412
    facts = {
        "connection": connection,
        "form": form,
        "version": connection.version if is_stale else form.value("version"),
        "changed": CHANGED if is_stale else None,
        "labels": SETTING_LABELS,
        "refused_edits": REFUSED_EDIT_NAMES,
        "conflict_details": CONFLICT_DETAIL_NAMES,
        "changes": connection_changes,
    }
    return show(request, "connection_form", facts, section=CONNECTIONS, status=status)
