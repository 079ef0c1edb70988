"""Everything that can be refused, as problem documents.

One rule: a problem is a full sentence a person can act on, and never repeats what it was sent; a value may be a secret
that was pasted into the wrong field.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from libs.contracts.groups import DateOut
from libs.contracts.problems import AlternativesOut, FieldProblem
from libs.contracts.values import Reason
from services.policy.commands.invalid_fields import NOT_KNOWN, in_words
from services.policy.commands.refusals import CONFLICT, INVALID, NOT_FOUND, STALE, Kind, say_unknown

__all__ = ["NOT_KNOWN", "FieldProblem"]  # of what is imported here

MEDIA_TYPE = "application/problem+json"


class ImportedRow(BaseModel):
    """What became of one row of an import, or would become of it."""

    row: int = Field(description="Number of the row in a spreadsheet, where the names of the columns are row 1.")
    outcome: Literal["created", "changed", "unchanged", "failed"]
    name: str | None
    errors: list[FieldProblem] = Field(default_factory=list, description="By column, where the row failed.")


class ImportedSpace(ImportedRow):
    """What became of one row of an import of spaces, or would become of it.

    `space_id` is null for a row that was not added: because it failed, or because the import was only previewed.
    """

    space_id: UUID | None


class ImportedPolicy(ImportedRow):
    """What became of one row of an import of policies, or would become of it.

    `policy_id` is null for a row that was not added: because it failed, or because the import was only previewed.
    """

    policy_id: UUID | None


class ProblemDocument(BaseModel):
    """The body of every answer that is not a success (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] = []
    reasons: list[Reason] = []
    alternatives: AlternativesOut | None = Field(None, description="Given where a reservation is refused.")
    occurrences: list[DateOut] | None = Field(None, description="Given where a group is refused: the dates that fail.")
    rows: list[ImportedSpace] | list[ImportedPolicy] | None = Field(
        None, description="Given where an import is refused because of its rows."
    )


UNAUTHENTICATED = Kind(401, "unauthenticated", "A valid access token is needed.")
FORBIDDEN = Kind(403, "forbidden", "The access token does not allow this.")
METHOD_NOT_ALLOWED = Kind(405, "method-not-allowed", "This address does not take that method.")
MALFORMED = Kind(400, "malformed-header", "A header of the request cannot be understood.")
WEAK_ETAG = Kind(412, "weak-etag", "A weak ETag does not say which version was read.")
TOO_LARGE = Kind(413, "body-too-large", "The request body is too large.")
UNSUPPORTED_MEDIA_TYPE = Kind(415, "unsupported-media-type", "The request body must be JSON.")
BODY_NOT_CSV = Kind(415, "unsupported-media-type", "The request body must be CSV.")
KEY_REUSED = Kind(422, "idempotency-key-reused", "The Idempotency-Key was used for another request.")
FAILED = Kind(500, "internal-error", "Something went wrong on our side.")
UNAVAILABLE = Kind(503, "unavailable", "Something this needs is away.")

_BY_STATUS = {
    kind.status: kind
    for kind in (UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, CONFLICT, STALE, TOO_LARGE, INVALID, FAILED)
}


class Problem(HTTPException):
    """A refusal on its way to the caller. Raised inside a transaction it undoes all of it."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        rows: Sequence[ImportedRow] | None = None,
        reasons: Sequence[Reason] = (),
    ) -> None:
        super().__init__(kind.status, detail, dict(headers or {}))
        self.kind = kind
        self.errors = tuple(errors)
        self.rows = rows
        self.reasons = tuple(reasons)


def not_found(what: str, field: str) -> Problem:
    """Say that no `what` has the id given in `field`."""
    return Problem(
        NOT_FOUND,
        say_unknown(what),
        errors=[FieldProblem(field=field, problem=f"names no {what}", expected=f"the id of an existing {what}")],
    )


def invalid(field: str, problem: str, expected: str | None = None) -> Problem:
    """Say that one field cannot be used."""
    error = FieldProblem(field=field, problem=problem, expected=expected)
    return Problem(INVALID, in_words([error]), errors=[error])


def document(request: Request, problem: Problem) -> ProblemDocument:
    """Build the document of a problem met while serving `request`."""
    return ProblemDocument(
        type=f"urn:problem:roomsync:{problem.kind.slug}",
        title=problem.kind.title,
        status=problem.kind.status,
        detail=str(problem.detail),
        instance=request.url.path,
        errors=list(problem.errors),
        reasons=list(problem.reasons),
        rows=None if problem.rows is None else list(problem.rows),
    )


def response(request: Request, problem: Problem) -> Response:
    """Send a problem."""
    body = document(request, problem).model_dump(mode="json")
    return Response(encode(body), problem.status_code, problem.headers, MEDIA_TYPE)


def encode(body: object) -> bytes:
    """Encode a JSON body. Text that is not valid Unicode can only come from a caller, and is replaced."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return orjson.dumps(_printable(body))


def _printable(body: object) -> object:
    match body:
        case str():
            return body.encode(errors="replace").decode()
        case dict():
            return {_printable(key): _printable(value) for key, value in body.items()}
        case list():
            return [_printable(each) for each in body]
        case _:
            return body


def framework_problem(error: HTTPException, allowed: Sequence[str]) -> Problem:
    """Translate what the framework refuses by itself: no route, wrong method, unreadable body.

    It names only one route's methods, so `allowed` are all that the address takes, where that is known.
    """
    kind = _BY_STATUS.get(error.status_code, INVALID)
    details = {
        404: "Nothing lives at this address. /openapi.json lists what does.",
        405: "The Allow header lists the methods this address takes.",
    }
    detail = details.get(error.status_code, "The request could not be read.")
    headers = dict(error.headers or {})
    if kind is METHOD_NOT_ALLOWED and allowed:
        headers["Allow"] = ", ".join(allowed)
    return Problem(kind, detail, headers=headers)
