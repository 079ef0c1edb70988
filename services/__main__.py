"""The operator's command line, `python -m services`: the database, parked messages, settings."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from libs.common.bus.port import Bus, BusError, Parked
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.settings import Settings
from services.bus import topology

T = TypeVar("T")
HERE = Path(__file__).parent
VERSION = "0.1.0"
SCHEMAS = {name: HERE / name / "migrations" for name in ("policy", "ingest", "outbound", "reconciler")}
BUS_SCHEMA = {"bus": HERE.parent / "libs" / "common" / "bus" / "migrations"}

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Roomsync: operate the system.")
parked = typer.Typer(no_args_is_help=True, help="Messages that were put aside because they could not be handled.")
app.add_typer(parked, name="parked")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
MessageId = Annotated[UUID, typer.Argument(help="The id that `parked list` shows.")]


@app.command()
def migrate() -> None:
    """Make the database, or bring it up to date; harmless to repeat."""
    from libs.common.migrate import migrate as upgrade

    url = Settings().postgres_url.get_secret_value()
    try:
        asyncio.run(upgrade(url, {**SCHEMAS, **BUS_SCHEMA}))
    except OSError as error:
        typer.echo(f"PostgreSQL at ROOMSYNC_POSTGRES_URL cannot be reached: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("The database is up to date.")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"Roomsync {VERSION}, Python {sys.version.split()[0]}, aio-pika {installed_version('aio-pika')}")


@app.command("env-example")
def env_example() -> None:
    """Print every setting of every service, with its meaning, unit and default, as an environment file."""
    from services.settings_listing import environment_file
    from services.stack import ROLES

    typer.echo(environment_file([role.settings for role in ROLES]), nl=False)


@parked.command("list")
def list_parked(*, as_json: AsJson = False) -> None:
    """List what is parked, oldest first, and why."""
    found = _on_the_bus(lambda bus: bus.parked())
    if as_json:
        typer.echo(json.dumps([_described(each) for each in found], indent=2))
    elif not found:
        typer.echo("Nothing is parked.")
    else:
        Console().print(_table(found))


@parked.command()
def replay(message_id: MessageId) -> None:
    """Send a parked message back to its queue."""
    _say_whether(_on_the_bus(lambda bus: bus.replay_parked(message_id)), message_id, "was sent back to its queue")


@parked.command()
def drop(message_id: MessageId) -> None:
    """Forget a parked message for good."""
    _say_whether(_on_the_bus(lambda bus: bus.drop_parked(message_id)), message_id, "was dropped")


def _on_the_bus(work: Callable[[Bus], Awaitable[T]]) -> T:
    settings = Settings()

    async def connected() -> T:
        async with open_rabbitmq(settings.amqp_url.get_secret_value(), topology(settings)) as bus:
            return await work(bus)

    try:
        return asyncio.run(connected())
    except (BusError, OSError) as error:
        typer.echo(f"RabbitMQ at ROOMSYNC_AMQP_URL cannot be reached: {error}", err=True)
        raise typer.Exit(1) from error


def _say_whether(is_done: bool, message_id: UUID, what: str) -> None:
    if not is_done:
        typer.echo(f"No message {message_id} is parked; `parked list` shows which are.", err=True)
        raise typer.Exit(1)
    typer.echo(f"The message {message_id} {what}.")


def _described(found: Parked) -> dict[str, str | int]:
    return {
        "message_id": str(found.envelope.message_id),
        "type": found.envelope.type,
        "queue": found.queue,
        "parked_at": found.parked_at.isoformat(),
        "attempts": found.envelope.attempt,
        "reason": found.reason,
    }


def _table(found: Sequence[Parked]) -> Table:
    table = Table(*_described(found[0]))
    for each in found:
        table.add_row(*(str(value) for value in _described(each).values()))
    return table


if __name__ == "__main__":
    app()
