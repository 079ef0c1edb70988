"""Settings from the control surface: read by name, checked by type, refused whole if one of them cannot be.

Nothing that is sent there is ignored: an unknown name is a 400 that tells the known ones.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from tests.graphsim.errors import CallRefused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def _as_range(value: object) -> object:
    return (value, value) if isinstance(value, int | float) else value


def _in_order(edges: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= edges[0] <= edges[1]:
        raise ValueError("a range has the lesser number first, and none below 0")
    return edges


Range = Annotated[tuple[float, float], BeforeValidator(_as_range), AfterValidator(_in_order)]
WholeRange = Annotated[tuple[int, int], BeforeValidator(_as_range), AfterValidator(_in_order)]
Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


def read(kind: type[T], given: Mapping[str, object], *, before: T | None = None) -> T:
    """Make a `kind` of what is given; what is not given is as `before`, or as by default."""
    if not isinstance(given, Mapping):
        raise refused(f"{kind.__name__} must be an object, not {given!r}.")
    known = {each.name for each in fields(kind) if each.init}
    if unknown := sorted(given.keys() - known):
        raise refused(f"{kind.__name__} has no {unknown}; known are {sorted(known)}.")
    kept = {} if before is None else {name: getattr(before, name) for name in known}
    try:
        made: T = _adapter(kind).validate_python({**kept, **given})
    except ValidationError as wrong:
        reasons = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors())
        raise refused(f"{kind.__name__} cannot be so. {'; '.join(reasons)}.") from wrong
    return made


def refused(message: str) -> CallRefused:
    return CallRefused(400, "InvalidSetting", message)


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
