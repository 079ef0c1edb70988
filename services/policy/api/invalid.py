"""Validation errors of requests as problem documents; the words are in `commands/invalid_fields.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.policy.api.problems import Problem
from services.policy.commands.invalid_fields import PROBLEMS, field_problems, in_words
from services.policy.commands.refusals import INVALID, NOT_FOUND

__all__ = ["PROBLEMS", "field_problems", "problem_of"]


def problem_of(error: RequestValidationError, route: object) -> Problem:
    """Translate the errors of one request. A malformed id in the path is reported as an id that does not exist."""
    errors: Sequence[Mapping[str, Any]] = error.errors()
    fields = field_problems(errors, _fields_shown(route))
    kind = NOT_FOUND if any(each["loc"][0] == "path" for each in errors) else INVALID
    return Problem(kind, in_words(fields), errors=fields)


def _fields_shown(route: object) -> frozenset[str]:
    """Name the fields of what a route answers with: one of these that it does not take exists, but cannot be set."""
    shown = route.response_model if isinstance(route, APIRoute) else None
    if isinstance(shown, type) and issubclass(shown, BaseModel):
        return frozenset(shown.model_fields)
    return frozenset()
