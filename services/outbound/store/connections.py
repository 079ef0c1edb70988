"""The tenants and mailboxes that outbound may write to, as policy's views show them."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.graph.cloud import Tenancy, tenancy_of

_READ = """
    SELECT connection_id, cloud, tenant_id, client_id, credential, edits_organizer_events
    FROM policy.connections_v1 WHERE connection_id = $1
"""

_IS_MAPPED = """
    SELECT EXISTS (
        SELECT FROM policy.mapped_spaces_v1 m JOIN policy.connections_v1 c ON c.connection_id = $2
        WHERE m.space_id = $1 AND m.room_mailbox = $3 AND (m.cloud, m.tenant_id) = (c.cloud, c.tenant_id)
    )
"""


@dataclass(frozen=True, slots=True)
class WritableTenant:
    """How to reach a tenant, and whether outbound may also edit organizers' events there."""

    tenancy: Tenancy
    edits_organizer_events: bool


async def read(conn: Connection, connection_id: UUID) -> WritableTenant | None:
    """Return the tenant of a connection, or None if the connection no longer exists."""
    row = await conn.fetchrow(_READ, connection_id)
    if row is None:
        return None
    return WritableTenant(tenancy_of(row), row["edits_organizer_events"])


async def is_mapped(conn: Connection, space_id: UUID, connection_id: UUID, room_mailbox: str) -> bool:
    """Whether a space is mapped to this mailbox, in the tenant that this connection leads to."""
    found: bool = await conn.fetchval(_IS_MAPPED, space_id, connection_id, room_mailbox)
    return found
