"""When a space gets a room mailbox: have it show what the ledger has."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import Message
from services.policy.commands.apply import Patience, apply
from services.policy.core.holds import hold_in_new_mailbox
from services.policy.store import reservations, slices


async def on_space_mapped(conn: Connection, space_id: UUID, patience: Patience | None = None) -> Sequence[Message]:
    """Have the room mailbox show what was reserved in the space before it was mapped.

    Unmapping keeps every reservation. Those made in Outlook agree again with the invitations in the same mailbox; in
    another one there are none, and a hold stands in for each.
    """
    messages: list[Message] = []
    await slices.lock_space(conn, space_id)
    await reservations.leave_behind(conn, space_id)
    for reservation_id in await reservations.without_invitation(conn, space_id):
        ledger = await slices.of_reservation(conn, space_id, reservation_id, None)
        messages += await apply(conn, ledger, hold_in_new_mailbox(ledger), patience or Patience())
    return messages
