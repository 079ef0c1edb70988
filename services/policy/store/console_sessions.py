"""Who has signed in to the console, by the hash of the secret that only their browser has.

One rule: a session counts by the database's clock until it expires for want of use, and never beyond its end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from libs.common.db import Connection

_BEGIN = """
    INSERT INTO console_sessions (id_hash, caller, name, roles, expires_at, ends_at)
    VALUES ($1, $2, $3, $4, clock_timestamp() + least($5::interval, $6), clock_timestamp() + $6::interval)
"""

_FIND = "SELECT caller, name, roles FROM console_sessions WHERE id_hash = $1 AND expires_at > clock_timestamp()"

_EXTEND = """
    UPDATE console_sessions SET expires_at = least(clock_timestamp() + $2::interval, ends_at)
    WHERE id_hash = $1 AND expires_at > clock_timestamp()
        AND expires_at < least(clock_timestamp() + $2::interval - interval '1 minute', ends_at)
"""

_END = "DELETE FROM console_sessions WHERE id_hash = $1"


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """Who it belongs to, and in which app roles they signed in."""

    caller: str
    name: str | None
    roles: Collection[str]


async def begin(conn: Connection, id_hash: bytes, session: ConsoleSession, idle: timedelta, longest: timedelta) -> None:
    """Keep a session that expires once it was not used for `idle`, and ends after `longest`."""
    await conn.execute(_BEGIN, id_hash, session.caller, session.name, sorted(session.roles), idle, longest)


async def find(conn: Connection, id_hash: bytes) -> ConsoleSession | None:
    """Return a session that counts now."""
    row = await conn.fetchrow(_FIND, id_hash)
    return None if row is None else ConsoleSession(row["caller"], row["name"], frozenset(row["roles"]))


async def extend(conn: Connection, id_hash: bytes, idle: timedelta) -> None:
    """Note that a session is used: it expires after `idle` again. Writes once a minute at most."""
    await conn.execute(_EXTEND, id_hash, idle)


async def end(conn: Connection, id_hash: bytes) -> None:
    """Forget a session; harmless if there is none."""
    await conn.execute(_END, id_hash)
