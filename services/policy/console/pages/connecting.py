"""A new connection: the form that connects a tenant, and says what has to be there first."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS
from services.policy.commands.connection_fields import read_new_connection
from services.policy.commands.connections import connect_tenant
from services.policy.commands.policy_fields import UnusableFields
from services.policy.commands.space_errors import ConnectionNameTaken
from services.policy.console.access import Context, serves
from services.policy.console.connection_forms import credentials_in, refuse_form, settings_in, tenant_in
from services.policy.console.connection_words import (
    CLOUD_NAMES,
    CONFLICT_DETAIL_NAMES,
    FIELD_LABELS,
    REFUSED_EDIT_NAMES,
)
from services.policy.console.forms import read_form
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import CONNECTIONS
from services.policy.console.written_form import WrittenForm
from services.policy.core import connection_changes, credential_changes

router = APIRouter(prefix="/connections", include_in_schema=False)

_AT_FIRST = WrittenForm(
    {"cloud": ["global"], "conflict_detail": ["organizer"], "refused_edit": ["propose_original"]},
)


@router.get("/new", dependencies=serves(ADMINS))
async def new_connection(request: Request) -> Response:
    """Show the form of a new connection."""
    return _show(request, _AT_FIRST)


@router.post("", dependencies=serves(ADMINS))
async def connect(request: Request, context: Context) -> Response:
    """Connect a tenant, and show the connection, which says what to do next."""
    form = await read_form(request)

    async def work(conn: Connection) -> tuple[UUID, Sequence[Message]]:
        wanted = read_new_connection({**settings_in(form), **tenant_in(form), **credentials_in(form)})
        saved = await connect_tenant(conn, wanted, context.clock())
        return saved.connection.id, saved.messages

    try:
        made = await perform(context, work)
    except (UnusableFields, ConnectionNameTaken) as error:
        refused = refuse_form(form, error)
        return _show(request, refused.form, refused.status)
    return RedirectResponse(f"{CONNECTIONS.address}/{made}?named=now", 303)


def _show(request: Request, form: WrittenForm, status: int = 200) -> Response:
    facts = {
        "form": form,
        "labels": FIELD_LABELS,
        "clouds": CLOUD_NAMES,
        "refused_edits": REFUSED_EDIT_NAMES,
        "conflict_details": CONFLICT_DETAIL_NAMES,
        "changes": connection_changes,
        "credential_changes": credential_changes,
    }
    return show(request, "connection_new", facts, section=CONNECTIONS, status=status)
