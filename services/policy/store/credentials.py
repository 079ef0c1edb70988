"""How the credentials of connections are doing: what the reconciler tells, which has their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows
from services.policy.core.findings.facts import CredentialKind


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential that a connection names. What is None is not known, or not so."""

    connection_id: UUID
    name: str
    kind: CredentialKind | None
    expires_at: datetime | None
    thumbprint: str | None
    in_use: bool
    problem: str | None
    problem_since: datetime | None


_ROWS = Rows(CredentialRow)

_READ = """
    SELECT c.id AS connection_id, named.name, k.kind, k.expires_at, k.thumbprint, coalesce(k.in_use, false) AS in_use,
        k.problem, k.problem_since
    FROM connections c
    CROSS JOIN LATERAL (VALUES (c.credential), (c.second_credential)) AS named (name)
    LEFT JOIN reconciler.credentials_v1 k ON k.connection_id = c.id AND k.name = named.name
    WHERE named.name IS NOT NULL AND ($1::uuid IS NULL OR c.id = $1)
"""


async def read(conn: Db, connection_id: UUID | None = None) -> Sequence[CredentialRow]:
    """Read the credentials of one connection, or of all; one that the reconciler has not seen yet is unknown."""
    return [_ROWS.read(row) for row in await conn.fetch(_READ, connection_id)]
