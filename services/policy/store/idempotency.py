"""Answers already given, by caller and Idempotency-Key.

The row is written in the transaction of the work it stands for, so there is an answer exactly if the work was done.
Of two requests at once under one key, the second waits at the unique key for the first to commit, and then finds its
answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common.db import Connection

_CLAIM = """
    INSERT INTO idempotency_keys (caller, key, request_hash, status, body, headers, at)
    VALUES ($1, $2, $3, 0, '{}', '{}', $4)
    ON CONFLICT (caller, key) DO NOTHING
    RETURNING true
"""

_GIVEN = "SELECT request_hash, status, body, headers FROM idempotency_keys WHERE caller = $1 AND key = $2"

_KEEP = "UPDATE idempotency_keys SET status = $3, body = $4, headers = $5 WHERE caller = $1 AND key = $2"


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What a caller of the API was told."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """An answer given before under the same key, and the hash of the request it was given to."""

    request_hash: str
    answer: ApiAnswer


async def claim(conn: Connection, caller: str, key: str, request_hash: str, now: datetime) -> EarlierAnswer | None:
    """Take the key for this transaction, or return what was answered under it.

    Waits while another transaction holds the key. After None, `keep` must follow before the commit.
    """
    if await conn.fetchval(_CLAIM, caller, key, request_hash, now):
        return None
    row = await conn.fetchrow(_GIVEN, caller, key)
    if row is None:
        raise LookupError(f"idempotency key {key!r} conflicted and is gone: keys are only forgotten long after")
    return EarlierAnswer(row["request_hash"], ApiAnswer(row["status"], row["body"], row["headers"]))


async def keep(conn: Connection, caller: str, key: str, answer: ApiAnswer) -> None:
    """Keep the answer under a key claimed in this transaction."""
    await conn.execute(_KEEP, caller, key, answer.status, answer.body, answer.headers)
