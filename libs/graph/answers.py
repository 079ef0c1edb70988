"""Turn Graph's answers into JSON or one typed error, without I/O.

Source: https://learn.microsoft.com/graph/errors, https://learn.microsoft.com/graph/throttling
"""

from collections.abc import Mapping
from datetime import timedelta
from json import loads
from math import isfinite

import orjson

from libs.graph.errors import (
    BadRequest,
    Conflict,
    DuplicateTransaction,
    Forbidden,
    Gone,
    GraphError,
    GraphTokenRefused,
    MailboxNotFound,
    NotFound,
    OccurrenceCrossing,
    PreconditionFailed,
    Throttled,
    Unavailable,
)
from libs.graph.text import storable_text, without_addresses
from libs.graph.vendor import Json

LONGEST_MESSAGE = 300
LONGEST_WAIT_S = 3600.0
DEEPEST_ERROR = 8
UNREADABLE = "no JSON"
"""Stands for a body that is there and cannot be read: no object, and not None."""


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> Json:
    """Return the JSON of a success, empty if it has none. Raises the typed error of any other answer."""
    return part_of(status, headers, _json(body) if body else None)


def part_of(status: int, headers: Mapping[str, str], body: object) -> Json:
    """Return or raise what `answer_of` does, for a body that was read as JSON with others; None is no body."""
    if not 200 <= status < 300:
        raise _error(status, headers, body)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Unavailable("Graph answered with something that is not a JSON object")
    return body


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> GraphError:
    """Return the error that an answer stands for."""
    return _error(status, headers, _json(body))


def _error(status: int, headers: Mapping[str, str], body: object) -> GraphError:
    error = _details(body)
    codes = _codes(error)
    code = storable_text(next(iter(codes), ""))
    message = without_addresses(storable_text(str(error.get("message") or "Graph gave no reason")))[:LONGEST_MESSAGE]
    if status == 429:
        return Throttled(message, status=status, code=code, retry_after=_retry_after(headers))
    if status >= 500 or status == 408:
        return Unavailable(message, status=status, code=code, retry_after=_retry_after(headers))
    if "ErrorDuplicateTransactionId" in codes:
        existing = error.get("@event.existingEventId")
        return DuplicateTransaction(
            message, status=status, code=code, existing_event_id=existing if isinstance(existing, str) else None
        )
    kinds = [kind for each, kind in _BY_CODE.items() if each in codes]
    kind = kinds[0] if kinds else _BY_STATUS.get(status, BadRequest)
    return kind(message, status=status, code=code)


_BY_CODE: Mapping[str, type[GraphError]] = {
    "ErrorInvalidIdMalformed": NotFound,
    "ErrorIrresolvableConflict": PreconditionFailed,
    "ErrorOccurrenceCrossingBoundary": OccurrenceCrossing,
    "ErrorInvalidUser": MailboxNotFound,
    "MailboxNotEnabledForRESTAPI": MailboxNotFound,
    "MailboxNotSupportedForRESTAPI": MailboxNotFound,
    "ResourceNotFound": MailboxNotFound,
    "Request_ResourceNotFound": MailboxNotFound,
}
"""What codes mean under any status: conflicting writes come as 409 or 412, missing mailboxes as 404.

Source: https://learn.microsoft.com/graph/errors, https://learn.microsoft.com/graph/resolve-auth-errors,
https://learn.microsoft.com/graph/api/event-update (ErrorOccurrenceCrossingBoundary)
"""

_BY_STATUS: Mapping[int, type[GraphError]] = {
    401: GraphTokenRefused,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
}


def _details(body: object) -> Json:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {"code": error if isinstance(error, str) else ""}


def _codes(error: Json) -> list[str]:
    """Return the codes of an error, outermost first. Inner codes are more specific; Graph spells their key in two ways.

    Source: https://learn.microsoft.com/graph/errors (innererror object)
    """
    codes: list[str] = []
    level: object = error
    while isinstance(level, dict) and len(codes) < DEEPEST_ERROR:
        codes.append(str(level.get("code") or ""))
        level = level.get("innerError") or level.get("innererror")
    return [code for code in codes if code]


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read how long to wait. Users report answers without the header, and with values that are not a number.

    Source: https://learn.microsoft.com/graph/throttling
    """
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return timedelta(seconds=max(0.0, min(seconds, LONGEST_WAIT_S))) if isfinite(seconds) else None


def _json(body: bytes) -> object:
    """Read a body as it is; what cannot be read is `UNREADABLE`. Never None, which is no body."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = _json_of_any_text(body)
    return UNREADABLE if found is None else found


def _json_of_any_text(body: bytes) -> object:
    """Read JSON that a strict reader refuses for one string in it: an answer must not be lost for one bad event.

    Half of a surrogate pair, a raw control character and bytes that are no UTF-8 end up in the strings, where
    `translate` makes them storable.
    """
    try:
        return loads(body.decode(errors="surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None
