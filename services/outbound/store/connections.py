"""The tenants that outbound may write to, as policy's view shows them."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.graph.cloud import Tenancy, tenancy_of

_READ = """
    SELECT connection_id, cloud, tenant_id, client_id, credentials, edits_organizer_events
    FROM policy.connections_v1 WHERE connection_id = $1
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
