"""PostgreSQL: a pool that acts as one service, in that service's schema.

A service logs in as the user in the URL and takes on the role ``<database>_<schema>``, which owns only its own schema.
Migrations create both (see `libs.common.migrate`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
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
"""How asyncpg says that the database is away, shutting down, starting up, full, or not answering in time.

A server that stands still says nothing: what waits for it ends with `TimeoutError`, which is an `OSError`, and what
uses the connection afterwards with an `InterfaceError`.
"""

CONNECT_WITHIN_S = 10.0
COMMAND_WITHIN_S = 30.0
SERVER_FIRST_S = 0.5
"""By how much the server's own limit comes first. A server that answers ends a late statement and its locks."""

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


async def open_pool(
    url: str, *, schema: str, min_size: int = 1, max_size: int = 10, answers_within_s: float | None = None
) -> Pool:
    """Open a pool whose connections act as the service that owns `schema`; raises `DatabaseUnavailable`.

    `answers_within_s` is for work that somebody waits for: a statement that takes longer fails with an error in `AWAY`.
    """
    limits = {} if answers_within_s is None else {"statement_timeout": str(round(answers_within_s * 1000))}
    parts = urlsplit(url)
    what = f"database {database_of(url)!r} at {parts.hostname}:{parts.port or 5432}"
    try:
        return await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            init=prepare,
            reset=_leave_as_it_is,
            server_settings=session_settings(url, schema) | limits,
            timeout=CONNECT_WITHIN_S,
            command_timeout=COMMAND_WITHIN_S if answers_within_s is None else answers_within_s + SERVER_FIRST_S,
        )
    except asyncpg.InvalidParameterValueError as error:  # the session's role
        raise DatabaseUnavailable(f"The {what} is not migrated: {error}. Run `roomsync migrate`.") from error
    except _CANNOT_OPEN as error:
        raise DatabaseUnavailable(f"The {what} cannot be used: {type(error).__name__} {error}") from error


def session_settings(url: str, schema: str) -> dict[str, str]:
    """Return the settings of a new session of the service that owns `schema`.

    Nothing is compiled just in time: that takes a tenth of a second, and no statement of ours runs as long. The server
    ends the session of a machine that is gone, with its locks, within a minute.
    Source: https://www.postgresql.org/docs/15/jit-decision.html,
    https://www.postgresql.org/docs/15/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE
    """
    return {
        "search_path": f'"{schema}", public',
        "role": role_of(url, schema),
        "application_name": f"roomsync {schema}",
        "timezone": "UTC",
        "jit": "off",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }


@asynccontextmanager
async def own_connection(url: str, *, schema: str, answers_within_s: float) -> AsyncIterator[OwnConnection]:
    """Open a connection beside the pool, for what has to be the same session for long: a lock, or listening.

    It acts as the service that owns `schema`. A statement that takes longer than `answers_within_s` raises an error of
    `AWAY`. That the connection is lost already does not keep the block from ending.
    """
    settings = session_settings(url, schema)
    conn = await asyncpg.connect(
        url, server_settings=settings, timeout=CONNECT_WITHIN_S, command_timeout=answers_within_s
    )
    try:
        await prepare(conn)
        yield conn
    finally:
        with suppress(*AWAY, asyncpg.PostgresError):
            await conn.close(timeout=2)


async def prepare(conn: Connection) -> None:
    """Teach a new connection to read and write jsonb as Python values."""
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=orjson.loads, format="text")


async def _leave_as_it_is(_: Connection) -> None:
    """Skip the round trip that resets a session: no code here changes one for longer than its transaction."""


def _to_json(value: Any) -> str:  # noqa: ANN401
    return orjson.dumps(value).decode()


@asynccontextmanager
async def begin_within(
    pool: Pool, seconds: float, transaction: Callable[[Connection], AbstractAsyncContextManager[object]]
) -> AsyncIterator[Connection]:
    """Acquire a connection and begin a transaction on it, both together in so many seconds. Raises an error of `AWAY`.

    As soon as the server has been too late, here or in the block, the connection is dropped. To end the transaction and
    give the connection back would wait for the server as long again.
    """
    async with AsyncExitStack() as opened:
        async with asyncio.timeout(seconds):
            conn = await opened.enter_async_context(pool.acquire())
            opened.enter_context(_dropped_if_late(conn))
            await opened.enter_async_context(transaction(conn))
            opened.enter_context(_dropped_if_late(conn))
        yield conn


@contextmanager
def _dropped_if_late(conn: Connection) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        conn.terminate()
        raise


async def check(pool: Pool) -> None:
    """Return if the database answers; raise the error if it does not."""
    await pool.fetchval("SELECT 1")


async def database_now(conn: Connection) -> datetime:
    """Return the database's time. Only times of this clock are compared with each other."""
    now: datetime = await conn.fetchval("SELECT clock_timestamp()")
    return now
