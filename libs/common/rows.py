"""Between the columns of a table and the fields of a value that bear the same names.

A value is a frozen dataclass. The parts of SQL that list its columns are made from its fields, so that a column is
added in one place, the value, and in the migration. Where a column is no field as it stands, the module of its table
says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def columns(value: type, *, but: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of a value's fields, in their order, but for those named."""
    left_out = frozenset(but)
    return tuple(field.name for field in fields(value) if field.name not in left_out)


def listed(names: Iterable[str], of: str | None = None) -> str:
    """List columns for SQL: ``id, name``, or ``s.id, s.name`` of a table's alias."""
    return ", ".join(f"{of}.{name}" if of else name for name in names)


def placed(names: Sequence[str]) -> str:
    """List a parameter for each column: ``$1, $2``."""
    return ", ".join(f"${number}" for number, _ in enumerate(names, 1))


def assigned(names: Iterable[str]) -> str:
    """Assign what could not be inserted: ``name = excluded.name, capacity = excluded.capacity``."""
    return ", ".join(f"{name} = excluded.{name}" for name in names)


def set_to(names: Sequence[str], first: int) -> str:
    """Assign parameters from number `first` on: ``name = $2, capacity = $3``."""
    return ", ".join(f"{name} = ${number}" for number, name in enumerate(names, first))


def values(value: object, names: Iterable[str]) -> list[Any]:
    """Return what a value has under these names, as parameters."""
    return [getattr(value, name) for name in names]


class Rows(Generic[T]):
    """The rows of a table as values of one kind, read from records or JSON, and written as JSON.

    Columns that are no fields are left out when read; a field without its column raises ValidationError.
    """

    def __init__(self, value: type[T]) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(value)

    def read(self, row: Any) -> T:  # noqa: ANN401 - a record of asyncpg's, or an object of JSON
        """Return the value that a row holds."""
        return self._adapter.validate_python(dict(row))

    def read_one(self, row: Any) -> T | None:  # noqa: ANN401 - as above
        """Return the value that a row holds, None where there is no row."""
        return None if row is None else self.read(row)

    def as_json(self, value: T) -> dict[str, Any]:
        """Return a value as an object of JSON, for ``jsonb_populate_recordset``."""
        written: dict[str, Any] = self._adapter.dump_python(value, mode="json")
        return written
