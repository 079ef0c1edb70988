"""The types of fields in requests: text, addresses, instants, zones.

One rule: a value that passes here can be stored, compared and shown without another check. Types are strict: a number
in quotes is not a number.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from services.policy.core.policies.parameters import FIRST_YEAR, LAST_YEAR, RFC_3339, write_rfc_3339
from services.policy.core.prose import MOST_CHARACTERS, UNPRINTABLE

_LINE_BREAKS = re.compile(r"[\n\r\u2028\u2029]")
_ZONES = available_timezones() - {"localtime", "Factory", "posixrules"}  # names that mean something on one machine only


class Body(BaseModel):
    """A request body. An unknown field is refused, because its sender expects it to have an effect."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _written_as_rfc_3339(value: object) -> object:
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
    return _printable(value)


def _printable(value: str) -> str:
    if UNPRINTABLE.search(value):
        raise ValueError("Text contains no NUL and no other control characters")
    return value.strip()


def as_line(value: str) -> str:
    """Return a text that is not ours as one line that can be stored: what cannot be printed is left out."""
    spaced = " ".join(value.split())
    return "".join(each for each in spaced if each.isprintable())[:255].strip()


def _not_blank(value: str) -> str:
    if not value:
        raise ValueError("This text is not empty")
    return value


def _zone(value: str) -> str:
    if value not in _ZONES:
        raise ValueError("A time zone is named as in the IANA database, such as Europe/Berlin or UTC")
    return value


MomentIn = Annotated[AwareDatetime, BeforeValidator(_written_as_rfc_3339), AfterValidator(_in_whole_seconds)]
"""An instant in a request, with an offset; in UTC and whole seconds from here on."""

MomentOut = Annotated[datetime, PlainSerializer(write_rfc_3339, return_type=str, when_used="json")]
"""An instant in an answer, in UTC."""

Line = Annotated[str, Field(max_length=255), AfterValidator(_one_line), AfterValidator(_not_blank)]
"""Text on one line."""

Prose = Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(_printable)]
"""Text that may have line breaks, or be empty."""

Remark = Annotated[Prose, AfterValidator(_not_blank)]
"""Text that may have line breaks and says something."""

Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
"""The IANA name of a time zone."""


def matching(pattern: str, sentence: str) -> AfterValidator:
    """Build a check that a text matches `pattern` as a whole; `sentence` says in words what would be right."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(sentence)
        return value

    return AfterValidator(check)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def left_out() -> Any:  # noqa: ANN401 - stands where a default of any type may stand
    """Declare a field of a change: left out it changes nothing, and null is only taken where its type says so."""
    return Field(default=None, json_schema_extra=_without_default)


class Deleted(BaseModel):
    """What was deleted."""

    id: UUID
