"""A database and a virtual host of our own on servers that somebody else runs; both are removed at the end."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import aio_pika
import aiohttp
import aiormq.exceptions
import asyncpg

from deploy.local.process import CannotStart

MANAGEMENT_PORT = 15672


class CannotMakeOwn(CannotStart):
    """The given server does not let us have a database or virtual host of our own. The message says what would help."""


@asynccontextmanager
async def own_database(url: str) -> AsyncIterator[str]:
    """Make a database, yield its URL, and drop it with the roles that migrations made for it.

    Raises CannotMakeOwn if the server is not there or its user may not create databases.
    """
    name = f"roomsync_{secrets.token_hex(4)}"
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise CannotMakeOwn(f"PostgreSQL at ROOMSYNC_POSTGRES_URL cannot be reached: {error}.") from error
    try:
        await connection.execute(f'CREATE DATABASE "{name}" ENCODING UTF8 TEMPLATE template0')
    except asyncpg.InsufficientPrivilegeError as error:
        raise CannotMakeOwn("The user of ROOMSYNC_POSTGRES_URL may not create databases: grant it CREATEDB.") from error
    finally:
        await connection.close()
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        await _drop_database(url, name)


async def _drop_database(url: str, name: str) -> None:
    """Drop the database with its roles; nothing if the server is gone by now."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        roles = await connection.fetch("SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)", f"{name}_")
        for role in roles:
            await connection.execute(f'DROP ROLE "{role["rolname"]}"')
    finally:
        await connection.close()


@asynccontextmanager
async def own_virtual_host(url: str) -> AsyncIterator[str]:
    """Make a virtual host, yield its URL, and delete it.

    Through the management API beside the broker, or through `rabbitmqctl` where the broker is on this machine.
    Raises CannotMakeOwn if neither works.
    """
    name = f"roomsync-{secrets.token_hex(4)}"
    parts = urlsplit(url)
    own = urlunsplit(parts._replace(path=f"/{name}"))
    if await _by_management("PUT", url, name):
        delete = _by_management
    elif await _by_command("PUT", url, name):
        delete = _by_command
    else:
        raise CannotMakeOwn(
            f"No virtual host could be made on the broker at {parts.hostname}:{parts.port or 5672}, which "
            f"ROOMSYNC_AMQP_URL names: enable its management plugin on port {MANAGEMENT_PORT} for a user with the tag "
            "administrator, or unset ROOMSYNC_AMQP_URL to have a private broker started."
        )
    try:
        await _prove(own)
        yield own
    finally:
        await delete("DELETE", url, name)


async def _prove(url: str) -> None:
    try:
        connection = await aio_pika.connect(url, timeout=10)
    except (OSError, TimeoutError, aiormq.exceptions.AMQPError) as error:
        raise CannotMakeOwn(f"The broker at ROOMSYNC_AMQP_URL refuses our own virtual host: {error}.") from error
    await connection.close()


async def _by_management(method: str, url: str, name: str) -> bool:
    """Create or delete through the management API. Source: https://www.rabbitmq.com/docs/http-api-reference."""
    parts = urlsplit(url)
    user = parts.username or "guest"
    api = f"http://{parts.hostname}:{MANAGEMENT_PORT}/api"
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    auth = aiohttp.encode_basic_auth(user, parts.password or "guest")
    try:
        async with aiohttp.ClientSession(
            headers={"Authorization": auth}, timeout=aiohttp.ClientTimeout(total=10)
        ) as session:
            async with session.request(method, f"{api}/vhosts/{name}", json={}) as answer:
                if answer.status >= 300:
                    return False
            if method == "DELETE":
                return True
            permissions = f"{api}/permissions/{name}/{quote(user, safe='')}"
            async with session.put(permissions, json=everything) as answer:
                return answer.status < 300
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


async def _by_command(method: str, url: str, name: str) -> bool:
    """Create or delete by the broker's own command line, which only reaches a broker on this machine."""
    parts = urlsplit(url)
    if parts.hostname not in {"127.0.0.1", "localhost", "::1"} or not shutil.which("rabbitmqctl"):
        return False
    if method == "DELETE":
        return await _rabbitmqctl("delete_vhost", name)
    user = parts.username or "guest"
    return await _rabbitmqctl("add_vhost", name) and await _rabbitmqctl(
        "set_permissions", "-p", name, user, ".*", ".*", ".*"
    )


async def _rabbitmqctl(*words: str) -> bool:
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec("rabbitmqctl", "-q", *words, stdout=silent, stderr=silent)
    return await process.wait() == 0
