"""Map the columns of a table to the fields of a value that have the same names.

A value is a frozen dataclass. The parts of SQL that list its columns are built from its fields, so that a new column is
added to the value and in the migration, and nowhere else. Where a column is not a field as it is, the module of its
table converts it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def columns(value: type, *, but: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of a value's fields, in their order, without those in `but`."""
    left_out = frozenset(but)
    return tuple(field.name for field in fields(value) if field.name not in left_out)


def listed(names: Iterable[str], of: str | None = None) -> str:
    """List columns for SQL: ``id, name``, or ``s.id, s.name`` of a table's alias."""
    return ", ".join(f"{of}.{name}" if of else name for name in names)


def placed(names: Sequence[str]) -> str:
    """List a parameter for each column: ``$1, $2``."""
    return ", ".join(f"${number}" for number, _ in enumerate(names, 1))


def assigned(names: Iterable[str]) -> str:
    """List assignments for an upsert: ``name = excluded.name, capacity = excluded.capacity``."""
    return ", ".join(f"{name} = excluded.{name}" for name in names)


def set_to(names: Sequence[str], first: int) -> str:
    """List assignments of parameters from number `first` on: ``name = $2, capacity = $3``."""
    return ", ".join(f"{name} = ${number}" for number, name in enumerate(names, first))


def values(value: object, names: Iterable[str]) -> list[Any]:
    """Return the fields of a value with these names, as parameters."""
    return [getattr(value, name) for name in names]


class Rows(Generic[T]):
    """The rows of a table as values of one kind, read from records or JSON, and written as JSON.

    Columns that are not fields are ignored when read; a field without its column raises ValidationError.
    """

    def __init__(self, value: type[T]) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(value)

    def read(self, row: Any) -> T:  # noqa: ANN401 - a record of asyncpg's, or an object of JSON
        """Return the value that a row holds."""
        return self._adapter.validate_python(dict(row))

    def read_one(self, row: Any) -> T | None:  # noqa: ANN401 - as above
        """Return the value that a row holds, or None if there is no row."""
        return None if row is None else self.read(row)

    def as_json(self, value: T) -> dict[str, Any]:
        """Return a value as an object of JSON, for ``jsonb_populate_recordset``."""
        written: dict[str, Any] = self._adapter.dump_python(value, mode="json")
        return written
