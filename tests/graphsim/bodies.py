"""JSON over HTTP, as every surface takes and gives it."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from tests.graphsim.refusals import CallRefused, unreadable_body


async def read_body(request: web.Request) -> dict[str, Any]:
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


def as_json(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json", headers=headers)
