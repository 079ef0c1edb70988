"""Settings from the control surface: read by name, checked by type, refused whole if one of them cannot be.

Nothing that is sent there is ignored: an unknown name is a 400 that tells the known ones.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from tests.graphsim.refusals import CallRefused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


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
