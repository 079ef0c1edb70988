"""What is written into the fields of a rule's form, as the values of the model, and the other way round.

One rule: what cannot be read stays as it was written, so that the model says what is wrong with it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from services.policy.console.forms import Form
from services.policy.console.rule_fields import CONDITIONS, FormField

Written = Mapping[str, Sequence[str]]

_NUMBER = re.compile(r"-?\d{1,12}", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
_BETWEEN = re.compile(r"[\n,;]")


def read_values(fields: Iterable[FormField], form: Form, zone: str) -> dict[str, Any]:
    """Return the values of fields by the last part of their name; what is left out is missing."""
    found = {each.name.rpartition(".")[2]: _read(each, form, zone) for each in fields}
    return {name: value for name, value in found.items() if value is not None}


def write_values(fields: Iterable[FormField], values: Mapping[str, Any], zone: str) -> dict[str, list[str]]:
    """Return what stands in fields that have these values, as JSON has them."""
    written: dict[str, list[str]] = {}
    for each in fields:
        value = values.get(each.name.rpartition(".")[2], each.default)
        written |= _write(each, value, zone)
    return written


def _read(field: FormField, form: Form, zone: str) -> Any:  # noqa: ANN401, C901, PLR0911 - one for each sort
    text = form.text(field.name)
    match field.widget:
        case "flag":
            return text is not None
        case "several":
            return list(form.all(field.name))
        case "lines":
            return _pieces(text) or None
        case "numbers":
            return [_number(each) for each in _pieces(text)] or None
        case "number":
            return None if text is None else _number(text)
        case "moment":
            return None if text is None else _moment(text, zone)
        case "hours":
            return [_span(each) for each in _pieces(text)] or None
        case "week":
            return read_values(field.fields, form, zone) or None
        case "group":
            return read_values(field.fields, form, zone) if text == CONDITIONS else text
        case "text" | "date" | "clock" | "choice":
            return text
        case _:
            assert_never(field.widget)


def _pieces(text: str | None) -> list[str]:
    return [each.strip() for each in _BETWEEN.split(text or "") if each.strip()]


def _number(text: str) -> int | str:
    return int(text) if _NUMBER.fullmatch(text) else text


def _span(text: str) -> list[str]:
    opens, _, closes = text.replace("–", "-").partition("-")  # noqa: RUF001 - people write it
    return [opens.strip(), closes.strip()]


def _moment(text: str, zone: str) -> str:
    if not _LOCAL.fullmatch(text):
        return text
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except (ValueError, LookupError):
        return text


def _write(field: FormField, value: Any, zone: str) -> dict[str, list[str]]:  # noqa: ANN401, PLR0911 - any type
    match field.widget:
        case "flag":
            return {field.name: ["on"]} if value else {}
        case "several":
            return {field.name: list(value or ())}
        case "lines" | "numbers":
            return {field.name: ["\n".join(map(str, value or ()))]}
        case "moment" if value is not None:
            at = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
            return {field.name: [at.strftime("%Y-%m-%dT%H:%M:%S" if at.second else "%Y-%m-%dT%H:%M")]}
        case "hours":
            return {field.name: [", ".join(f"{opens}-{closes}" for opens, closes in value or ())]}
        case "week":
            return write_values(field.fields, value or {}, zone)
        case "group" if isinstance(value, Mapping):
            return {field.name: [CONDITIONS], **write_values(field.fields, value, zone)}
        case _:
            return {field.name: ["" if value is None else str(value)]}
