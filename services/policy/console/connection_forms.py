"""The forms of connections: which fields each part has, and how a part is saved or comes back.

One rule: what is refused as an id or as the name of a credential is not shown again, because it may be a secret.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.connection_fields import NAME_TAKEN
from services.policy.commands.connections import ConnectionChange, ConnectionFields, change_connection
from services.policy.commands.errors import StaleVersion
from services.policy.commands.policy_fields import UnusableFields
from services.policy.commands.refusals import CHANGED, STALE
from services.policy.commands.space_errors import ConnectionNameTaken
from services.policy.commands.unknown import UnknownConnection
from services.policy.commands.work import RequestContext
from services.policy.console.connection_words import FIELD_LABELS, NOT_SHOWN_AGAIN
from services.policy.console.deciding import read_version
from services.policy.console.forms import Form
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import CONNECTIONS
from services.policy.console.written_form import WrittenForm, say_at_fields
from services.policy.store import connections
from services.policy.store.connections import ConnectionRow

_MAY_BE_SECRET = ("client_id", "credential", "second_credential")


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """A form that was not taken as it was sent: as it is to be shown again, and with which HTTP status."""

    form: WrittenForm
    status: int


def settings_in(form: Form) -> Mapping[str, object]:
    """Return the settings as a form brings them; what is left empty is missing."""
    domains = (form.text("own_domains") or "").replace(",", "\n").split("\n")
    return {
        **_texts(form, "name", "conflict_detail", "refused_edit"),
        "own_domains": [each.strip() for each in domains if each.strip()],
        "edits_organizer_events": form.text("edits_organizer_events") is not None,
    }


def tenant_in(form: Form) -> Mapping[str, object]:
    """Return the tenant and the application as a form brings them; what is left empty is missing."""
    return _texts(form, "cloud", "tenant_id", "client_id")


def credentials_in(form: Form) -> Mapping[str, object]:
    """Return the names of credentials as a form brings them; what is left empty is missing."""
    return _texts(form, "credential", "second_credential")


def refuse_form(form: Form, error: UnusableFields | ConnectionNameTaken) -> RefusedForm:
    """Return a form that cannot be used as it was written, with a sentence at each field that is wrong."""
    problems, status = ([NAME_TAKEN], 409) if isinstance(error, ConnectionNameTaken) else (error.problems, 422)
    said = dict(say_at_fields(problems, FIELD_LABELS))
    hidden = [name for name in _MAY_BE_SECRET if name in said and form.text(name) is not None]
    shown = {name: values for name, values in form.fields.items() if name not in hidden}
    return RefusedForm(WrittenForm(shown, said | {name: (*said[name], NOT_SHOWN_AGAIN) for name in hidden}), status)


async def change_by_form(
    context: RequestContext, connection_id: UUID, form: Form, read: Callable[[Form], ConnectionFields]
) -> RefusedForm | None:
    """Change what `read` finds in a form; None if that was done. Whoever is second is told what the first left.

    Raises `UnknownConnection` and what `run` raises.
    """

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        change = ConnectionChange(connection_id, read(form), read_version(form.text("version")))
        return None, (await change_connection(conn, change, context.clock())).messages

    try:
        await perform(context, work)
    except (UnusableFields, ConnectionNameTaken) as error:
        return refuse_form(form, error)
    except StaleVersion:
        return RefusedForm(WrittenForm(form.fields), STALE.status)
    return None


def show_part(
    request: Request,
    template: str,
    connection: ConnectionRow,
    part: Mapping[str, Sequence[str]],
    refused: RefusedForm | None,
    facts: Mapping[str, object],
) -> Response:
    """Show the form of a part of a connection: as it was refused, or with what the part is.

    Where somebody else was first, the form is about the connection as they left it.
    """
    form = refused.form if refused is not None else WrittenForm({**part, "version": [str(connection.version)]})
    is_stale = refused is not None and refused.status == STALE.status
    shown = {
        **facts,
        "connection": connection,
        "form": form,
        "version": connection.version if is_stale else form.value("version"),
        "changed": CHANGED if is_stale else None,
        "labels": FIELD_LABELS,
    }
    return show(request, template, shown, section=CONNECTIONS, status=refused.status if refused is not None else 200)


async def read_connection(context: RequestContext, connection_id: UUID) -> ConnectionRow:
    """Read a connection. Raises `UnknownConnection`."""
    async with context.reading() as conn:
        found = await connections.read(conn, connection_id)
    if found is None:
        raise UnknownConnection(connection_id)
    return found


def _texts(form: Form, *names: str) -> dict[str, object]:
    return {name: text for name in names if (text := form.text(name)) is not None}
