"""Validation errors in the words of the API, for whoever sent the fields: by HTTP or by message.

One rule: what is reported names the field, what was wrong and what would be right, in sentences of ours, and never the
value.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from libs.contracts.problems import FieldProblem
from services.policy.commands.refusals import say_invalid

NOT_KNOWN = ("is not known here", "Remove it; /openapi.json lists the fields")
_WRONG_TYPE, _CANNOT = "has the wrong type", "cannot be used"
_OBJECT = (_WRONG_TYPE, "A JSON object")
_NO_NUMBER = ("is not a whole number", "A whole number, without quotes in a body")
_NO_ID = ("is no id", "An id as it was returned, a UUID")
_NO_DATE = ("is no date that exists", "A date such as 2027-03-01")
_LIST = (_WRONG_TYPE, "A list")
_NO_TIME = ("is no time that exists", "A time such as 2027-03-01T09:00:00+01:00")

PROBLEMS: Mapping[str, tuple[str, str]] = {
    "missing": ("is missing", "This field is required"),
    "extra_forbidden": NOT_KNOWN,
    "json_invalid": ("is not JSON", "One JSON object, in UTF-8"),
    "string_unicode": ("is not valid text", "Unicode text without lone surrogates"),
    "model_attributes_type": _OBJECT,
    "model_type": _OBJECT,
    "string_type": (_WRONG_TYPE, "Text"),
    "string_too_long": ("is too long", "At most {max_length:,} characters"),
    "int_type": (_WRONG_TYPE, "A whole number, without quotes"),
    "int_from_float": _NO_NUMBER,
    "int_parsing": _NO_NUMBER,
    "finite_number": _NO_NUMBER,
    "int_parsing_size": ("is too large", "A smaller number"),
    "greater_than_equal": ("is too small", "{ge:,} or more"),
    "less_than_equal": ("is too large", "{le:,} or less"),
    "bool_parsing": (_CANNOT, "true or false"),
    "bool_type": (_WRONG_TYPE, "true or false, without quotes"),
    "dict_type": _OBJECT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "too_short": ("has too few items", "At least {min_length:,} of them"),
    "too_long": ("has too many items", "At most {max_length:,} of them"),
    "literal_error": (_CANNOT, "One of {expected}"),
    "enum": (_CANNOT, "One of {expected}"),
    "uuid_type": _NO_ID,
    "uuid_parsing": _NO_ID,
    "date_type": _NO_DATE,
    "date_parsing": _NO_DATE,
    "date_from_datetime_parsing": _NO_DATE,
    "datetime_type": _NO_TIME,
    "datetime_parsing": _NO_TIME,
    "datetime_from_date_parsing": _NO_TIME,
    "datetime_object_invalid": _NO_TIME,
    "timezone_aware": _NO_TIME,
}
"""What to say of each type of error, filled in with its facts."""

_OTHERWISE = (_CANNOT, "A value as /openapi.json describes it")
_FIXED = "Leave it out; it stays as it is"
_ELSEWHERE = {
    "status": "Leave it out; POST .../cancel cancels a reservation",
    "mapping": "room_mailbox and connection, which map a space",
}
"""What to do instead about fields that are changed in another way."""


def field_problems(errors: Iterable[Mapping[str, Any]], shown: frozenset[str]) -> list[FieldProblem]:
    """Translate errors whose place begins with `body`, `query`, `path` or `header`.

    A field that is not taken but is `shown` in the answer exists, and cannot be set.
    """
    return [_field_problem(each, shown) for each in errors]


def in_words(errors: Sequence[FieldProblem]) -> str:
    """Put field problems into sentences."""
    return " ".join(say_invalid(each.field, each.problem, each.expected) for each in errors)


def _field_problem(error: Mapping[str, Any], shown: frozenset[str]) -> FieldProblem:
    kind, facts = error["type"], error.get("ctx") or {}
    if kind == "extra_forbidden" and error["loc"][0] == "body" and len(error["loc"]) == 2 and error["loc"][1] in shown:
        problem, expected = "cannot be set by this request", _ELSEWHERE.get(error["loc"][1], _FIXED)
    elif kind == "value_error":
        problem, expected = _CANNOT, str(facts["error"])
    else:
        problem, expected = PROBLEMS.get(kind, _OTHERWISE)
        expected = expected.format_map(facts)
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
