"""The types of fields in requests: those of `libs.contracts.fields`, and the zones of spaces."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticKnownError

from libs.contracts.fields import Line, MomentIn, MomentOut, Prose, Remark, left_out, matching
from services.policy.core.zones import is_zone

__all__ = [
    "Body",
    "Deleted",
    "Line",
    "MomentIn",
    "MomentOut",
    "Prose",
    "Remark",
    "Zone",
    "among",
    "as_line",
    "left_out",
    "matching",
]


class Body(BaseModel):
    """A request body. An unknown field is refused, because its sender expects it to have an effect."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def as_line(value: str) -> str:
    """Return a text that is not ours as one line that can be stored: what cannot be printed is left out."""
    spaced = " ".join(value.split())
    return "".join(each for each in spaced if each.isprintable())[:255].strip()


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError("A time zone is named as in the IANA database, such as Europe/Berlin or UTC")
    return value


Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
"""The IANA name of a time zone."""


def among(names: Collection[str]) -> AfterValidator:
    """Build a check that a text is one of these names. Another text is refused as a `Literal` refuses it."""

    def check(value: str) -> str:
        if value not in names:
            raise PydanticKnownError("literal_error", {"expected": ", ".join(names)})
        return value

    return AfterValidator(check)


class Deleted(BaseModel):
    """What was deleted."""

    id: UUID
