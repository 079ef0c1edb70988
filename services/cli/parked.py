"""Messages that were put aside on RabbitMQ because they could not be handled: list, replay, drop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from libs.common.bus.port import Bus, BusError, Parked
from libs.common.bus.rabbitmq import NotDeclared, open_declared_rabbitmq
from libs.common.settings import Settings
from libs.common.wrong_settings import read_settings
from services.bus import topology
from services.cli.asking import Yes, confirm
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show, tell
from services.parked.messages import ParkedAction, list_parked, see_to_message
from services.parked.words import DROPPED

T = TypeVar("T")

app = typer.Typer(help="Messages that were put aside because they could not be handled.")

MessageId = Annotated[UUID, typer.Argument(help="The id that `parked list` shows.")]


@app.command("list")
def list_them(*, as_json: AsJson = False) -> None:
    """List what is parked, oldest first, and why."""
    found = _on_the_bus(list_parked)
    show([_describe(each) for each in found], as_json=as_json, nothing="Nothing is parked.")


list_by_default(app, list_them)


@app.command()
def replay(message_id: MessageId, *, as_json: AsJson = False) -> None:
    """Send a parked message back to its queue; if it was parked from several, to each."""
    _see_to(ParkedAction.REPLAY, message_id)
    tell(
        f"The message {message_id} was sent back to its queue.",
        {"message_id": message_id, "done": "replayed"},
        as_json=as_json,
    )


@app.command()
def drop(message_id: MessageId, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Forget a parked message for good, from whatever queues it was parked."""
    confirm(f"The message {message_id} will be {DROPPED}.", yes=yes)
    _see_to(ParkedAction.DROP, message_id)
    tell(f"The message {message_id} was dropped.", {"message_id": message_id, "done": "dropped"}, as_json=as_json)


def _on_the_bus(work: Callable[[Bus], Awaitable[T]]) -> T:
    settings = read_settings(Settings, "amqp_url")

    async def connected() -> T:
        async with open_declared_rabbitmq(settings.broker_address, topology(settings)) as bus:
            return await work(bus)

    try:
        return asyncio.run(connected())
    except NotDeclared as error:
        typer.echo(
            f"This broker has no Roomsync queues: there is no queue {error} in the virtual host of ROOMSYNC_AMQP_URL. "
            "Name the one that the services use, and the same ROOMSYNC_BUS_NAMESPACE.",
            err=True,
        )
        raise typer.Exit(1) from error
    except (BusError, OSError) as error:
        typer.echo(f"RabbitMQ at ROOMSYNC_AMQP_URL cannot be reached: {error}", err=True)
        raise typer.Exit(1) from error


def _see_to(action: ParkedAction, message_id: UUID) -> None:
    if not _on_the_bus(lambda bus: see_to_message(bus, action, message_id)):
        where = " from a queue that exists" if action is ParkedAction.REPLAY else ""
        typer.echo(f"No message {message_id} is parked{where}; `parked list` shows which are.", err=True)
        raise typer.Exit(1)


def _describe(found: Parked) -> dict[str, str | int]:
    return {
        "message_id": str(found.envelope.message_id),
        "type": found.envelope.type,
        "queue": found.queue,
        "parked_at": found.parked_at.isoformat(),
        "attempts": found.envelope.attempt,
        "reason": found.reason,
    }
