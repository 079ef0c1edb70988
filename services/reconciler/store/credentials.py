"""How the credentials of connections are doing, as policy reads it in `credentials_v1`."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from uuid import UUID

from libs.common.db import Connection, Pool
from libs.graph.auth import CredentialState
from libs.graph.cloud import TENANCY_COLUMNS, Tenancy, tenancy_of


@dataclass(frozen=True, slots=True)
class ConnectedTenant:
    """A connection by name, and how to reach its tenant."""

    name: str
    tenancy: Tenancy


_TENANTS = f"SELECT name, {TENANCY_COLUMNS} FROM policy.connections_v1 ORDER BY name"

_RECORD = """
    WITH seen AS (
        SELECT * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::boolean[], $7::boolean[],
            $8::text[]) AS seen (name, kind, expires_at, thumbprint, is_accepted, in_use, problem)
    ), gone AS (
        DELETE FROM credentials WHERE connection_id = $1 AND name NOT IN (SELECT name FROM seen)
    )
    INSERT INTO credentials AS known (connection_id, name, kind, expires_at, thumbprint, is_accepted, in_use, problem,
        problem_since)
    SELECT $1, name, kind, expires_at, thumbprint, is_accepted, in_use, problem,
        CASE WHEN problem IS NOT NULL THEN clock_timestamp() END
    FROM seen
    ON CONFLICT (connection_id, name) DO UPDATE SET
        kind = excluded.kind, expires_at = excluded.expires_at, thumbprint = excluded.thumbprint,
        is_accepted = excluded.is_accepted, in_use = excluded.in_use, problem = excluded.problem,
        problem_since = CASE WHEN excluded.problem IS NOT NULL
            THEN coalesce(known.problem_since, excluded.problem_since) END,
        since = CASE WHEN (known.kind, known.expires_at) IS DISTINCT FROM (excluded.kind, excluded.expires_at)
            THEN excluded.since ELSE known.since END
    WHERE (known.kind, known.expires_at, known.thumbprint, known.is_accepted, known.in_use, known.problem)
        IS DISTINCT FROM (excluded.kind, excluded.expires_at, excluded.thumbprint, excluded.is_accepted,
            excluded.in_use, excluded.problem)
"""

_FORGET_OTHERS = "DELETE FROM credentials WHERE connection_id <> ALL ($1::uuid[])"


async def tenants(db: Pool | Connection) -> Sequence[ConnectedTenant]:
    """Read every connection, and every tenant that one led to before and that holds are taken out of."""
    return [ConnectedTenant(row["name"], tenancy_of(row)) for row in await db.fetch(_TENANTS)]


async def record(db: Pool | Connection, connection_id: UUID, seen: Sequence[CredentialState]) -> None:
    """Record how all credentials of a connection are doing. Since when stays as it is, unless that is news."""
    columns = [list(each) for each in zip(*map(_values, seen), strict=True)]
    await db.execute(_RECORD, connection_id, *columns)


async def forget_others(db: Pool | Connection, connection_ids: Sequence[UUID]) -> None:
    """Delete what is known of connections that no longer exist."""
    await db.execute(_FORGET_OTHERS, connection_ids)


def _values(seen: CredentialState) -> tuple[object, ...]:
    return astuple(seen)
