"""Validation errors in the words of the API.

One rule: what is reported names the field, what was wrong and what would be right, and never the value.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from services.policy.api.problems import INVALID, NOT_FOUND, NOT_KNOWN, FieldProblem, Problem, in_words

_PROBLEMS = {
    "missing": ("is missing", "This field is required"),
    "extra_forbidden": NOT_KNOWN,
    "json_invalid": ("is not JSON", "One JSON object, in UTF-8"),
    "string_unicode": ("is not valid text", "Unicode text without lone surrogates"),
    "model_attributes_type": ("has the wrong type", "A JSON object"),
}


def problem_of(error: RequestValidationError) -> Problem:
    """Translate the errors of one request. A malformed id in the path is reported as an id that does not exist."""
    errors: Sequence[Mapping[str, Any]] = error.errors()
    fields = [_field_problem(each) for each in errors]
    kind = NOT_FOUND if any(each["loc"][0] == "path" for each in errors) else INVALID
    return Problem(kind, in_words(fields), errors=fields)


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    kind = error["type"]
    if kind in _PROBLEMS:
        problem, expected = _PROBLEMS[kind]
    elif kind == "value_error":
        problem, expected = "cannot be used", str(error["ctx"]["error"])
    else:
        problem, expected = "cannot be used", error["msg"]
    return FieldProblem(field=_path(error), problem=problem, expected=expected.rstrip("."))


def _path(error: Mapping[str, Any]) -> str:
    """Name the field. Fields of the body have no prefix; a place in unparsable JSON is given in characters."""
    where, *rest = (str(part).encode(errors="replace").decode()[:80] for part in error["loc"])
    if where == "body":
        if error["type"] == "json_invalid":
            return f"body (at character {rest[0]})" if rest else "body"
        return ".".join(rest) or "body"
    if where == "header":
        return f"header.{rest[0].title()}"
    return ".".join((where, *rest))
