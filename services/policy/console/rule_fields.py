"""The fields of the form of a rule, made from the models: what a model says of a field is all that a form knows of it.

The JSON schema of a model tells the type of each field, its bounds and its description. A field has the name of its
place in the body of the API, such as `parameters.weekly.monday`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from services.policy.core.policies.parameters import WEEKDAYS
from services.policy.core.policies.policy import KINDS, Dates, Exemptions

Widget = Literal[
    "number",
    "text",
    "date",
    "clock",
    "moment",
    "lines",
    "numbers",
    "choice",
    "several",
    "flag",
    "hours",
    "week",
    "group",
]
Schema = Mapping[str, Any]

CONDITIONS = "conditions"
"""The choice of `when` that is no word of its own: each condition has a field."""

_FORMATS: Mapping[str, Widget] = {"date": "date", "date-time": "moment"}


@dataclass(frozen=True, slots=True)
class FormField:
    """A field: what it is called, what is to be written into it, and how. A week or a group consists of fields."""

    name: str
    label: str
    help: str
    widget: Widget
    is_required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    most_characters: int | None = None
    options: tuple[str, ...] = ()
    fields: tuple["FormField", ...] = ()
    default: Any = None

    @property
    def bounds(self) -> str | None:
        """Say between which numbers a value lies; None if that is not limited."""
        if self.minimum is None or self.maximum is None:
            return None
        return f"A whole number from {self.minimum:,} to {self.maximum:,}"


@cache
def fields_of_kind(kind: str) -> tuple[FormField, ...]:
    """Return the fields for the parameters of a kind of rule."""
    return _fields_in(KINDS[kind].model_json_schema(), "parameters")


@cache
def fields_of_exemptions() -> tuple[FormField, ...]:
    """Return the fields for whom a rule does not hold."""
    return _fields_in(Exemptions.model_json_schema(), "exempt")


@cache
def fields_of_dates() -> tuple[FormField, ...]:
    """Return the fields for the dates on which a rule holds."""
    return _fields_in(Dates.model_json_schema(), "dates")


def every_field(fields: tuple[FormField, ...]) -> Iterator[FormField]:
    """Yield fields, and those that they consist of."""
    for each in fields:
        yield each
        yield from every_field(each.fields)


def _fields_in(schema: Schema, prefix: str) -> tuple[FormField, ...]:
    definitions = schema.get("$defs", {})
    required = schema.get("required", ())
    return tuple(
        _field(f"{prefix}.{name}", inner, definitions, is_required=name in required)
        for name, inner in schema["properties"].items()
        if name != "kind"
    )


def _field(name: str, schema: Schema, definitions: Schema, *, is_required: bool) -> FormField:
    plain = FormField(
        name,
        name.rpartition(".")[2].replace("_", " ").capitalize(),
        schema.get("description", "").replace("`", ""),
        "text",
        is_required,
        default=schema.get("default"),
    )
    return _shape(plain, _without_null(schema), definitions)


def _without_null(schema: Schema) -> Schema:
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return kinds[0] if kinds else schema


def _shape(plain: FormField, schema: Schema, definitions: Schema) -> FormField:  # noqa: PLR0911 - one for each type
    if "oneOf" in schema:
        return _words_or_conditions(plain, schema["oneOf"], definitions)
    if "enum" in schema:
        return replace(plain, widget="choice", options=tuple(schema["enum"]))
    match schema.get("type"):
        case "boolean":
            return replace(plain, widget="flag")
        case "integer":
            return replace(plain, widget="number", minimum=schema.get("minimum"), maximum=schema.get("maximum"))
        case "array":
            return _list(plain, schema["items"])
        case "object":
            days = tuple(FormField(f"{plain.name}.{day}", day.capitalize(), "", "hours") for day in WEEKDAYS)
            return replace(plain, widget="week", fields=days)
        case _:
            clock: Widget = "clock" if "pattern" in schema else "text"
            widget = _FORMATS.get(schema.get("format", ""), clock)
            return replace(plain, widget=widget, most_characters=schema.get("maxLength"))


def _list(plain: FormField, items: Schema) -> FormField:
    if "enum" in items:
        return replace(plain, widget="several", options=tuple(items["enum"]))
    return replace(plain, widget="numbers" if items.get("type") == "integer" else "lines")


def _words_or_conditions(plain: FormField, forms: list[Schema], definitions: Schema) -> FormField:
    words = next(tuple(each["enum"]) for each in forms if "enum" in each)
    reference = next(each["$ref"] for each in forms if "$ref" in each)
    conditions = _fields_in(definitions[reference.rpartition("/")[2]], plain.name)
    return replace(plain, widget="group", options=(*words, CONDITIONS), fields=conditions)
