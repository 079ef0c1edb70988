"""The types of what people and services write: text, addresses, instants.

One rule: a value that passes here can be stored, compared and shown without another check. Types are strict: a number
in quotes is not a number.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer

FIRST_YEAR, LAST_YEAR = 2000, 2199
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

MOST_CHARACTERS = 2000
"""How long a comment or a reason may be."""

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tabs and line breaks, and halves of characters, which cannot be stored."""

_LINE_BREAKS = re.compile(r"[\n\r\u2028\u2029]")
_ADDRESS = re.compile(r"[^@\s\x00-\x20\x7f-\x9f<>,;]+@[^@\s\x00-\x20\x7f-\x9f<>,;]+")


def write_rfc_3339(value: datetime) -> str:
    """Write an instant as the API does: in UTC, with a Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _written_as_rfc_3339(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError(
            "A time is written as in RFC 3339 with its offset from UTC, such as 2027-03-01T09:00:00+01:00 "
            "or 2027-03-01T08:00:00Z; in a query the plus sign is written %2B"
        )
    return value


def _in_whole_seconds(value: datetime) -> datetime:
    """Cut to whole seconds, which is as exact as a calendar is; clients write milliseconds without meaning any."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"A time lies between the years {FIRST_YEAR} and {LAST_YEAR}")
    return value.astimezone(UTC).replace(microsecond=0)


def _one_line(value: str) -> str:
    if _LINE_BREAKS.search(value):
        raise ValueError("This text stands on one line, without line breaks")
    return printable(value)


def printable(value: str) -> str:
    """Return a text without blanks around it. Raises ValueError for control characters."""
    if UNPRINTABLE.search(value):
        raise ValueError("Text contains no NUL and no other control characters")
    return value.strip()


def not_blank(value: str) -> str:
    """Return a text that says something. Raises ValueError if it is empty."""
    if not value:
        raise ValueError("This text is not empty")
    return value


def matching(pattern: str, sentence: str) -> AfterValidator:
    """Build a check that a text matches `pattern` as a whole; `sentence` says in words what would be right."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(sentence)
        return value

    return AfterValidator(check)


def _as_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("A mail address looks like name@example.org")
    return value.lower()


MomentIn = Annotated[AwareDatetime, BeforeValidator(_written_as_rfc_3339), AfterValidator(_in_whole_seconds)]
"""An instant in a request, with an offset; in UTC and whole seconds from here on."""

MomentOut = Annotated[datetime, PlainSerializer(write_rfc_3339, return_type=str, when_used="json")]
"""An instant in an answer, in UTC."""

Line = Annotated[str, Field(max_length=255), AfterValidator(_one_line), AfterValidator(not_blank)]
"""Text on one line."""

Prose = Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(printable)]
"""Text that may have line breaks, or be empty."""

Remark = Annotated[Prose, AfterValidator(not_blank)]
"""Text that may have line breaks and says something."""

Address = Annotated[str, Field(max_length=254), AfterValidator(_as_address)]
"""A mail address in lower case."""


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def left_out() -> Any:  # noqa: ANN401 - stands where a default of any type may stand
    """Declare a field of a change: left out it changes nothing, and null is only taken where its type says so."""
    return Field(default=None, json_schema_extra=_without_default)
