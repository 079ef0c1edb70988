"""Connections: which Microsoft tenants rooms are in, as which application they are reached."""

from dataclasses import asdict
from typing import Annotated

import typer

from libs.common.db import Pool
from services.cli.database import with_the_database
from services.cli.doctor import end
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show
from services.doctor.assembly import WantedLook
from services.policy.store import connections
from services.policy.store.connections import ConnectionRow

Name = Annotated[str, typer.Argument(help="The name or the id that `connections list` shows.")]

app = typer.Typer(help="Connections: which Microsoft tenants rooms are in, and as which application they are reached.")


@app.command("list")
def list_connections(*, as_json: AsJson = False) -> None:
    """List the connections by name."""

    async def work(pool: Pool) -> list[ConnectionRow]:
        async with pool.acquire() as conn:
            return await connections.every(conn)

    found = with_the_database("policy", work)
    show(
        [asdict(each) if as_json else _row(each) for each in found],
        as_json=as_json,
        nothing="No tenant is connected; POST /v1/connections does that.",
    )


list_by_default(app, list_connections)


@app.command()
def check(name: Name, *, as_json: AsJson = False) -> None:
    """Look at one connection and its rooms: token, permissions, mailboxes. Ends as `roomsync doctor` does."""
    end(WantedLook(connection=name), redact=False, as_json=as_json)


def _row(found: ConnectionRow) -> dict[str, object]:
    return {
        "connection_id": found.id,
        "name": found.name,
        "cloud": found.cloud,
        "tenant_id": found.tenant_id,
        "client_id": found.client_id,
        "credentials": " or ".join(found.credentials),
        "edits_organizer_events": found.edits_organizer_events,
    }
