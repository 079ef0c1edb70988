"""Try now to reach a room mailbox, and all that waits for it.

Policy does not speak to Microsoft: it asks the other services by message. The state of the mapping shows the result.
"""

from uuid import UUID

from libs.common.db import Connection
from libs.contracts.messages import RetryRequested
from services.policy.commands.unknown import UnknownSpace
from services.policy.store import spaces

NOTHING_TO_TRY = "This space has no room mailbox that could be tried. Map it to one first."
TRIED_NOW = "The room mailbox is tried now, and all that waits for it. The state of the mapping shows the result."


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
