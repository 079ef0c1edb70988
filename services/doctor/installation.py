"""What the ledger and the services know of the installation: connections, rooms, and whom we may not reach.

Read in the role of policy, which sees what the other services tell in their views; subscriptions in that of ingest.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from libs.common.db import Connection, Pool, database_now, open_pool
from libs.common.rows import Rows
from libs.common.settings import Settings
from libs.graph.cloud import Tenancy
from libs.graph.mailbox_name import MailboxName
from services.doctor.settings import DoctorSettings
from services.findings.finding import Finding, WantedFindings
from services.ingest.store.subscriptions import ShownSubscription, list_subscriptions
from services.policy.commands.findings import list_findings
from services.policy.store import connections
from services.policy.store.connections import ConnectionRow

KNOWN_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class InspectedRoom:
    """A mapped room: how the ledger describes it, and how ingest and the reconciler are doing with it."""

    space_id: UUID
    space_name: str
    capacity: int
    time_zone: str
    room_mailbox: str
    connection_id: UUID
    object_id: str | None
    watch_state: str | None
    known_since: datetime
    agreed_at: datetime | None
    sweep_state: str | None

    @property
    def mailbox(self) -> MailboxName:
        """Return how to name the mailbox to Graph."""
        return MailboxName(self.room_mailbox, self.object_id)


@dataclass(frozen=True, slots=True)
class KnownInstallation:
    """All that is known before anybody outside is asked. `outsiders` are addresses by connection."""

    now: datetime
    connections: Sequence[ConnectionRow]
    rooms: Sequence[InspectedRoom]
    outsiders: Mapping[UUID, Sequence[str]]
    standing: Sequence[Finding]

    def rooms_of(self, connection_id: UUID) -> list[InspectedRoom]:
        """Return the rooms that are reached through a connection."""
        return [each for each in self.rooms if each.connection_id == connection_id]


def tenancy(connection: ConnectionRow) -> Tenancy:
    """Return how to reach the tenant of a connection."""
    return Tenancy(connection.id, connection.cloud, connection.tenant_id, connection.client_id, connection.credentials)


_ROOMS = Rows(InspectedRoom)

_READ_ROOMS = """
    SELECT s.id AS space_id, s.name AS space_name, s.capacity, s.time_zone, s.room_mailbox, s.connection_id,
        w.object_id, w.state AS watch_state, coalesce(r.since, s.mapped_at, s.created_at) AS known_since, r.agreed_at,
        r.state AS sweep_state
    FROM spaces s
    LEFT JOIN ingest.watches_v1 w ON w.space_id = s.id AND w.room_mailbox = s.room_mailbox
    LEFT JOIN reconciler.rooms_v1 r ON r.space_id = w.space_id
    WHERE s.deleted_at IS NULL AND s.room_mailbox IS NOT NULL AND s.connection_id IS NOT NULL ORDER BY s.room_mailbox
"""

_OUTSIDERS = """
    WITH people AS (
        SELECT lower(organizer_address) AS address, max(starts_at) AS seen_at FROM reservations
        WHERE organizer_address IS NOT NULL AND starts_at > now() - interval '60 days' GROUP BY 1
        UNION ALL
        SELECT lower(named), max(p.updated_at) FROM policies p
        CROSS JOIN LATERAL jsonb_array_elements_text(p.rule -> 'approvers') AS named
        WHERE p.rule ->> 'kind' = 'approval' AND p.rule ->> 'when' <> 'never' GROUP BY 1
    ), domains AS (
        SELECT id AS connection_id, lower(unnest(own_domains)) AS domain FROM connections
        UNION SELECT connection_id, lower(split_part(room_mailbox, '@', 2)) FROM spaces WHERE room_mailbox IS NOT NULL
    )
    SELECT c.id AS connection_id, array(
        SELECT p.address FROM people p JOIN domains d ON d.domain = split_part(p.address, '@', 2)
        WHERE d.connection_id = c.id AND NOT EXISTS (SELECT FROM spaces s WHERE lower(s.room_mailbox) = p.address)
        ORDER BY p.seen_at DESC LIMIT 5
    ) AS addresses
    FROM connections c
"""
"""People of late whose mailboxes are in a connection's own domains, or in those of its rooms."""


async def read_rooms(conn: Connection) -> list[InspectedRoom]:
    """Read every mapped room."""
    return [_ROOMS.read(row) for row in await conn.fetch(_READ_ROOMS)]


async def read_outsiders(conn: Connection) -> dict[UUID, Sequence[str]]:
    """Read organizers and approvers, at most five for each connection, whose mailboxes are of no use to us."""
    return {row["connection_id"]: row["addresses"] for row in await conn.fetch(_OUTSIDERS)}


async def read_known(settings: DoctorSettings) -> tuple[KnownInstallation | None, Sequence[ShownSubscription], str]:
    """Return what the ledger and the services know; None, and a sentence, if it cannot be read."""
    if settings.postgres_url is None:
        return None, (), "ROOMSYNC_POSTGRES_URL is not set here."
    try:
        async with asyncio.timeout(KNOWN_WITHIN_S):
            async with _pool(settings, "policy") as pool, pool.acquire() as conn, conn.transaction(readonly=True):
                known = KnownInstallation(
                    now=await database_now(conn),
                    connections=await connections.every(conn),
                    rooms=await read_rooms(conn),
                    outsiders=await read_outsiders(conn),
                    standing=await list_findings(conn, WantedFindings()),
                )
            async with _pool(settings, "ingest") as pool:
                return known, await list_subscriptions(pool, None), ""
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return None, (), f"The database cannot be read: {type(error).__name__}."


@asynccontextmanager
async def _pool(settings: Settings, schema: str) -> AsyncIterator[Pool]:
    pool = await open_pool(settings.database_address, schema=schema, max_size=1)
    try:
        yield pool
    finally:
        pool.terminate()  # a database that hangs would keep a goodbye waiting
