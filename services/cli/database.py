"""Commands that work on a service's schema of the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import typer

from libs.common.db import Pool, open_pool
from libs.common.settings import Settings
from libs.common.wrong_settings import read_settings

T = TypeVar("T")


def with_the_database(schema: str, work: Callable[[Pool], Awaitable[T]]) -> T:
    """Do the work as the service that owns `schema`; end the command with a sentence if the database cannot be used."""
    url = read_settings(Settings, "postgres_url").database_address

    async def connected() -> T:
        pool = await open_pool(url, schema=schema, max_size=1)
        try:
            return await work(pool)
        finally:
            await pool.close()

    try:
        return asyncio.run(connected())
    except (OSError, asyncpg.PostgresError) as error:
        typer.echo(f"PostgreSQL at ROOMSYNC_POSTGRES_URL cannot be used: {error}", err=True)
        raise typer.Exit(1) from error
