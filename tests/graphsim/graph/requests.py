"""Requests as Graph reads them: whose mailbox, action parameters, preconditions."""

from typing import TypeVar

from aiohttp import web

from tests.graphsim.exchange.stored_event import Json, StoredEvent
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused, unreadable_body

T = TypeVar("T")


def mailbox_of(world: World, request: web.Request) -> str | None:
    """The address of the mailbox that a call is about, however the call names it."""
    name = request.match_info.get("mailbox")
    if name is None:
        return None
    mailbox = world.directory.resolved(name)
    return name.lower() if mailbox is None else mailbox.address


def named(body: Json, name: str) -> object:
    """An action's parameter; names of action parameters match whatever their case."""
    return next((value for key, value in body.items() if key.lower() == name.lower()), None)


def parameter(body: Json, name: str, kind: type[T]) -> T | None:
    value = named(body, name)
    if value is not None and not isinstance(value, kind):
        raise unreadable_body(f"The parameter '{name}' must be of type {kind.__name__}.")
    return value


def check_match(request: web.Request, event: StoredEvent) -> None:
    """Refuse a write against an older state; without If-Match there is nothing to compare.

    Source: https://learn.microsoft.com/en-us/graph/errors
    """
    wanted = request.headers.get("If-Match")
    if wanted is not None and wanted != "*" and wanted.removeprefix("W/").strip('"') != event.change_key:
        raise CallRefused(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request "
            "does not match the current change key for the item.",
        )
