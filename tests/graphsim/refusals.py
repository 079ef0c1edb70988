"""How Microsoft Graph says no: one body shape for every refusal.

Handlers raise `CallRefused`; `error` makes the response. Callers of Graph must branch on `code`, never on `message`.

Source: https://learn.microsoft.com/en-us/graph/errors
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import orjson
from aiohttp import web


class CallRefused(Exception):
    """A refusal with its HTTP status, Graph error code and message; `extra` joins the error object as it is."""

    def __init__(self, status: int, code: str, message: str, **extra: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.extra: Mapping[str, str] = extra

    def response(self, client_request_id: str | None = None) -> web.Response:
        return error(self.status, self.code, self.message, extra=self.extra, client_request_id=client_request_id)


def error(
    status: int,
    code: str,
    message: str,
    *,
    extra: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    client_request_id: str | None = None,
) -> web.Response:
    """Render one refusal; `request-id` is unique, `client-request-id` echoes the caller's own."""
    request_id = str(uuid4())
    body = {
        "error": {
            "code": code,
            "message": message,
            **(extra or {}),
            "innerError": {
                "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
                "request-id": request_id,
                "client-request-id": client_request_id or request_id,
            },
        }
    }
    response = web.Response(status=status, body=orjson.dumps(body), content_type="application/json", headers=headers)
    response.headers["request-id"] = request_id
    response.headers["client-request-id"] = client_request_id or request_id
    return response


def item_not_found() -> CallRefused:
    """The id is unknown here, moved, deleted, or belongs to another mailbox: Graph does not say which."""
    return CallRefused(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def invalid_request(message: str) -> CallRefused:
    return CallRefused(400, "ErrorInvalidRequest", message)


def invalid_property(message: str) -> CallRefused:
    return CallRefused(400, "ErrorPropertyValidationFailure", message)


def unreadable_body(message: str) -> CallRefused:
    """The body does not have the types that the metadata names; nothing reached the mailbox."""
    return CallRefused(400, "RequestBodyRead", message)
