"""The operator's command line, `roomsync`: whatever is looked at or done on a running system without its API.

The same as `python -m services`. A command ends with 0 when it is done, with 1 when it could not be done or found
errors, and with 2 when it was used wrongly or its settings are wrong; `roomsync doctor` says what it means by them.
"""

import asyncio
import logging
import sys
from importlib.metadata import version as installed_version

import asyncpg
import structlog
import typer

from libs.common.build import VERSION
from libs.common.settings import Settings
from libs.common.wrong_settings import WrongSettings, complain, read_settings
from services.cli import approvals, conflicts, connections, imports, parked, policies, rooms, spaces, subscriptions
from services.cli.doctor import doctor
from services.cli.findings import findings
from services.cli.imports import import_rooms_now, rehearse
from services.cli.output import AsJson, tell
from services.cli.sweep import sweep
from services.schemas import BUS_SCHEMA, SCHEMAS

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they show local variables, and with them addresses and passwords
    help="Roomsync: operate the system. Settings are read as the services read them: from the environment, and from "
    "the directory that ROOMSYNC_SECRETS_DIR names.",
)
app.command()(doctor)
app.command()(findings)
app.add_typer(spaces.app, name="spaces")
app.add_typer(rooms.app, name="rooms")
app.add_typer(subscriptions.app, name="subscriptions")
app.command()(sweep)
app.command("import")(import_rooms_now)
app.command()(rehearse)
app.add_typer(imports.app, name="imports")
app.add_typer(connections.app, name="connections")
app.add_typer(policies.app, name="policies")
app.add_typer(approvals.app, name="approvals")
app.add_typer(conflicts.app, name="conflicts")
app.add_typer(parked.app, name="parked")


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Make the database, or bring it up to date; harmless to repeat."""
    from libs.common.migrate import migrate as upgrade

    url = read_settings(Settings, "postgres_url").database_address
    try:
        asyncio.run(upgrade(url, {**SCHEMAS, **BUS_SCHEMA}))
    except (OSError, asyncpg.PostgresError) as error:
        typer.echo(f"PostgreSQL at ROOMSYNC_POSTGRES_URL cannot be used: {error}", err=True)
        raise typer.Exit(1) from error
    tell("The database is up to date.", {"schemas": [*SCHEMAS, *BUS_SCHEMA], "is_up_to_date": True}, as_json=as_json)


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
def version(*, as_json: AsJson = False) -> None:
    """Print the version."""
    python, aio_pika = sys.version.split()[0], installed_version("aio-pika")
    told = {"roomsync": VERSION, "python": python, "aio_pika": aio_pika}
    tell(f"Roomsync {VERSION}, Python {python}, aio-pika {aio_pika}", told, as_json=as_json)


def _silence_logs() -> None:
    """Keep what libraries and services log out of what a command prints; a command says in a sentence what is wrong."""
    logging.getLogger().addHandler(logging.NullHandler())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def main() -> None:
    """Run a command; wrong settings are said in sentences."""
    _silence_logs()
    try:
        app(prog_name="roomsync")
    except WrongSettings as error:
        sys.exit(complain(error))


if __name__ == "__main__":
    main()
