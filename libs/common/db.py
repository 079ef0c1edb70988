"""PostgreSQL: a pool that acts as one service, in that service's schema.

A service logs in as the user in the URL and takes on the role ``<database>_<schema>``, which owns only its own schema.
Migrations create both (see `libs.common.migrate`).
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

AWAY: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server killed while a connection is being given back to its pool
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # a database that takes no connections for now
)
"""How asyncpg says that the database is away, shutting down, starting up, full, or not answering in time."""

_CANNOT_OPEN: tuple[type[Exception], ...] = (
    *AWAY,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)


def database_of(url: str) -> str:
    """Return the name of the database a URL points to."""
    parts = urlsplit(url)
    return unquote(parts.path.lstrip("/")) or unquote(parts.username or "postgres")


def role_of(url: str, schema: str) -> str:
    """Name the role that owns `schema` in the database of `url`."""
    return f"{database_of(url)}_{schema}"


class DatabaseUnavailable(ConnectionError):
    """The database cannot be used; the message says which and why. Try again: it may be starting, or being created."""


async def open_pool(url: str, *, schema: str, min_size: int = 1, max_size: int = 10) -> Pool:
    """Open a pool whose connections act as the service that owns `schema`; raises `DatabaseUnavailable`."""
    parts = urlsplit(url)
    what = f"database {database_of(url)!r} at {parts.hostname}:{parts.port or 5432}"
    try:
        return await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            init=prepare,
            reset=_leave_as_it_is,
            server_settings=session_settings(url, schema),
            command_timeout=30,
        )
    except asyncpg.InvalidParameterValueError as error:  # the session's role
        raise DatabaseUnavailable(f"The {what} is not migrated: {error}. Run `roomsync migrate`.") from error
    except _CANNOT_OPEN as error:
        raise DatabaseUnavailable(f"The {what} cannot be used: {type(error).__name__} {error}") from error


def session_settings(url: str, schema: str) -> dict[str, str]:
    """Return the settings of a new session of the service that owns `schema`."""
    return {
        "search_path": f'"{schema}", public',
        "role": role_of(url, schema),
        "application_name": f"roomsync {schema}",
        "timezone": "UTC",
    }


async def prepare(conn: Connection) -> None:
    """Teach a new connection to read and write jsonb as Python values."""
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=orjson.loads, format="text")


async def _leave_as_it_is(_: Connection) -> None:
    """Skip the round trip that resets a session: no code here changes one for longer than its transaction."""


def _to_json(value: Any) -> str:  # noqa: ANN401
    return orjson.dumps(value).decode()


async def check(pool: Pool) -> None:
    """Return if the database answers; raise the error if it does not."""
    await pool.fetchval("SELECT 1")


async def database_now(conn: Connection) -> datetime:
    """Return the database's time. Only times of this clock are compared with each other."""
    now: datetime = await conn.fetchval("SELECT clock_timestamp()")
    return now
