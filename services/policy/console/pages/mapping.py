"""Map a space to a mailbox, to another one, or to none: first what that will do in Outlook, then it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never, get_args
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from libs.contracts.fields import Address
from libs.contracts.message import Message
from services.policy.commands.callers import ADMINS
from services.policy.commands.invalid_fields import field_problems
from services.policy.commands.listed_spaces import read_listed
from services.policy.commands.mailboxes import Holds
from services.policy.commands.mapping import MappingFields
from services.policy.commands.mapping_words import AnyMailboxTaken, explain_mapping, say_who_has_mailbox
from services.policy.commands.room_imports import ImportRequest, SupposedMapping, begin_import
from services.policy.commands.space_errors import (
    AnyInvalidMapping,
    ConnectionNotNamed,
    MailboxMappedElsewhere,
    MailboxStillClosing,
    NoTenantConnected,
    NothingToConnect,
)
from services.policy.commands.spaces import SpaceChange, change_space
from services.policy.commands.work import RequestContext
from services.policy.console.access import Context, serves
from services.policy.console.addresses import ROOT
from services.policy.console.deciding import read_version
from services.policy.console.forms import Form, read_form
from services.policy.console.page import show
from services.policy.console.performing import perform
from services.policy.console.sections import ROOMS
from services.policy.console.visitor import visitor_of
from services.policy.core.mapping import consequences
from services.policy.store import connections

router = APIRouter(prefix="/rooms/{space_id}/mapping", include_in_schema=False)

Refused: TypeAlias = ValidationError | AnyInvalidMapping | AnyMailboxTaken

_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)
_REFUSED: tuple[type[Refused], ...] = get_args(Refused)


@dataclass(frozen=True, slots=True)
class WantedMapping:
    """The mapping as somebody wrote it into the form, and what is wrong with its fields, by their names."""

    room_mailbox: str = ""
    connection: str = ""
    holds: Holds = "drop"
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> MappingFields:
        """Return the mapping as commands take it. Raises ValidationError if the address is none."""
        named: MappingFields = {"room_mailbox": _ADDRESS.validate_python(self.room_mailbox)}
        return {**named, "connection": self.connection} if self.connection else named


@router.get("", dependencies=serves(ADMINS))
async def show_mapping(space_id: UUID, request: Request, context: Context) -> Response:
    """Show the forms that map the space, with what each does in Outlook."""
    return await _show(space_id, request, context, WantedMapping())


@router.post("", dependencies=serves(ADMINS))
async def map_space(space_id: UUID, request: Request, context: Context) -> Response:
    """Map the space as is written, and show it; what cannot be used comes back with a sentence at its field."""
    form = await read_form(request)
    wanted, version = _read(form), read_version(form.text("version"))

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        change = SpaceChange(space_id, mapping=wanted.fields, expected_version=version, holds=wanted.holds)
        return None, (await change_space(conn, change, context.clock())).messages

    try:
        await perform(context, work)
    except _REFUSED as error:
        return await _show_refused(space_id, request, context, wanted, error)
    return RedirectResponse(f"{ROOMS.address}/{space_id}", 303)


@router.post("/rehearsal", dependencies=serves(ADMINS))
async def rehearse_mapping(space_id: UUID, request: Request, context: Context) -> Response:
    """Rehearse the mapping that is written, which changes nothing, and show the report as it grows."""
    wanted, by = _read(await read_form(request)), visitor_of(request).caller.actor

    async def work(conn: Connection) -> tuple[UUID, Sequence[Message]]:
        named = wanted.fields
        supposed = SupposedMapping(space_id, named["room_mailbox"] or "", named.get("connection"))
        return await begin_import(conn, ImportRequest(is_rehearsal=True, mappings=[supposed]), by), ()

    try:
        import_id = await perform(context, work)
    except _REFUSED as error:
        return await _show_refused(space_id, request, context, wanted, error)
    return RedirectResponse(f"{ROOT}/imports/{import_id}", 303)


@router.post("/unmap", dependencies=serves(ADMINS))
async def unmap_space(space_id: UUID, request: Request, context: Context) -> Response:
    """Unmap the space, with its events in the mailbox taken out or left there, and show it."""
    form = await read_form(request)
    version, holds = read_version(form.text("version")), _read(form).holds

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        change = SpaceChange(space_id, mapping={"room_mailbox": None}, expected_version=version, holds=holds)
        return None, (await change_space(conn, change, context.clock())).messages

    await perform(context, work)
    return RedirectResponse(f"{ROOMS.address}/{space_id}", 303)


def _read(form: Form) -> WantedMapping:
    holds: Holds = "keep" if form.text("holds") == "keep" else "drop"
    return WantedMapping(form.text("room_mailbox") or "", form.text("connection") or "", holds)


async def _show_refused(
    space_id: UUID, request: Request, context: RequestContext, wanted: WantedMapping, error: Refused
) -> Response:
    errors, status = _explain(error)
    refused = WantedMapping(wanted.room_mailbox, wanted.connection, wanted.holds, errors)
    return await _show(space_id, request, context, refused, status)


def _explain(error: Refused) -> tuple[Mapping[str, str], int]:
    """Return what is wrong with which field, in a sentence, and the status of the answer."""
    match error:
        case ValidationError():
            at_field = [{**each, "loc": ("body", "room_mailbox")} for each in error.errors()]
            [problem] = field_problems(at_field, frozenset())
            return {"room_mailbox": f"{problem.expected}."}, 422
        case MailboxMappedElsewhere() | MailboxStillClosing():
            return {"room_mailbox": say_who_has_mailbox(error)}, 409
        case NothingToConnect() | NoTenantConnected() | ConnectionNotNamed():
            name, _, expected = explain_mapping(error)
            return {name: f"{expected}."}, 422
        case _:
            assert_never(error)


async def _show(
    space_id: UUID, request: Request, context: RequestContext, wanted: WantedMapping, status: int = 200
) -> Response:
    async with context.reading() as conn:
        room = await read_listed(conn, space_id)
        every = await connections.every(conn)
    facts = {"room": room, "wanted": wanted, "connections": every, "consequences": consequences}
    return show(request, "mapping", facts, section=ROOMS, status=status)
