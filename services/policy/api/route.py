"""Routes that read JSON and nothing else.

One rule: a body is read only up to the limit, only as JSON, and only as valid Unicode; and nothing that was sent is
ignored in silence.
"""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from services.policy.api.etag import malformed
from services.policy.api.problems import NOT_KNOWN, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Problem, invalid


class JsonRequest(Request):
    """A request whose body is bounded and parsed strictly.

    orjson refuses what the standard library lets through: NaN, lone surrogates, bytes that are not UTF-8, and nesting
    without end.
    """

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            limit: int = self.app.state.max_body_bytes
            declared = self.headers.get("content-length", "0")
            if declared.isdecimal() and int(declared) > limit:
                raise _too_large(limit)
            chunks, size = [], 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    async def json(self) -> Any:  # noqa: ANN401 - the framework's signature: JSON is anything
        return orjson.loads(await self.body())


class JsonRoute(APIRoute):
    """A route that reads its body through `JsonRequest`. One whose body is CSV takes it as `csv_files.CsvText`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_body = self.body_field is not None
        takes_query = bool(self.dependant.query_params)
        makes_something = self.status_code == 201

        async def handle_json(request: Request) -> Response:
            strict = JsonRequest(request.scope, request.receive)
            _check_query(strict, takes_query=takes_query)
            _check_conditions(strict, makes_something=makes_something)
            if takes_body and not is_json(strict) and await strict.body():
                raise Problem(
                    UNSUPPORTED_MEDIA_TYPE,
                    "Send the body as JSON, with the header Content-Type: application/json.",
                    headers={"Accept": "application/json"},
                )
            return await handle(strict)

        return handle_json


def _check_query(request: Request, *, takes_query: bool) -> None:
    """Refuse what would be ignored: a query where none is taken, and all but the last of a name given twice."""
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if not takes_query:
            raise invalid(f"query.{name[:80]}", *NOT_KNOWN)
        if name in seen:
            raise invalid(f"query.{name[:80]}", "is given more than once", "Once at most")
        seen.add(name)


def _check_conditions(request: Request, *, makes_something: bool) -> None:
    """Refuse conditions that would be ignored: a version to be read where one is changed, or the other way round.

    `If-None-Match: *` asks that there is nothing yet, which is so for whatever is made.
    """
    if request.method == "GET":
        return
    known = request.headers.get("if-none-match")
    if known is not None and not (makes_something and known.strip() == "*"):
        detail = "If-None-Match goes with reading. To change only the version that you read, send its ETag in If-Match."
        raise malformed("If-None-Match", "goes with reading", "If-Match, or neither", detail)
    if makes_something and "if-match" in request.headers:
        detail = "If-Match goes with changing what is there, and this makes something new. Leave it out."
        raise malformed("If-Match", "goes with changing", "no If-Match", detail)


def is_json(request: Request) -> bool:
    """Whether the body of a request is declared to be JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _too_large(limit: int) -> Problem:
    return Problem(TOO_LARGE, f"A request body has at most {limit:,} bytes. Send less at a time.")
