"""The tenants that may be written to, as policy's view shows them."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.graph.cloud import Tenancy, tenancy_of

_READ = """
    SELECT connection_id, cloud, tenant_id, client_id, credential, edits_organizer_events
    FROM policy.connections_v1 WHERE connection_id = $1
"""


@dataclass(frozen=True, slots=True)
class WritableTenant:
    """How a tenant is reached, and whether more than rooms may be written to."""

    tenancy: Tenancy
    edits_organizer_events: bool


async def read(conn: Connection, connection_id: UUID) -> WritableTenant | None:
    """Return the tenant of a connection, or None if there is no such one any more."""
    row = await conn.fetchrow(_READ, connection_id)
    if row is None:
        return None
    return WritableTenant(tenancy_of(row), row["edits_organizer_events"])
