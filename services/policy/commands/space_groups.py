"""Add groups of spaces, rename and delete them, and put spaces into them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from libs.common.db import Connection as Db
from services.policy.commands.space_errors import SpaceGroupNameTaken, SpaceGroupStillRuled
from services.policy.commands.unknown import UnknownSpaceGroup
from services.policy.commands.versions import check_version
from services.policy.store import policies, space_groups
from services.policy.store.space_groups import SpaceGroupRow


async def create_group(conn: Db, name: str, now: datetime) -> SpaceGroupRow:
    """Add a group without spaces. Raises `SpaceGroupNameTaken`."""
    new = SpaceGroupRow(id=uuid4(), name=name, version=1, created_at=now)
    await _check_name(conn, new)
    await space_groups.add(conn, new)
    return new


async def rename_group(conn: Db, group_id: UUID, name: str | None, expected_version: int | None) -> SpaceGroupRow:
    """Rename a group; `None` leaves its name. Raises `UnknownSpaceGroup`, `StaleVersion`, `SpaceGroupNameTaken`."""
    before = await _lock(conn, group_id, expected_version)
    if name is None or name == before.name:
        return before
    after = replace(before, name=name, version=before.version + 1)
    await _check_name(conn, after)
    await space_groups.rename(conn, after)
    return after


async def delete_group(conn: Db, group_id: UUID, expected_version: int | None) -> None:
    """Delete a group to which no policy is attached; the spaces that were in it stay.

    Raises `UnknownSpaceGroup`, `StaleVersion`, `SpaceGroupStillRuled`.
    """
    await policies.lock_all(conn)
    await _lock(conn, group_id, expected_version)
    attached = await policies.count_attached(conn, group_id)
    if attached:
        raise SpaceGroupStillRuled(attached)
    await space_groups.delete(conn, group_id)


async def put_into_groups(conn: Db, space_id: UUID, group_ids: Sequence[UUID]) -> bool:
    """Put a space into these groups and no others; False if it was in exactly these. Raises `UnknownSpaceGroup`."""
    unknown = await space_groups.unknown_among(conn, group_ids)
    for position, each in enumerate(group_ids):
        if each in unknown:
            raise UnknownSpaceGroup(each, position)
    if set(group_ids) == await space_groups.of_space(conn, space_id):
        return False
    await space_groups.put(conn, space_id, sorted(set(group_ids)))
    return True


async def _lock(conn: Db, group_id: UUID, expected_version: int | None) -> SpaceGroupRow:
    found = await space_groups.lock(conn, group_id)
    if found is None:
        raise UnknownSpaceGroup(group_id)
    check_version(expected_version, found.version)
    return found


async def _check_name(conn: Db, wanted: SpaceGroupRow) -> None:
    holder = await space_groups.named(conn, wanted.name)
    if holder is not None and holder.id != wanted.id:
        raise SpaceGroupNameTaken(holder.id)
