"""The OpenAPI description, which the API serves and which is checked in as docs/openapi.json."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.policy.api.problems import MEDIA_TYPE, ProblemDocument

_DOCUMENT: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": _DOCUMENT}
    for status, description in {
        401: "No valid access token.",
        403: "The caller lacks the app role.",
        404: "No such thing.",
        409: "It conflicts with what is there.",
        412: "It has changed since it was read.",
        413: "The body is too large.",
        415: "The body is not JSON.",
        422: "The request cannot be used as it is.",
        500: "A fault of ours.",
        503: "The database or the issuer's keys are away.",
    }.items()
}
"""Every refusal that any route may answer with."""


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Name every method that an address takes, given its template; none if it is not described."""
    methods = [name.upper() for name in openapi_of(app)["paths"].get(path, {})]
    return sorted([*methods, "HEAD"] if "GET" in methods else methods)


def as_file(app: FastAPI) -> str:
    """Write the description as it is checked in."""
    return json.dumps(openapi_of(app), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """Describe the application; made once."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = described["components"]["schemas"]
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"), ProblemDocument=problem)
        app.openapi_schema = described
    return app.openapi_schema
