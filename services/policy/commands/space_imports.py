"""Add and change many spaces in one transaction, as a file asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never
from uuid import uuid4

from libs.common.db import Connection
from services.policy.commands.imports import Attempts, attempt_each
from services.policy.commands.spaces import SavedSpace, SpaceChange, SpaceRequest, change_space, create_space
from services.policy.store.slices import lock_spaces

Row = SpaceRequest | SpaceChange


async def import_spaces(conn: Connection, rows: Mapping[int, Row], now: datetime) -> Attempts[SavedSpace]:
    """Carry out each row, in their order.

    All spaces are locked before the first is changed, so that two imports cannot wait for each other. The mailboxes
    that are mapped by it are imported together.
    """
    import_id = uuid4()

    async def carry_out(row: Row) -> SavedSpace:
        match row:
            case SpaceRequest():
                return await create_space(conn, row, now, import_id)
            case SpaceChange():
                return await change_space(conn, row, now, import_id)
            case _:
                assert_never(row)

    await lock_spaces(conn, [each.space_id for each in rows.values() if isinstance(each, SpaceChange)])
    return await attempt_each(conn, rows, carry_out)
