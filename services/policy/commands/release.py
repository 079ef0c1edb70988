"""Release a room that was kept without an invitation for long enough."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.apply import Patience, apply
from services.policy.core.actors import SYSTEM
from services.policy.core.ending import release
from services.policy.store import slices


async def release_kept(
    conn: Connection, space_id: UUID, reservation_id: UUID, kept_for: timedelta, patience: Patience
) -> Sequence[Message]:
    """End a reservation if it is still kept without an invitation, and has been for `kept_for`."""
    await slices.lock_space(conn, space_id)
    ledger = await slices.of_reservation(conn, space_id, reservation_id, None)
    return await apply(conn, ledger, release(ledger, kept_for), patience, by=SYSTEM)
