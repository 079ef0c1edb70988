"""How the rooms are doing when they are compared with Outlook, and the confirmation that a brake waits for."""

from typing import Annotated
from uuid import UUID

import typer

from libs.common.db import Pool
from services.cli.asking import Yes, confirm
from services.cli.database import with_the_database
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show, tell
from services.reconciler.store import brakes, rooms

app = typer.Typer(help="How the rooms are doing when they are compared with Outlook.")

SpaceId = Annotated[UUID, typer.Argument(help="The space id that `rooms list` shows.")]
By = Annotated[str, typer.Option("--by", help="Who confirms; it is written down.")]


@app.command("list")
def list_rooms(*, as_json: AsJson = False) -> None:
    """List every watched room, when both sides last agreed, and what keeps them from it."""
    show(
        with_the_database("reconciler", rooms.overview),
        as_json=as_json,
        nothing="No space is mapped to a room mailbox.",
    )


list_by_default(app, list_rooms)


@app.command("confirm")
def confirm_cancellations(space_id: SpaceId, by: By, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Let the cancellations go on that stopped because they were too many at once."""
    confirm(f"The reservations of the space {space_id} that are gone from its calendar will be cancelled.", yes=yes)

    async def work(pool: Pool) -> int | None:
        async with pool.acquire() as conn:
            return await brakes.confirm(conn, space_id, by)

    confirmed = with_the_database("reconciler", work)
    if confirmed is None:
        typer.echo(f"No cancellations wait for the space {space_id}; `rooms list` shows where some do.", err=True)
        raise typer.Exit(1)
    tell(
        f"{confirmed} cancellations of the space {space_id} go on with its next comparison, which comes at once.",
        {"space_id": space_id, "confirmed": confirmed},
        as_json=as_json,
    )
