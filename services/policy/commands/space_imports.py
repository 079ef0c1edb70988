"""Add and change many spaces in one transaction, as a file asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never, cast

from libs.common.db import Connection
from services.policy.commands.errors import AnyCommandError, CommandError
from services.policy.commands.spaces import SavedSpace, SpaceChange, SpaceRequest, change_space, create_space
from services.policy.store.slices import lock_spaces

Row = SpaceRequest | SpaceChange


async def import_spaces(
    conn: Connection, rows: Mapping[int, Row], now: datetime
) -> dict[int, SavedSpace | AnyCommandError]:
    """Carry out each row, in their order; return what came of each, under its number.

    A row that cannot be carried out leaves nothing behind, and the others are carried out all the same: it is for the
    caller to undo them. All spaces are locked before the first is changed, so that two imports cannot wait for each
    other.
    """
    await lock_spaces(conn, [each.space_id for each in rows.values() if isinstance(each, SpaceChange)])
    return {number: await _carry_out(conn, row, now) for number, row in rows.items()}


async def preview_import(
    conn: Connection, rows: Mapping[int, Row], now: datetime
) -> dict[int, SavedSpace | AnyCommandError]:
    """Return what would come of each row now, and store nothing."""
    trial = conn.transaction()
    await trial.start()
    try:
        return await import_spaces(conn, rows, now)
    finally:
        await trial.rollback()


async def _carry_out(conn: Connection, row: Row, now: datetime) -> SavedSpace | AnyCommandError:
    try:
        async with conn.transaction():
            match row:
                case SpaceRequest():
                    return await create_space(conn, row, now)
                case SpaceChange():
                    return await change_space(conn, row, now)
                case _:
                    assert_never(row)
    except CommandError as error:
        return cast("AnyCommandError", error)
