"""Connections with the worst that is known of each: credentials, rooms, findings, and how listing their rooms goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection as Db
from services.findings.finding import Finding, WantedFindings
from services.policy.commands.findings import list_findings
from services.policy.commands.unknown import UnknownConnection
from services.policy.core.findings.reach import ConnectionState, state_of_connection
from services.policy.store import connections, credentials, discovered_rooms
from services.policy.store.connections import ConnectionRow
from services.policy.store.credentials import CredentialRow
from services.policy.store.discovered_rooms import Discovery


@dataclass(frozen=True, slots=True)
class ListedConnection:
    """A connection and what is known of it.

    Its credentials are in the order in which it names them, and findings, about it and about its rooms, with the worst
    first. `rooms` counts the spaces that are mapped through it.
    """

    connection: ConnectionRow
    credentials: Sequence[CredentialRow]
    rooms: int
    findings: Sequence[Finding]
    discovery: Discovery

    @property
    def state(self) -> ConnectionState:
        """Return the worst that is known of it."""
        is_reached = self.discovery.listed_at is not None or any(each.in_use for each in self.credentials)
        return state_of_connection(self.findings, is_reached=is_reached)

    @property
    def own_findings(self) -> Sequence[Finding]:
        """Return the findings about the connection itself."""
        return [each for each in self.findings if each.space_id is None]

    @property
    def rooms_in_trouble(self) -> int:
        """Return of how many of its rooms something is found."""
        return len({each.space_id for each in self.findings if each.space_id is not None})


async def list_connections(
    conn: Db, part: str | None, after: tuple[str, UUID] | None, limit: int
) -> Sequence[ListedConnection]:
    """Return the next connections by name, after the given one; `part` is a part of their names."""
    return await _with_what_is_known(conn, await connections.page(conn, part, after, limit))


async def read_listed_connection(conn: Db, connection_id: UUID) -> ListedConnection:
    """Return one connection and what is known of it. Raises `UnknownConnection`."""
    found = await connections.read(conn, connection_id)
    if found is None:
        raise UnknownConnection(connection_id)
    [listed] = await _with_what_is_known(conn, [found])
    return listed


async def _with_what_is_known(conn: Db, found: Sequence[ConnectionRow]) -> list[ListedConnection]:
    ids = [each.id for each in found]
    findings = await list_findings(conn, WantedFindings())
    known = {(each.connection_id, each.name): each for each in await credentials.read(conn)}
    rooms = await connections.rooms_of(conn, ids)
    discoveries = {each.connection_id: each for each in await discovered_rooms.discoveries(conn, ids)}
    return [
        ListedConnection(
            each,
            [known[each.id, name] for name in each.credentials],
            rooms[each.id],
            [finding for finding in findings if finding.connection_id == each.id],
            discoveries[each.id],
        )
        for each in found
    ]
