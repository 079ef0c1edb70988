"""The types of parameters: strict, bounded, and in the words of the API where a value cannot be used."""

import re
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from libs.contracts.fields import FIRST_YEAR, LAST_YEAR, RFC_3339, Address, write_rfc_3339
from libs.contracts.values import Instant

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DOMAIN = re.compile(r"(?=.{3,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

MINUTES_OF_A_YEAR = 366 * 24 * 60

Minutes = Annotated[int, Field(strict=True, ge=1, le=MINUTES_OF_A_YEAR)]
"""A number of minutes, up to a year."""

Days = Annotated[int, Field(strict=True, ge=0, le=3653)]
"""A number of days, up to ten years."""

Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]
"""A number of people, bookings or spaces."""

Flag = Annotated[bool, Field(strict=True)]


def _as_clock(value: object) -> object:
    if not isinstance(value, str) or not (_CLOCK.fullmatch(value) or value == "24:00"):
        raise ValueError("A time of day is written HH:MM, from 00:00 to 24:00")
    return value


def _before_midnight(value: str) -> str:
    if value == "24:00":
        raise ValueError("A time of day at which something opens lies between 00:00 and 23:59")
    return value


Clock = Annotated[
    str, BeforeValidator(_as_clock), WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"})
]
"""A time of day; ``24:00`` is the end of the day."""

OpensAt = Annotated[
    str,
    BeforeValidator(_as_clock),
    AfterValidator(_before_midnight),
    WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}),
]
"""A time of day before midnight."""

Span = Annotated[tuple[Clock, Clock], Field(description="From and until, as times of day.")]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def minutes_of(clock: str) -> int:
    """Return a time of day in minutes since midnight."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _in_order(weekly: dict[Weekday, tuple[Span, ...]]) -> dict[Weekday, tuple[Span, ...]]:
    """Return the hours of each day in order. Raises ValueError if some are reversed or overlap."""
    ordered: dict[Weekday, tuple[Span, ...]] = {}
    for day in WEEKDAYS:
        spans = sorted(weekly.get(day, ()), key=lambda span: minutes_of(span[0]))
        if any(minutes_of(opens) >= minutes_of(closes) for opens, closes in spans):
            raise ValueError(f"The hours of {day} end after they start, such as 08:00 and 18:00")
        if any(minutes_of(one[1]) > minutes_of(next_[0]) for one, next_ in pairwise(spans)):
            raise ValueError(f"The hours of {day} do not overlap each other")
        if spans:
            ordered[day] = tuple(spans)
    if not ordered:
        raise ValueError("At least one day of the week has hours, such as monday: 08:00 to 18:00")
    return ordered


Weekly = Annotated[
    dict[Weekday, Annotated[tuple[Span, ...], Field(max_length=24)]],
    AfterValidator(_in_order),
    Field(json_schema_extra={"minProperties": 1}),
]
"""Hours by weekday, in the space's zone; a day without hours has none. `_in_order` refuses a week without any."""


def _as_date(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value) or not FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
        raise ValueError(f"A date is written YYYY-MM-DD and lies between the years {FIRST_YEAR} and {LAST_YEAR}")
    return value


Date = Annotated[date, BeforeValidator(_as_date)]
"""A date in the space's zone."""


def _as_instant(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not RFC_3339.fullmatch(value) or not FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
        raise ValueError(
            "A time is written as in RFC 3339 with its offset from UTC, such as 2027-03-01T09:00:00+01:00, and lies "
            f"between the years {FIRST_YEAR} and {LAST_YEAR}"
        )
    return value


Moment = Annotated[
    Instant, BeforeValidator(_as_instant), PlainSerializer(write_rfc_3339, return_type=str, when_used="json")
]
"""An instant, written as in RFC 3339."""


def _as_domain(value: str) -> str:
    lowered = value.lower()
    if not _DOMAIN.fullmatch(lowered):
        raise ValueError("A mail domain looks like example.org, without @ and without *")
    return lowered


def _as_title(value: str) -> str:
    stripped = value.strip()
    if not stripped or _CONTROLS.search(stripped):
        raise ValueError("A title is text on one line that is not empty")
    return stripped


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(set(values)))


Domain = Annotated[str, Field(max_length=253), AfterValidator(_as_domain)]
"""A mail domain in lower case; its subdomains are others."""

Title = Annotated[str, Field(max_length=255), AfterValidator(_as_title)]

Domains = Annotated[tuple[Domain, ...], Field(max_length=1000), AfterValidator(_each_once)]
Addresses = Annotated[tuple[Address, ...], Field(max_length=1000), AfterValidator(_each_once)]
SomeAddresses = Annotated[tuple[Address, ...], Field(min_length=1, max_length=1000), AfterValidator(_each_once)]
"""Addresses, at least one.

A bound stands before the function: of what a function returns, pydantic knows no type, and would write `minLength`.
"""

Lengths = Annotated[tuple[Minutes, ...], Field(min_length=1, max_length=100), AfterValidator(_each_once)]
