"""Requests as Graph reads them: JSON bodies, action parameters, preconditions."""

from typing import TypeVar

import orjson
from aiohttp import web

from tests.graphsim.exchange.stored_event import Json, StoredEvent
from tests.graphsim.refusals import CallRefused, unreadable_body

T = TypeVar("T")


async def read_body(request: web.Request) -> Json:
    """Read a JSON object; no body at all counts as an empty one."""
    body = await read_json(request)
    if not isinstance(body, dict):
        raise unreadable_body("The request body must be a JSON object.")
    return body


async def read_json(request: web.Request) -> object:
    """Read any JSON; no body at all counts as an empty object."""
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise CallRefused(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure the payload is of valid JSON.",
        ) from wrong


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
