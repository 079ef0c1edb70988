"""Whether a change comes from a page of ours: by where the browser says it comes from, and by the token in the page.

Either would do with the cookie, which browsers keep back from other sites; together they hold where one fails.

Source: https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.types import Message, Receive

FIELD = "csrf_token"
HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

MOST_BYTES = 65_536
MOST_FIELDS = 200
_FORM = "application/x-www-form-urlencoded"


class FormTooLarge(Exception):
    """A form is larger than any of ours; nothing of it is looked at."""


def is_change(request: Request) -> bool:
    """Whether a request may change anything."""
    return request.method not in SAFE_METHODS


def is_from_elsewhere(request: Request, origin: str) -> bool:
    """Whether the browser says that a request comes from a page that is not of this origin."""
    site, sent = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    return (site is not None and site != "same-origin") or (sent is not None and sent != origin)


def is_from_us(request: Request, origin: str) -> bool:
    """Whether the browser says that a request comes from a page of this origin; an old one may say nothing."""
    said = {request.headers.get("sec-fetch-site"), request.headers.get("origin")}
    return not is_from_elsewhere(request, origin) and not said.isdisjoint({"same-origin", origin})


class SentForm:
    """What a request brings, read once and passed on as it came."""

    def __init__(self, request: Request, body: bytes) -> None:
        self._request = request
        self._body = body
        self.fields = _fields_in(body) if _is_form(request) else []

    @property
    def token(self) -> str:
        """The token that it brings, in a header or in a field; empty if it has none."""
        in_fields = next((value for name, value in self.fields if name == FIELD), "")
        return self._request.headers.get(HEADER, in_fields)

    @property
    def written(self) -> Sequence[tuple[str, str]]:
        """The fields without the token: what somebody wrote and chose."""
        return [(name, value) for name, value in self.fields if name != FIELD]

    def received_again(self, receive: Receive) -> Receive:
        """Return a `receive` that gives the body once more, and then what comes after it."""
        is_given = False

        async def receive_again() -> Message:
            nonlocal is_given
            if is_given:
                return await receive()
            is_given = True
            return {"type": "http.request", "body": self._body, "more_body": False}

        return receive_again


async def read_sent_form(request: Request) -> SentForm:
    """Read the body of a request. Raises `FormTooLarge`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise FormTooLarge
    return SentForm(request, bytes(body))


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


def _fields_in(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form; none of what is no form, which then has no token either."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return []
