"""Sign-ins to the console under way, by the hash of the state that comes back with the answer.

One rule: what was kept for a sign-in is taken once, by the browser that began it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from libs.common.db import Connection

KEPT = timedelta(minutes=15)
"""How long somebody has for the pages of the login service."""

_KEEP = """
    INSERT INTO console_sign_ins (state_hash, browser_hash, flow, return_to, expires_at)
    VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval)
"""

_TAKE = """
    DELETE FROM console_sign_ins WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > clock_timestamp()
    RETURNING flow, return_to
"""


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """What the login service was asked with, and the page of ours to go on with."""

    flow: dict[str, Any]
    return_to: str


async def keep(conn: Connection, state_hash: bytes, browser_hash: bytes, begun: BegunSignIn) -> None:
    """Keep a sign-in until its browser comes back, for `KEPT` at most."""
    await conn.execute(_KEEP, state_hash, browser_hash, begun.flow, begun.return_to, KEPT)


async def take(conn: Connection, state_hash: bytes, browser_hash: bytes) -> BegunSignIn | None:
    """Return what was kept and forget it; None if there is none, or another browser began it, or it is too late."""
    row = await conn.fetchrow(_TAKE, state_hash, browser_hash)
    return None if row is None else BegunSignIn(row["flow"], row["return_to"])
