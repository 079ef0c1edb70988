"""The OpenAPI description, which the API serves and which is checked in as docs/openapi.json.

One rule: each operation lists exactly the refusals that it can give. Most follow from what it takes; a route declares
the others by `refuses`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.policy.api.problems import MEDIA_TYPE, ProblemDocument

Json = dict[str, Any]

_DOCUMENT: Json = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
_TEXT = {"type": "string"}

REFUSALS: Mapping[int, str] = {
    400: "A header about versions cannot be understood.",
    401: "No valid access token.",
    403: "The caller lacks the app role.",
    404: "No such thing.",
    409: "It conflicts with what is there.",
    412: "It has changed since it was read.",
    413: "The body is too large.",
    415: "The body is of another media type than is taken here.",
    422: "The request cannot be used as it is.",
    500: "A fault of ours.",
    503: "The database or the issuer's keys are away.",
}
"""Every refusal that some route may answer with."""

ANYWHERE = (401, 403, 422, 500, 503)
"""Refusals that every operation may give: a query that it does not take is refused too."""

_HEADERS: Mapping[int, Json] = {
    401: {"WWW-Authenticate": {"description": "How to authenticate.", "schema": _TEXT}},
    403: {"WWW-Authenticate": {"description": "That another role is needed.", "schema": _TEXT}},
    503: {"Retry-After": {"description": "After how many seconds to try again.", "schema": _TEXT}},
}
_ETAG: Json = {
    "ETag": {"description": "Names this version, for If-Match and If-None-Match.", "schema": _TEXT},
}
_LOCATION: Json = {"Location": {"description": "Address of what was made.", "schema": _TEXT}}


def refuses(*statuses: int) -> dict[int | str, Json]:
    """Declare the refusals of a route that do not follow from what it takes: pass it as `responses`."""
    return {status: _refusal(status) for status in statuses}


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Name every method that an address takes, given its template; none if it is not described."""
    methods = [name.upper() for name in openapi_of(app)["paths"].get(path, {})]
    return sorted([*methods, "HEAD"] if "GET" in methods else methods)


def as_file(app: FastAPI) -> str:
    """Write the description as it is checked in."""
    return json.dumps(openapi_of(app), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def openapi_of(app: FastAPI) -> Json:
    """Describe the application; made once."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = described["components"]["schemas"]
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"), ProblemDocument=problem)
        for operations in described["paths"].values():
            for method, operation in operations.items():
                _describe_answers(method, operation)
        app.openapi_schema = described
    return app.openapi_schema


def _describe_answers(method: str, operation: Json) -> None:
    """Add the answers that follow from what an operation takes, and the headers of each."""
    answers, headers = operation["responses"], _parameters(operation, "header")
    for status in _refusals_of(method, operation):
        answers[str(status)] = _refusal(status)
    if "if-none-match" in headers:
        answers["304"] = {"description": "It is as the reader has it.", "headers": _ETAG}
    is_of_one = bool(_parameters(operation, "path"))
    for status, answer in answers.items():
        if status == "201":
            answer["headers"] = {**_ETAG, **_LOCATION}
        elif status == "200" and is_of_one:
            answer["headers"] = _ETAG
    operation["responses"] = dict(sorted(answers.items()))


def _refusals_of(method: str, operation: Json) -> Iterator[int]:
    yield from ANYWHERE
    headers = _parameters(operation, "header")
    if method != "get" or "if-none-match" in headers:
        yield 400
    if "if-match" in headers:
        yield 412
    if _parameters(operation, "path"):
        yield 404
    if "requestBody" in operation:
        yield from (413, 415)


def _parameters(operation: Json, where: str) -> frozenset[str]:
    return frozenset(each["name"] for each in operation.get("parameters", ()) if each["in"] == where)


def _refusal(status: int) -> Json:
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    return {"description": REFUSALS[status], "content": _DOCUMENT, **headers}
