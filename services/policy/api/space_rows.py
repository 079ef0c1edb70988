"""Rows of a CSV file as what they ask of the ledger: to change the space whose id they have, or to add one.

One rule: a row is judged by the models that judge a space in JSON, so that no rule is written twice. An empty cell is a
field with nothing in it; a field whose column is left out stays as it is.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_origin
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.policy.api.csv_files import CsvRow, CsvTable, read_list
from services.policy.api.invalid import field_problems
from services.policy.api.problems import FieldProblem, invalid
from services.policy.api.space_bodies import NewSpace, SpaceOut, SpacePatch
from services.policy.commands.spaces import SpaceChange, SpaceRequest

Errors = Sequence[FieldProblem]

_FIELDS = NewSpace.model_fields
_NEEDED = [name for name, field in _FIELDS.items() if field.is_required()]
_WHOLE_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_IDS = TypeAdapter(list[UUID])


class _Named(BaseModel):
    """What names the space that a row changes."""

    id: UUID


class RowRefused(Exception):
    """A row cannot be used; `errors` say why, by column."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(f"{len(errors)} cells of a row cannot be used")
        self.errors = errors


def check_columns(table: CsvTable) -> None:
    """Raise a problem if some row adds a space, and the file lacks a column that this needs."""
    adds = any(not row.cells.get("id") for row in table.rows)
    for name in _NEEDED:
        if adds and name not in table.columns:
            raise invalid("body", f"lacks the column {name}", "A row without an id adds a space, which needs it")


def find_repeated(table: CsvTable) -> dict[int, Errors]:
    """Refuse rows that say of a space, or of a mailbox, what a row before them has said."""
    first: dict[tuple[str, str], int] = {}
    repeated: dict[int, Errors] = {}
    for row in table.rows:
        for column in ("id", "room_mailbox"):
            cell = row.cells.get(column, "").lower()
            before = first.setdefault((column, cell), row.number)
            if cell and before != row.number:
                problem = FieldProblem(
                    field=column, problem=f"is that of row {before} too", expected="one row for each"
                )
                repeated[row.number] = [*repeated.get(row.number, ()), problem]
    return repeated


def id_in(row: CsvRow) -> UUID | None:
    """Return the id in a row; None if it has none, or something that is no id."""
    try:
        return _Named.model_validate(row.cells).id
    except ValidationError:
        return None


def read_row(row: CsvRow, known_parts: Mapping[UUID, Sequence[UUID]]) -> SpaceRequest | SpaceChange:
    """Return what a row asks for. Raises `RowRefused`.

    `known_parts` are the parts of each space that a row names. They cannot be changed, but may stand in the file.
    """
    if row.problem is not None:
        raise RowRefused([row.problem])
    fields = {name: _read_cell(name, cell) for name, cell in row.cells.items() if name != "id"}
    try:
        if not row.cells.get("id"):
            return NewSpace.model_validate(fields).request()
        space_id = _Named.model_validate(row.cells).id
        if "parts" in fields and _are_same(fields["parts"], known_parts.get(space_id, ()), space_id):
            del fields["parts"]
        return SpacePatch.model_validate(fields).change(space_id, None, "drop")
    except ValidationError as error:
        raise RowRefused(_translate(error)) from error


def _read_cell(name: str, cell: str) -> object:
    field = _FIELDS[name]
    if not cell and not field.is_required():
        return field.get_default(call_default_factory=True)
    if field.annotation is int and _WHOLE_NUMBER.fullmatch(cell):
        return int(cell)
    return read_list(cell) if get_origin(field.annotation) is list else cell


def _are_same(written: object, parts: Sequence[UUID], space_id: UUID) -> bool:
    """Whether the parts in a row are those of the space; an undivided one is its only part, and lists none."""
    try:
        return set(_IDS.validate_python(written)) == set(parts) - {space_id}
    except ValidationError:
        return False


def _translate(error: ValidationError) -> list[FieldProblem]:
    errors: list[dict[str, Any]] = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
    return field_problems(errors, frozenset(SpaceOut.model_fields))
