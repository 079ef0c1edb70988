"""Spaces, and how each stands to its room mailbox; as the API shows them."""

from typing import Annotated
from uuid import UUID

import typer

from libs.common.db import Pool
from services.cli.database import with_the_database
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show, show_one
from services.policy.api.space_bodies import SpaceOut, show_space
from services.policy.store import spaces

app = typer.Typer(help="Spaces, and how each stands to its room mailbox.")

State = Annotated[
    str | None,
    typer.Option("--state", help="Those whose mapping is in this state only, such as quarantined or unmapped."),
]
SpaceId = Annotated[UUID, typer.Argument(help="The id that `spaces list` shows.")]


@app.command("list")
def list_spaces(*, state: State = None, as_json: AsJson = False) -> None:
    """List the spaces by name, with their room mailboxes and the state of the mapping."""

    async def work(pool: Pool) -> list[SpaceOut]:
        async with pool.acquire() as conn:
            return [show_space(each) for each in await spaces.page(conn, None, None)]

    found = [each for each in with_the_database("policy", work) if state in {None, each.mapping.state}]
    nothing = "There is no space." if state is None else "There is no such space."
    show([_body(each) if as_json else _row(each) for each in found], as_json=as_json, nothing=nothing)


list_by_default(app, list_spaces)


@app.command("show")
def show_space_of(space_id: SpaceId, *, as_json: AsJson = False) -> None:
    """Show one space with all that is known of its mapping; as JSON as the API does."""

    async def work(pool: Pool) -> SpaceOut | None:
        async with pool.acquire() as conn:
            found = await spaces.read(conn, space_id)
        return None if found is None else show_space(found)

    found = with_the_database("policy", work)
    if found is None:
        typer.echo(f"There is no space {space_id}; `spaces list` shows which there are.", err=True)
        raise typer.Exit(1)
    more = {"since": found.mapping.since, "next_try_at": found.mapping.next_try_at, "detail": found.mapping.detail}
    show_one(_body(found), _row(found) | more, as_json=as_json)


def _body(found: SpaceOut) -> dict[str, object]:
    return found.model_dump(mode="json")


def _row(found: SpaceOut) -> dict[str, object]:
    return {
        "space_id": found.id,
        "name": found.name,
        "capacity": found.capacity,
        "time_zone": found.time_zone,
        "state": found.mapping.state,
        "room_mailbox": found.mapping.room_mailbox,
    }
