"""Where a room's mailbox may be written to, as the views of policy and ingest show it."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.graph.mailbox_name import MailboxName

_READ = """
    SELECT m.space_id IS NOT NULL AS is_mapped, coalesce(w.is_admitted, false) AS is_admitted,
        coalesce(w.state = 'refused', false) AS is_refused, w.detail, w.object_id
    FROM (SELECT 1) AS one
    LEFT JOIN policy.mapped_spaces_v1 m ON m.space_id = $1 AND m.room_mailbox = $2
        AND (m.cloud, m.tenant_id) = (SELECT cloud, tenant_id FROM policy.connections_v1 WHERE connection_id = $3)
    LEFT JOIN ingest.watches_v1 w ON w.space_id = $1 AND w.room_mailbox = $2
"""


@dataclass(frozen=True, slots=True)
class RoomAccess:
    """Whether a mailbox may be written to. `mailbox` knows its object id if ingest does.

    `is_mapped` says that the mailbox is the space's, in the tenant that the connection leads to. A mailbox that the
    space is mapped to has to be admitted by ingest first; `refusal` says why it never will be. What is left to take
    back from a mailbox that the space is not mapped to any more is not held up.
    """

    mailbox: MailboxName
    is_mapped: bool
    is_open: bool
    refusal: str | None


async def access(conn: Connection, space_id: UUID, room_mailbox: str, connection_id: UUID) -> RoomAccess:
    """Return whether the mailbox of a space may be written to now, through this connection."""
    (row,) = await conn.fetch(_READ, space_id, room_mailbox, connection_id)
    is_open = row["is_admitted"] or not row["is_mapped"]
    refusal = row["detail"] or "This mailbox is no room." if row["is_mapped"] and row["is_refused"] else None
    name = MailboxName(room_mailbox, row["object_id"])
    return RoomAccess(name, row["is_mapped"], is_open and refusal is None, refusal)
