"""Try now to reach a room mailbox, or all of a connection, and whatever waits for it.

Policy does not speak to Microsoft: it asks the other services by message. What they tell afterwards shows the result.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import RetryRequested
from services.policy.commands.unknown import UnknownConnection, UnknownSpace
from services.policy.store import discovered_rooms, spaces

NOTHING_TO_TRY = "This space has no room mailbox that could be tried. Map it to one first."
TRIED_NOW = "The room mailbox is tried now, and all that waits for it. The state of the mapping shows the result."
ALL_TRIED_NOW = "All that waits for this connection is tried now. The state of each space's mapping shows the result."


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """A check of a connection: the message that asks for it, and when listing its rooms had last been tried by then.

    The check has it tried anew, and has ended once it was tried later than that: also where the rooms cannot be listed,
    because a permission is missing.
    """

    asked: RetryRequested
    tried_at: datetime | None


async def check_connection(conn: Connection, connection_id: UUID) -> ConnectionCheck:
    """Return the check that has everything of a connection tried now. Raises `UnknownConnection`."""
    found = await discovered_rooms.discoveries(conn, [connection_id])
    if not found:
        raise UnknownConnection(connection_id)
    asked = RetryRequested(connection_id=connection_id, reason="administrator_asked")
    return ConnectionCheck(asked, found[0].tried_at)


async def check_space(conn: Connection, space_id: UUID) -> RetryRequested | None:
    """Return the message that has the mailbox of a space tried now; None if it has none. Raises `UnknownSpace`."""
    found = await spaces.read(conn, space_id)
    if found is None:
        raise UnknownSpace(space_id)
    space = found.space
    if space.connection_id is None or space.room_mailbox is None:
        return None
    return RetryRequested(
        connection_id=space.connection_id, room_mailbox=space.room_mailbox, reason="administrator_asked"
    )
