"""How Microsoft Graph says no: one body shape for every refusal, in which callers branch on `code`.

The control surface speaks the same format.

Source: https://learn.microsoft.com/en-us/graph/errors
"""

import logging
from datetime import UTC, datetime
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.graphsim.bodies import as_json
from tests.graphsim.refusals import CallRefused

LOG = logging.getLogger(__name__)


@web.middleware
async def naming(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every answer on Graph the ids by which it can be spoken of.

    Source: https://learn.microsoft.com/en-us/graph/best-practices-concept
    """
    response = await handler(request)
    if request.path.startswith("/v1.0/") and not response.prepared:
        request_id = response.headers.setdefault("request-id", str(uuid4()))
        response.headers.setdefault("client-request-id", request.headers.get("client-request-id", request_id))
    return response


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever is refused, a path that is none and a flaw of the simulator too."""
    try:
        if "#" in request.raw_path:
            raise CallRefused(400, "BadRequest", "The path has a '#' that is not encoded.")
        return await handler(request)
    except CallRefused as refusal:
        return _written(refusal, request)
    except web.HTTPException as other:
        if other.status < 400:
            raise
        return _written(_unrouted(other, request), request)
    except ConnectionError:
        raise  # the caller left; there is nobody to answer
    except Exception:
        # A flaw of the simulator: callers see what Graph would show of its own, and the log the whole of it.
        LOG.exception("%s %s failed", request.method, request.path)
        return _written(CallRefused(500, "InternalServerError", "Something is wrong here."), request)


def _unrouted(other: web.HTTPException, request: web.Request) -> CallRefused:
    """No route takes the call; a path that is none is a 400."""
    code = "Request_BadRequest" if other.status == 405 else "BadRequest"
    message = f"Resource not found for the segment '{request.path.rpartition('/')[2]}'."
    return CallRefused(400 if other.status == 404 else other.status, code, message)


def _written(refusal: CallRefused, request: web.Request) -> web.Response:
    """Write one refusal; `request-id` is unique, `client-request-id` echoes the caller's own."""
    request_id = str(uuid4())
    client_request_id = request.headers.get("client-request-id") or request_id
    body = {
        "error": {
            "code": refusal.code,
            "message": refusal.message,
            **refusal.extra,
            "innerError": {
                "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        }
    }
    named = {"request-id": request_id, "client-request-id": client_request_id}
    return as_json(body, refusal.status, {**refusal.headers, **named})
