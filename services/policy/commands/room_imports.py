"""Begin imports of rooms, pause them, have them go on, and end the part of a room that is mapped otherwise by now."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.values import Actor
from services.policy.commands.import_errors import (
    ImportHasEnded,
    MailboxNamedTwice,
    NothingToImport,
    SpaceNamedTwice,
    SpaceNotMapped,
)
from services.policy.commands.mapping import check_is_free, choose_connection, find_connection
from services.policy.commands.unknown import UnknownImport, UnknownSpace
from services.policy.store import import_rooms, imports, many_spaces, spaces
from services.policy.store.import_rooms import SupposedRoom
from services.policy.store.imports import ImportRow

MAPPED_OTHERWISE = (
    "The space was mapped to another mailbox, unmapped or deleted before its import had ended. What had been taken "
    "over by then stays. A mailbox that it is mapped to now has an import of its own."
)
CONNECTION_GONE = "The connection through which this mailbox was to be read was deleted. Name another one."


@dataclass(frozen=True, slots=True)
class SupposedMapping:
    """How a rehearsal supposes that a space is mapped."""

    space_id: UUID
    room_mailbox: str
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Which rooms to import: those of some spaces, of a connection, both, or all; and those of `mappings` to rehearse.

    Only a rehearsal may suppose mappings; then without `space_ids` and `connection` it is about those alone.
    """

    is_rehearsal: bool = False
    space_ids: Sequence[UUID] | None = None
    connection: str | None = None
    mappings: Sequence[SupposedMapping] = ()


async def import_mapped(conn: Connection, space_ids: list[UUID], import_id: UUID | None = None) -> None:
    """Begin the import of spaces that were just mapped, in an import of their own or in this one."""
    found = import_id or uuid4()
    await imports.start(conn, found, is_rehearsal=False, cause="mapping", by=None)
    await import_rooms.add(conn, found, space_ids)


async def end_imports_of(conn: Connection, space_ids: list[UUID]) -> None:
    """End the parts of spaces whose mailboxes are left, in every import."""
    await import_rooms.end_of_spaces(conn, space_ids, MAPPED_OTHERWISE)


async def follow_mailbox(conn: Connection, space_id: UUID, address: str) -> None:
    """Have imports of a space read its mailbox under the address that it has by now, those too that it failed in.

    The space is still saved with the former address. An import that is paused stays so.
    """
    await import_rooms.follow(conn, space_id, address)
    for import_id in await import_rooms.read_anew(conn, space_id, address):
        if await imports.lock(conn, import_id) in {"finished", "failed"}:
            await imports.run(conn, import_id)


async def begin_import(conn: Connection, request: ImportRequest, by: Actor) -> UUID:
    """Begin an import, or a rehearsal of one; return its id. A room that another import is at waits for its turn.

    Raises `UnknownSpace`, `UnknownConnection`, `SpaceNotMapped`, `SpaceNamedTwice`, `MailboxNamedTwice`,
    `NothingToImport`, and of a supposed mapping what mapping it raises.
    """
    import_id = uuid4()
    await imports.start(conn, import_id, is_rehearsal=request.is_rehearsal, cause="request", by=by)
    wanted = await _find_mapped(conn, request)
    rooms = await import_rooms.add(conn, import_id, wanted) if wanted else 0
    _check_named_once(request)
    await _suppose(conn, import_id, request.mappings)
    if rooms + len(request.mappings) == 0:
        raise NothingToImport
    return import_id


async def pause_import(conn: Connection, import_id: UUID) -> ImportRow:
    """Have an import take no more events until it is resumed; harmless to repeat.

    Raises `UnknownImport`, and `ImportHasEnded`.
    """
    match await imports.lock(conn, import_id):
        case None:
            raise UnknownImport(import_id)
        case "finished" | "failed" as state:
            raise ImportHasEnded(state, is_resumed=False)
        case "running":
            await imports.stop(conn, import_id, "paused")
        case "paused":
            pass
    return await read_import(conn, import_id)


async def resume_import(conn: Connection, import_id: UUID) -> ImportRow:
    """Have an import go on where it was paused, and try the rooms again that failed; harmless to repeat.

    Raises `UnknownImport`, and `ImportHasEnded` if all rooms of an import that ended are done.
    """
    state = await imports.lock(conn, import_id)
    if state is None:
        raise UnknownImport(import_id)
    again = await import_rooms.try_again(conn, import_id)
    if state in {"finished", "failed"} and again == 0:
        raise ImportHasEnded(state, is_resumed=True)
    await imports.run(conn, import_id)
    return await read_import(conn, import_id)


async def read_import(conn: Connection, import_id: UUID) -> ImportRow:
    """Read one import. Raises `UnknownImport`."""
    found = await imports.read(conn, import_id)
    if found is None:
        raise UnknownImport(import_id)
    return found


async def _find_mapped(conn: Connection, request: ImportRequest) -> list[UUID]:
    """Return the mapped spaces that are asked for."""
    named = request.connection is not None or request.space_ids is not None
    if request.mappings and not named:
        return []
    connection_id = None if request.connection is None else await find_connection(conn, request.connection)
    mapped = {each.id: each for each in await spaces.mapped(conn)}
    if request.space_ids is None:
        return [each.id for each in mapped.values() if connection_id in {None, each.connection_id}]
    for space_id in request.space_ids:
        if space_id not in mapped:
            if await spaces.read(conn, space_id) is None:
                raise UnknownSpace(space_id)
            raise SpaceNotMapped(space_id)
    return [each for each in request.space_ids if connection_id in {None, mapped[each].connection_id}]


def _check_named_once(request: ImportRequest) -> None:
    seen = set(request.space_ids or ())
    mailboxes: set[str] = set()
    for each in request.mappings:
        if each.space_id in seen:
            raise SpaceNamedTwice(each.space_id)
        if each.room_mailbox in mailboxes:
            raise MailboxNamedTwice(each.room_mailbox)
        seen.add(each.space_id)
        mailboxes.add(each.room_mailbox)


async def _suppose(conn: Connection, import_id: UUID, mappings: Sequence[SupposedMapping]) -> None:
    """Add rooms to a rehearsal as they would be mapped.

    Their spaces are not locked: of thousands of rooms, none could be booked until all are added.
    """
    known = await many_spaces.of_ids(conn, [each.space_id for each in mappings])
    holders = await many_spaces.holders(conn, [each.room_mailbox for each in mappings])
    chosen: dict[tuple[str | None, UUID | None], UUID] = {}
    rooms: list[SupposedRoom] = []
    for each in mappings:
        space = known.get(each.space_id)
        if space is None:
            raise UnknownSpace(each.space_id)
        check_is_free(holders.get(each.room_mailbox), space.id)
        wanted = each.connection, space.connection_id
        if wanted not in chosen:
            chosen[wanted] = await choose_connection(conn, *wanted)
        is_mapped = (each.room_mailbox, chosen[wanted]) == (space.room_mailbox, space.connection_id)
        rooms.append(SupposedRoom(space.id, each.room_mailbox, chosen[wanted], is_mapped))
    await import_rooms.add_supposed(conn, import_id, rooms)
