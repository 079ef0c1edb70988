"""Release a room that was kept without an invitation for as long as it may be."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import Message
from services.policy.commands.apply import Patience, apply
from services.policy.core.ending import release
from services.policy.store import slices


async def release_kept(
    conn: Connection, space_id: UUID, reservation_id: UUID, kept_for: timedelta, patience: Patience
) -> Sequence[Message]:
    """End a reservation that is still kept and due; nothing where somebody has decided otherwise meanwhile."""
    await slices.lock_space(conn, space_id)
    ledger = await slices.of_reservation(conn, space_id, reservation_id, None)
    return await apply(conn, ledger, release(ledger, kept_for), patience)
