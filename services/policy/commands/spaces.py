"""Add spaces, change them, and map them to room mailboxes. Reservations stay as they are in any case."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypedDict
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.mailboxes import Holds, enter_mailboxes, leave_mailboxes
from services.policy.commands.mapping import MappingFields, announce_mapping, are_in_one_tenant, change_mapping
from services.policy.commands.room_imports import end_imports_of, follow_mailbox, import_mapped
from services.policy.commands.space_groups import put_into_groups
from services.policy.commands.unknown import UnknownPart, UnknownSpace
from services.policy.commands.versions import check_version
from services.policy.store import discovered_rooms, occupancies, spaces
from services.policy.store.occupancies import StandsCloser
from services.policy.store.slices import lock_space
from services.policy.store.spaces import SpaceRow

MOST_CLOSER_NAMED = 100


@dataclass(frozen=True, slots=True)
class SpaceRequest:
    """A space to add, mapped at once if a mailbox is given. `parts` are the spaces it is made of, if it is divided."""

    name: str
    capacity: int
    time_zone: str
    building: str | None = None
    features: Sequence[str] = ()
    setup_minutes: int = 0
    cleanup_minutes: int = 0
    waiting_list: bool = False
    offer_minutes: int = 60
    parts: Sequence[UUID] = ()
    groups: Sequence[UUID] = ()
    mapping: MappingFields = field(default_factory=MappingFields)


class SpaceFields(TypedDict, total=False):
    """Fields of a space to set; a field that is left out stays as it is."""

    name: str
    capacity: int
    time_zone: str
    building: str | None
    features: list[str]
    setup_minutes: int
    cleanup_minutes: int
    waiting_list: bool
    offer_minutes: int


@dataclass(frozen=True, slots=True)
class SpaceChange:
    """What to change of a space; without `expected_version`, at whichever version it is.

    `holds` says what becomes of our holds in the mailbox that the space leaves, if it leaves one. The space is put into
    the `groups`, and no others; None leaves it where it is.
    """

    space_id: UUID
    fields: SpaceFields = field(default_factory=SpaceFields)
    mapping: MappingFields = field(default_factory=MappingFields)
    expected_version: int | None = None
    holds: Holds = "drop"
    groups: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class SavedSpace:
    """The space as it is now, whether anything of it changed, and the messages to send.

    If its buffers grew, `closer` has the first bookings that stand closer together than they ask for; else it is None.
    """

    space: SpaceRow
    messages: Sequence[Message] = ()
    is_changed: bool = True
    closer: Sequence[StandsCloser] | None = None


async def create_space(
    conn: Connection, request: SpaceRequest, now: datetime, import_id: UUID | None = None
) -> SavedSpace:
    """Add a space, and map it if a mailbox is given, which begins an import of it: of its own, or this one.

    Raises `UnknownPart`, `UnknownSpaceGroup`, and what `change_mapping` raises.
    """
    space = await change_mapping(conn, _new_space(request, now), request.mapping, now)
    parts = await _resolve_parts(conn, request.parts)
    await spaces.add(conn, space)
    await spaces.add_parts(conn, space.id, parts or [space.id])
    await put_into_groups(conn, space.id, request.groups)
    if space.room_mailbox is not None:
        await import_mapped(conn, [space.id], import_id)
    return SavedSpace(space, announce_mapping(None, space))


async def change_space(
    conn: Connection, change: SpaceChange, now: datetime, import_id: UUID | None = None
) -> SavedSpace:
    """Change a space, map it or unmap it. The mailboxes that are left or mapped are seen to in the background.

    A mailbox that has another address by now is not left: nothing is taken out of it, nobody hears of it, and an import
    of it goes on, or begins again if it failed. Another mailbox begins an import: of its own, or this one.

    Raises `UnknownSpace`, `StaleVersion`, `UnknownSpaceGroup`, and what `change_mapping` raises.
    """
    await lock_space(conn, change.space_id)
    before = await spaces.lock(conn, change.space_id)
    if before is None:
        raise UnknownSpace(change.space_id)
    check_version(change.expected_version, before.version)
    after = await change_mapping(conn, replace(before, **change.fields), change.mapping, now)
    is_regrouped = change.groups is not None and await put_into_groups(conn, before.id, change.groups)
    if after == before and not is_regrouped:
        return SavedSpace(before, is_changed=False)
    after = replace(after, version=before.version + 1)
    is_moved = (before.room_mailbox, before.connection_id) != (after.room_mailbox, after.connection_id)
    address = after.room_mailbox
    if is_moved and address is not None and await _is_renamed(conn, before, after):
        is_moved, after = False, replace(after, mapped_at=before.mapped_at)
        await follow_mailbox(conn, after.id, address)
    if is_moved and before.room_mailbox is not None:
        await end_imports_of(conn, [after.id])
        await leave_mailboxes(conn, [after.id], change.holds)
    await spaces.save(conn, after)
    if is_moved and after.connection_id is not None:
        same = before.connection_id is None or await are_in_one_tenant(conn, before.connection_id, after.connection_id)
        await enter_mailboxes(conn, [after.id], is_other_tenant=not same)
        await import_mapped(conn, [after.id], import_id)
    return SavedSpace(after, announce_mapping(before, after), closer=await _find_closer(conn, before, after))


async def _is_renamed(conn: Connection, before: SpaceRow, after: SpaceRow) -> bool:
    """Whether a space only follows its mailbox to another address, so that all stays as it is in Outlook."""
    if before.room_mailbox is None or after.room_mailbox is None or before.connection_id is None:
        return False
    if before.connection_id != after.connection_id:
        return False
    return await discovered_rooms.is_renamed(
        conn, before.id, before.room_mailbox, after.room_mailbox, before.connection_id
    )


async def _find_closer(conn: Connection, before: SpaceRow, after: SpaceRow) -> Sequence[StandsCloser] | None:
    """Return which bookings stand closer than buffers that grew; None if none grew."""
    if after.setup_minutes <= before.setup_minutes and after.cleanup_minutes <= before.cleanup_minutes:
        return None
    return await occupancies.closer_than_buffers(conn, after.id, MOST_CLOSER_NAMED)


def _new_space(request: SpaceRequest, now: datetime) -> SpaceRow:
    return SpaceRow(
        id=uuid4(),
        name=request.name,
        capacity=request.capacity,
        time_zone=request.time_zone,
        building=request.building,
        features=list(request.features),
        setup_minutes=request.setup_minutes,
        cleanup_minutes=request.cleanup_minutes,
        connection_id=None,
        room_mailbox=None,
        mapped_at=None,
        version=1,
        created_at=now,
        waiting_list=request.waiting_list,
        offer_minutes=request.offer_minutes,
    )


async def _resolve_parts(conn: Connection, parts: Sequence[UUID]) -> list[UUID]:
    """Resolve spaces to the undivided ones they are made of, each once. Raises `UnknownPart`."""
    known = await spaces.parts_of(conn, list(parts))
    for position, part in enumerate(parts):
        if part not in known:
            raise UnknownPart(part, position)
    return sorted({undivided for each in known.values() for undivided in each})
