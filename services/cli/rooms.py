"""How the rooms are doing when they are compared with Outlook, and the confirmation that a brake waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import asyncpg
import typer

from libs.common.db import Pool, open_pool
from libs.common.settings import Settings
from libs.common.wrong_settings import read_settings
from services.cli.output import AsJson, show
from services.reconciler.store import brakes, rooms

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="How the rooms are doing when they are compared with Outlook.")

SpaceId = Annotated[UUID, typer.Argument(help="The space id that `rooms list` shows.")]
By = Annotated[str, typer.Option("--by", help="Who confirms; it is written down.")]


@app.command("list")
def list_rooms(*, as_json: AsJson = False) -> None:
    """List every watched room, when both sides last agreed, and what keeps them from it."""
    show(_with_the_database(rooms.overview), as_json=as_json, nothing="No space is mapped to a room mailbox.")


@app.command()
def confirm(space_id: SpaceId, by: By) -> None:
    """Let the cancellations go on that stopped because they were too many at once."""

    async def work(pool: Pool) -> int | None:
        async with pool.acquire() as conn:
            return await brakes.confirm(conn, space_id, by)

    confirmed = _with_the_database(work)
    if confirmed is None:
        typer.echo(f"No cancellations wait for the space {space_id}; `rooms list` shows where some do.", err=True)
        raise typer.Exit(1)
    typer.echo(
        f"{confirmed} cancellations of the space {space_id} go on with its next comparison, which comes at once."
    )


def _with_the_database(work: Callable[[Pool], Awaitable[T]]) -> T:
    url = read_settings(Settings, "postgres_url").database_address

    async def connected() -> T:
        pool = await open_pool(url, schema="reconciler", max_size=1)
        try:
            return await work(pool)
        finally:
            await pool.close()

    try:
        return asyncio.run(connected())
    except (OSError, asyncpg.PostgresError) as error:
        typer.echo(f"PostgreSQL at ROOMSYNC_POSTGRES_URL cannot be used: {error}", err=True)
        raise typer.Exit(1) from error
