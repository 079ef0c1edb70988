"""The operator's command line, `python -m services`: the database, parked messages, rooms, approvals."""

import asyncio
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

import asyncpg
import typer

from libs.common.build import VERSION
from libs.common.settings import Settings
from libs.common.wrong_settings import WrongSettings, complain, read_settings
from services.cli import approvals, parked, rooms

HERE = Path(__file__).parent
SCHEMAS = {directory.parent.name: directory for directory in sorted(HERE.glob("*/migrations"))}
"""Every service that keeps something, and the SQL files that make its schema."""

BUS_SCHEMA = {"bus": HERE.parent / "libs" / "common" / "bus" / "migrations"}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, and with them addresses and passwords
    help="Roomsync: operate the system.",
)
app.add_typer(parked.app, name="parked")
app.add_typer(rooms.app, name="rooms")
app.add_typer(approvals.app, name="approvals")


@app.command()
def migrate() -> None:
    """Make the database, or bring it up to date; harmless to repeat."""
    from libs.common.migrate import migrate as upgrade

    url = read_settings(Settings, "postgres_url").database_address
    try:
        asyncio.run(upgrade(url, {**SCHEMAS, **BUS_SCHEMA}))
    except (OSError, asyncpg.PostgresError) as error:
        typer.echo(f"PostgreSQL at ROOMSYNC_POSTGRES_URL cannot be used: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("The database is up to date.")


@app.command(hidden=True)
def documents() -> None:
    """Write the files that are made from the code; for developers, by `make documents`."""
    from services.catalogue import Incompatible
    from services.cli.documents import ROOT, write

    try:
        write(ROOT)
    except Incompatible as error:
        typer.echo(f"A message no longer keeps what its schema promises; make it a new version:\n{error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"Roomsync {VERSION}, Python {sys.version.split()[0]}, aio-pika {installed_version('aio-pika')}")


def main() -> None:
    """Run a command; wrong settings are said in sentences."""
    try:
        app()
    except WrongSettings as error:
        sys.exit(complain(error))


if __name__ == "__main__":
    main()
