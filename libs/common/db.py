"""PostgreSQL: a pool that acts as one service, in that service's schema.

A service logs in with whatever the URL says and takes on the role ``<database>_<schema>``, which owns nothing but
its own schema. Migrations make both (see `libs.common.migrate`).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urlsplit

import asyncpg
import orjson

if TYPE_CHECKING:  # only the stubs know these as generic
    from asyncpg.pool import PoolConnectionProxy

    OwnConnection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Connection: TypeAlias = OwnConnection | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    OwnConnection = Connection = asyncpg.Connection
    Pool = asyncpg.Pool


def database_of(url: str) -> str:
    """Return the name of the database a URL points to."""
    parts = urlsplit(url)
    return unquote(parts.path.lstrip("/")) or unquote(parts.username or "postgres")


def role_of(url: str, schema: str) -> str:
    """Name the role that owns `schema` in the database of `url`."""
    return f"{database_of(url)}_{schema}"


async def open_pool(url: str, *, schema: str, min_size: int = 1, max_size: int = 10) -> Pool:
    """Open a pool whose connections act as the service that owns `schema`."""
    return await asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        init=prepare,
        server_settings=session_settings(url, schema),
        command_timeout=30,
    )


def session_settings(url: str, schema: str) -> dict[str, str]:
    """Return what a session of the service that owns `schema` starts with."""
    return {
        "search_path": f'"{schema}", public',
        "role": role_of(url, schema),
        "application_name": f"roomsync {schema}",
        "timezone": "UTC",
    }


async def prepare(conn: Connection) -> None:
    """Teach a new connection to read and write jsonb as Python values."""
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=orjson.loads, format="text")


def _to_json(value: Any) -> str:  # noqa: ANN401
    return orjson.dumps(value).decode()


async def database_now(conn: Connection) -> datetime:
    """Return the database's clock, the only one whose readings are compared with each other."""
    now: datetime = await conn.fetchval("SELECT clock_timestamp()")
    return now
